"""Answering: one question a page, then a check, then the receipt.

What a person has answered so far is in an encrypted field of the page and nowhere on the server, so
every step is a POST, and a page that is not asked for by POST leads back to the start.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from anchors.models import Borough
from core.clock import london, today
from core.limits import within_limit, within_limit_for_all
from core.sealing import BrokenSealError, seal, unseal
from core.templatetags.dates import time_of_day
from listening.forms import AnswerForm, SendForm
from listening.models import Campaign, Question, QuestionText, Response
from listening.rules import receipts
from listening.rules.drafts import CHECK, GOOD_FOR, QUICKEST, UNDER_13, Draft, Given
from listening.rules.languages import own_name
from listening.services import answers
from listening.views.public import home_context, offer_of

PURPOSE = "listening.draft"
"""What the seal is for. Name it anew when a draft holds something else than before."""


@dataclass(frozen=True)
class Paper:
    """The questions of one campaign in one language, in order."""

    campaign: Campaign
    texts: Sequence[QuestionText]

    @property
    def keys(self) -> list[str]:
        return [text.question.key for text in self.texts]

    def text(self, key: str) -> QuestionText:
        return next((text for text in self.texts if text.question.key == key), self.texts[0])


class NoPaperError(Exception):
    """The campaign was taken back, or no longer asks in this language."""


def in_language_of_draft(
    view: Callable[[HttpRequest, Draft, Paper, datetime], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Open the draft that came with a POST, and answer in its language.

    No draft, or one too old or changed: a page that gives back what was typed on the last one.
    """

    @login_not_required
    @never_cache
    @sensitive_post_parameters()
    @sensitive_variables()
    @require_http_methods(["GET", "HEAD", "POST"])
    def door(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect("listening:home")
        now = timezone.now()
        if "start" in request.POST:
            return start(request, now)
        try:
            facts = unseal(
                request.POST.get("draft", ""), purpose=PURPOSE, now=now, good_for=GOOD_FOR
            )
        except BrokenSealError:
            return lost(request, now)
        draft = Draft.from_facts(facts)
        with translation.override(draft.language):
            try:
                response = view(request, draft, paper_for(draft), now)
            except NoPaperError:
                mine = given_back(draft, request.POST)
                return page(request, "closed", {"given_back": mine}, status=409)
        remember_language(response, draft.language)
        return response

    return door


def paper_for(draft: Draft) -> Paper:
    """The questions of a draft. Whoever began while the campaign was open may finish."""
    begun_on = london(draft.begun_at).date()
    campaign = Campaign.objects.public().open_on(begun_on).filter(slug=draft.campaign).first()
    texts = campaign.papers().get(draft.language) if campaign else None
    if campaign is None or not texts:
        raise NoPaperError
    return Paper(campaign, texts)


def given_back(draft: Draft, posted: QueryDict) -> list[str]:
    """All that somebody wrote or chose, for them to keep; what stands on the page itself is newest."""
    values = {key: given.value for key, given in draft.answers.items()}
    typed = posted.get("answer", "")
    if typed.strip() and draft.at != CHECK:
        values[draft.at] = typed
    labels = labels_of_choices()
    return [str(labels.get(value, value)) for value in values.values()]


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the rest of the portal in the language somebody answers in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
    )


def page(
    request: HttpRequest, name: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A page that the switch of languages in the header would lose, so it has none there."""
    context = {**context, "own_languages": True}
    return render(request, f"listening/{name}.html", context, status=status)


# --- Beginning, and beginning again ---------------------------------------------------------------


def start(request: HttpRequest, now: datetime) -> HttpResponse:
    """The first question, in the language of the button that was pressed."""
    slug, language = request.POST.get("campaign", ""), request.POST.get("start", "")
    campaign = Campaign.objects.public().open_on(today()).filter(slug=slug).first()
    offer = offer_of(campaign, day=today()) if campaign else None
    if campaign is None or offer is None or language not in [o["code"] for o in offer.languages]:
        context = {**home_context(), "problem": _("Choose a language to start")}
        return render(request, "listening/home.html", context, status=422)
    draft = answers.begin(campaign, language=language, now=now)
    with translation.override(language):
        response = question_page(request, draft, paper_for(draft), now)
    remember_language(response, language)
    return response


def lost(request: HttpRequest, now: datetime) -> HttpResponse:
    """The draft is gone: say so, and hand back the one thing that still came with the request."""
    typed, key = request.POST.get("answer", ""), request.POST.get("question", "")
    offers = home_context()["offers"]
    assert isinstance(offers, list)
    begun = None
    for offer in offers[:1]:
        language = offer.languages[0]["code"]
        begun = answers.begin(offer.campaign, language=language, now=now)
        paper = paper_for(begun)
        if typed and key in paper.keys:
            begun = begun.with_answer(key, Given(paper.text(key).pk, typed))
    context = {"typed": typed, "draft": sealed(begun, now) if begun else ""}
    return page(request, "lost", context, status=422)


def sealed(draft: Draft, now: datetime) -> str:
    return seal(draft.as_facts(), purpose=PURPOSE, now=now)


# --- One question a page --------------------------------------------------------------------------


@in_language_of_draft
def answer(request: HttpRequest, draft: Draft, paper: Paper, now: datetime) -> HttpResponse:
    """Take the answer of one page and show the next, or the one before."""
    go, _colon, target = request.POST.get("go", "next").partition(":")
    if draft.at == CHECK:
        draft = with_choices(draft, request.POST)
    elif go == "skip":
        draft = draft.without_answer(draft.at)
    elif go != "stay":
        text = paper.text(draft.at)
        form = AnswerForm(text, request.POST)
        if form.is_valid():
            value = form.cleaned_data["answer"].replace("\r\n", "\n")
            if value == UNDER_13 and text.question.kind == Question.Kind.AGE_BAND:
                draft = draft.without_answer(text.question.key)
                return under_13_page(request, draft, now)
            draft = draft.with_answer(text.question.key, Given(text.pk, value))
        elif go == "next" or not form.is_left_empty():
            return question_page(request, draft, paper, now, form=form)
        else:
            draft = draft.without_answer(text.question.key)
    return moved(request, draft, paper, now, go=go, target=target)


def moved(
    request: HttpRequest, draft: Draft, paper: Paper, now: datetime, *, go: str, target: str
) -> HttpResponse:
    """Where the pressed button leads."""
    if go == "language" and target in languages_of(paper):
        draft = replace(draft, language=target)
        with translation.override(target):
            response = page_of(request, draft, paper_for(draft), now)
        remember_language(response, target)
        return response
    if go == "change" and target in paper.keys:
        draft = draft.changing(target)
    elif go == "back":
        draft = draft.back(paper.keys)
    elif go in {"next", "skip"}:
        draft = draft.onward(paper.keys)
    return page_of(request, draft, paper, now)


def languages_of(paper: Paper) -> list[str]:
    papers = paper.campaign.papers()
    return [code for code, _name in settings.LANGUAGES if code in papers]


def with_choices(draft: Draft, posted: QueryDict) -> Draft:
    """The draft with what is ticked on the page of the check."""
    return replace(draft, may_quote="may_quote" in posted)


def page_of(request: HttpRequest, draft: Draft, paper: Paper, now: datetime) -> HttpResponse:
    if draft.at == CHECK:
        return check_page(request, draft, paper, now)
    return question_page(request, draft, paper, now)


def question_page(
    request: HttpRequest,
    draft: Draft,
    paper: Paper,
    now: datetime,
    *,
    form: AnswerForm | None = None,
) -> HttpResponse:
    text = paper.text(draft.at)
    draft = replace(draft, at=text.question.key)
    place = draft.place(paper.keys)
    context = {
        "form": form or AnswerForm(text, initial={"answer": draft.value(draft.at)}),
        "text": text,
        "draft": sealed(draft, now),
        "number": place + 1,
        "questions": len(paper.texts),
        "may_go_back": place > 0 or draft.back_to_check,
        "other_languages": other_languages(paper, draft),
    }
    return page(request, "question", context, status=422 if form else 200)


def under_13_page(request: HttpRequest, draft: Draft, now: datetime) -> HttpResponse:
    return page(request, "under_13", {"draft": sealed(draft, now)})


def other_languages(paper: Paper, draft: Draft) -> list[dict[str, str]]:
    return [
        {"code": code, "name": own_name(code)}
        for code in languages_of(paper)
        if code != draft.language
    ]


# --- The check and the end ------------------------------------------------------------------------


def check_page(
    request: HttpRequest,
    draft: Draft,
    paper: Paper,
    now: datetime,
    *,
    form: SendForm | None = None,
    status: int = 200,
) -> HttpResponse:
    labels = labels_of_choices()
    draft = replace(draft, at=CHECK)
    context = {
        "form": form or SendForm(initial={"may_quote": draft.may_quote}),
        "draft": sealed(draft, now),
        "campaign": paper.campaign,
        "rows": [
            {
                "key": text.question.key,
                "wording": text.wording,
                "answer": answer_as_shown(text, draft.value(text.question.key), labels),
            }
            for text in paper.texts
        ],
        "other_languages": other_languages(paper, draft),
    }
    return page(request, "check", context, status=status)


def labels_of_choices() -> dict[str, object]:
    """What people read for each thing they can choose."""
    boroughs = dict(Borough.objects.public().values_list("slug", "name"))
    return {**boroughs, UNDER_13: _("Under 13"), **dict(Response.AgeBand.choices)}


def answer_as_shown(text: QuestionText, value: str, labels: Mapping[str, object]) -> object:
    if text.question.kind == Question.Kind.WORDS:
        return value
    return labels.get(value, "")


@in_language_of_draft
def sent(request: HttpRequest, draft: Draft, paper: Paper, now: datetime) -> HttpResponse:
    """Keep what was answered and show the receipt. Sent twice, the receipt is the same."""
    draft = with_choices(draft, request.POST)
    for text in paper.texts:
        given = draft.value(text.question.key)
        answered = AnswerForm(text, {"answer": given})
        if given and not answered.is_valid():
            draft = replace(draft, at=text.question.key, back_to_check=True)
            return question_page(request, draft, paper, now, form=answered)
    form = SendForm(request.POST)
    said = said_in(draft, paper)
    if form.is_valid() and not said.words:
        form.add_error(None, _("You have skipped every question. Answer one, then choose Send."))
    if form.is_valid() and now - draft.begun_at < QUICKEST:
        form.add_error(None, _("That was very quick. Wait a few seconds, then choose Send again."))
    if not form.is_valid():
        return check_page(request, draft, paper, now, form=form, status=422)
    wait = None if answers.was_received(draft.submission) else too_many(request, now)
    if wait is not None:
        form.add_error(None, wait.words)
        response = check_page(request, draft, paper, now, form=form, status=429)
        response.headers["Retry-After"] = str(wait.seconds)
        return response
    try:
        answers.receive_response(
            paper.campaign,
            submission=draft.submission,
            code=draft.code,
            said=said,
            today=today(),
        )
    except ValidationError:
        mine = given_back(draft, request.POST)
        return page(request, "sent_before", {"given_back": mine}, status=409)
    context = {"code": receipts.in_groups(draft.code), "campaign": paper.campaign}
    return page(request, "sent", context)


@dataclass(frozen=True)
class Wait:
    """Why somebody must wait, and for how many seconds."""

    words: str
    seconds: int


def too_many(request: HttpRequest, now: datetime) -> Wait | None:
    """Count one sending; say how long to wait when there are too many from one place, or in all."""
    if not within_limit(
        "listening.send", request, per_minute=settings.LISTENING_RESPONSES_PER_MINUTE, now=now
    ):
        return Wait(
            _(
                "Many people are sending answers from the same place. Nothing is lost. "
                "Wait a minute, then choose Send again."
            ),
            60,
        )
    if not within_limit_for_all(
        "listening.send", per_hour=settings.LISTENING_RESPONSES_PER_HOUR, now=now
    ):
        next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return Wait(
            _(
                "Very many people are sending answers just now. Nothing is lost. "
                "Keep this page open until %(time)s, then choose Send again."
            )
            % {"time": time_of_day(next_hour)},
            ceil((next_hour - now).total_seconds()),
        )
    return None


def said_in(draft: Draft, paper: Paper) -> answers.Said:
    """What the draft says, by kind of question."""
    chosen = {
        text.question.kind: draft.value(text.question.key)
        for text in paper.texts
        if text.question.kind != Question.Kind.WORDS
    }
    borough = chosen.get(Question.Kind.BOROUGH, "")
    return answers.Said(
        language=draft.language,
        may_quote=draft.may_quote,
        borough=Borough.objects.public().filter(slug=borough).first() if borough else None,
        age_band=chosen.get(Question.Kind.AGE_BAND, ""),
        words={
            text: draft.value(text.question.key)
            for text in paper.texts
            if text.question.kind == Question.Kind.WORDS and draft.value(text.question.key)
        },
    )
