"""A resident answers without an account, from the first page to the receipt."""

import logging
from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from audit.models import AuditRecord
from core.sealing import unseal
from listening.models import Answer, Campaign, Response
from listening.rules.drafts import GOOD_FOR
from listening.rules.receipts import clean_code
from listening.services.answers import receipt_hashes
from listening.views.answering import PURPOSE
from notifications.models import Message
from tests.factories.listening import CampaignFactory, QuestionTextFactory, an_open_campaign
from tests.listening.conftest import NOON

CANARY = "zzq canary the landlord shouts at us zzq"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The rent takes half of what we earn."),
        ("es", "El moho está en la pared del cuarto de mi hija."),
        ("pt", "A renda subiu outra vez, e não é só a renda."),
    ],
)
def test_somebody_answers_in_their_language_and_gets_a_code(resident, campaign, language, words):
    resident.answer_all(campaign, language, words)
    resident.send(may_quote="on")

    assert resident.page.status_code == 200
    assert f'<html lang="{language}"' in resident.text
    assert clean_code(resident.code) == resident.code
    response = Response.objects.get()
    assert response.receipt_hash == receipt_hashes(resident.code)[0]
    assert (response.language, response.channel, response.age_band) == (language, "web", "25-34")
    assert (response.borough.slug, response.may_quote) == ("lewisham", True)
    assert response.received_week == date(2026, 11, 23)
    answer = Answer.objects.get()
    assert (answer.text.question.key, answer.text.language, answer.words) == (
        "pressure",
        language,
        words,
    )


def test_each_question_stands_alone_on_its_page_with_how_far_it_is(resident, campaign):
    resident.start(campaign)
    seen = []
    for go, typed in (("next", "25-34"), ("skip", ""), ("skip", ""), ("skip", "")):
        context = resident.page.context
        seen.append((context["number"], context["questions"], context["text"].question.key))
        resident.step(go, answer=typed)

    assert seen == [(1, 4, "age"), (2, 4, "pressure"), (3, 4, "difference"), (4, 4, "borough")]
    assert resident.page.templates[0].name == "listening/check.html"


def test_a_language_in_which_a_question_has_no_approved_wording_is_not_offered(
    resident, campaign, client
):
    text = campaign.questions.get(key="borough").texts.get(language="pt")
    text.approved_by = text.approved_at = None
    text.save()

    page = client.get(reverse("listening:home"))
    resident.start(campaign, "pt")

    assert [one["code"] for one in page.context["offers"][0].languages] == ["en", "es"]
    assert resident.page.status_code == 422
    assert "Choose a language to start" in resident.text


def test_a_new_wording_is_asked_and_the_old_one_stays_with_its_answers(resident, campaign):
    question = campaign.questions.get(key="pressure")
    old = question.texts.get(language="en")
    resident.answer_all(campaign)
    resident.send()
    QuestionTextFactory(question=question, version=2, wording="What weighs on you?")
    resident.start(campaign)
    resident.step("skip")

    assert resident.page.context["text"].wording == "What weighs on you?"
    assert Answer.objects.get().text == old


def test_the_page_that_travels_holds_no_words(resident, campaign):
    resident.answer_all(campaign, words=CANARY)
    resident.step("change:borough")

    assert "canary" not in resident.text
    facts = unseal(resident.draft, purpose=PURPOSE, now=NOON, good_for=GOOD_FOR)
    assert facts["answers"]["pressure"]["value"] == CANARY


def test_going_back_keeps_what_was_typed(resident, campaign):
    resident.start(campaign)
    resident.step(answer="16-24")
    resident.step("back", answer="half a thought")

    assert resident.page.context["text"].question.key == "age"
    assert resident.page.context["form"]["answer"].value() == "16-24"

    resident.step(answer="16-24")

    assert resident.page.context["form"]["answer"].value() == "half a thought"


def test_going_back_with_nothing_typed_is_no_error(resident, campaign):
    resident.start(campaign)
    resident.step("skip")
    resident.step("back", answer="  ")

    assert resident.page.status_code == 200
    assert resident.page.context["text"].question.key == "age"


def test_changing_one_answer_leads_back_to_the_check(resident, campaign):
    resident.answer_all(campaign)
    resident.step("change:pressure", may_quote="on")
    resident.step(answer="Something else")

    assert resident.page.templates[0].name == "listening/check.html"
    assert [row["answer"] for row in resident.page.context["rows"]] == [
        "25 to 34",
        "Something else",
        "",
        "Lewisham",
    ]
    assert resident.page.context["form"]["may_quote"].value() is True


def test_skipping_takes_away_what_was_there(resident, campaign):
    resident.answer_all(campaign)
    resident.step("change:borough")
    resident.step("skip", answer="lewisham")
    resident.send()

    assert Response.objects.get().borough is None


def test_the_language_changes_half_way_and_nothing_is_lost(resident, campaign):
    resident.start(campaign)
    resident.step("skip")
    resident.step("language:es", answer="The rent")

    assert '<html lang="es"' in resident.text
    assert resident.page.context["text"].wording == "pressure in es?"
    assert resident.page.context["form"]["answer"].value() == "The rent"


@pytest.mark.parametrize(
    ("place", "typed", "said"),
    [
        (0, "", "Choose your age, or choose “Skip this question”"),
        (0, "old", "Choose your age from the list"),
        (1, "", "Write your answer, or choose “Skip this question”"),
        (1, "x" * 5001, "Your answer must be 5,000 characters or fewer"),
        (3, "", "Choose a borough, or choose “Skip this question”"),
        (3, "paris", "Choose a borough from the list"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(resident, campaign, place, typed, said):
    resident.start(campaign)
    for _question in range(place):
        resident.step("skip")
    resident.step(answer=typed)

    assert resident.page.status_code == 422
    assert resident.errors == [said]
    assert resident.page.context["form"]["answer"].value() == typed
    resident.step("skip")
    assert resident.page.status_code == 200


def test_a_child_under_13_is_shown_another_way_and_can_go_back(resident, campaign):
    resident.start(campaign)
    resident.step(answer="under-13")

    assert "Because you are under 13" in resident.text
    assert "Childline" in resident.text
    resident.step("stay")
    assert resident.page.context["text"].question.key == "age"
    assert resident.page.context["form"]["answer"].value() == ""
    assert Response.objects.count() == 0


def test_somebody_of_13_answers_like_everybody_else(resident, campaign):
    resident.start(campaign)
    resident.step(answer="13-15")
    resident.step(answer="There's nowhere warm to do homework.")
    resident.step("skip")
    resident.step("skip")
    resident.send()

    assert Response.objects.get().age_band == "13-15"


# --- Sending ---------------------------------------------------------------------------------------


def test_sending_twice_keeps_one_response_and_shows_the_same_code(resident, campaign):
    resident.answer_all(campaign)
    draft = resident.draft
    resident.send()
    first = resident.code
    resident.post("sent", draft=draft)

    assert (resident.page.status_code, resident.code) == (200, first)
    assert Response.objects.count() == 1


@pytest.mark.parametrize("change", ["words", "quote", "withdrawn"])
def test_sending_something_else_under_the_same_form_changes_nothing(resident, campaign, change):
    resident.answer_all(campaign)
    draft = resident.draft
    resident.send()
    code = resident.code
    if change == "withdrawn":
        resident.post("withdraw", code=code, sure="yes")
    if change == "words":
        resident.post("answer", draft=draft, go="change:pressure")
        resident.step(answer=CANARY)
        draft = resident.draft
    resident.post("sent", draft=draft, **({"may_quote": "on"} if change == "quote" else {}))

    assert resident.page.status_code == 409
    assert "These answers were sent before" in resident.text
    mine = CANARY if change == "words" else "The lift is broken a lot."
    assert resident.page.context["given_back"] == ["25 to 34", mine, "Lewisham"]
    assert mine in resident.text
    assert Response.objects.count() == 1
    words = [answer.words for answer in Answer.objects.all()]
    assert words == ([] if change == "withdrawn" else ["The lift is broken a lot."])


def test_nothing_is_sent_when_every_question_was_skipped(resident, campaign):
    resident.start(campaign)
    for _question in range(4):
        resident.step("skip")
    resident.send()

    assert resident.page.status_code == 422
    assert resident.errors == ["You have skipped every question. Answer one, then choose Send."]
    assert Response.objects.count() == 0


def test_a_program_that_fills_in_every_box_is_told_which_to_leave(resident, campaign):
    resident.answer_all(campaign)
    resident.send(website="https://example.org", may_quote="on")

    assert resident.page.status_code == 422
    assert Response.objects.count() == 0
    assert resident.page.context["form"]["may_quote"].value()
    resident.send(website="")
    assert Response.objects.count() == 1


def test_nobody_answers_four_questions_in_less_than_5_seconds(resident, campaign):
    resident.start(campaign)
    for typed in ("25-34", "BEST PRICES", "more", "lewisham"):
        resident.post("answer", draft=resident.draft, go="next", answer=typed)
    resident.post("sent", draft=resident.draft)

    assert resident.page.status_code == 422
    assert "That was very quick" in resident.errors[0]
    resident.later(seconds=5)
    resident.post("sent", draft=resident.draft)
    assert Response.objects.count() == 1


def test_beyond_the_limit_of_a_minute_nothing_is_lost_and_a_minute_helps(
    resident, campaign, settings
):
    settings.LISTENING_RESPONSES_PER_MINUTE = 1
    resident.answer_all(campaign)
    resident.send()
    resident.answer_all(campaign, words="A second person on the same line")
    resident.clock.move_to(NOON + timedelta(seconds=30))
    resident.post("sent", draft=resident.draft)

    assert resident.page.status_code == 429
    assert resident.page["Retry-After"] == "60"
    assert "A second person on the same line" in resident.text
    assert Response.objects.count() == 1

    resident.later(seconds=60)
    resident.post("sent", draft=resident.draft)
    assert Response.objects.count() == 2


def test_beyond_the_limit_of_everybody_together_nothing_is_lost_and_the_next_hour_helps(
    resident, campaign, settings
):
    settings.LISTENING_RESPONSES_PER_HOUR = 1
    resident.answer_all(campaign)
    resident.send()
    resident.answer_all(campaign, words="Somebody else, from elsewhere")
    resident.clock.move_to(NOON + timedelta(minutes=20))
    resident.client.defaults["REMOTE_ADDR"] = "192.0.2.8"
    resident.post("sent", draft=resident.draft)

    assert resident.page.status_code == 429
    assert resident.page["Retry-After"] == str(40 * 60)
    assert "Keep this page open until 1pm" in resident.errors[0]
    assert "Somebody else, from elsewhere" in resident.text
    assert Response.objects.count() == 1

    resident.later(minutes=40)
    resident.post("sent", draft=resident.draft)
    assert Response.objects.count() == 2


# --- What comes back too late, or changed ----------------------------------------------------------


@pytest.mark.parametrize("spoil", ["late", "changed", "gone"])
def test_a_draft_that_cannot_be_opened_gives_back_what_was_just_typed(resident, campaign, spoil):
    resident.start(campaign)
    resident.step("skip")
    draft = resident.draft
    if spoil == "late":
        resident.later(hours=2, seconds=1)
    sent = {"late": draft, "changed": draft[:-9] + "AAAAAAAA=", "gone": ""}[spoil]
    resident.post("answer", draft=sent, go="next", question="pressure", answer=CANARY)

    assert resident.page.status_code == 422
    assert "This page has been open too long" in resident.text
    assert CANARY in resident.text
    resident.step("stay")
    resident.step("skip")
    assert resident.page.context["form"]["answer"].value() == CANARY


def test_a_page_may_lie_open_for_two_hours(resident, campaign):
    resident.start(campaign)
    resident.later(minutes=119)
    resident.step("skip")

    assert resident.page.status_code == 200


def test_whoever_began_before_midnight_of_the_last_day_may_finish(resident, campaign):
    resident.clock.move_to(NOON.replace(month=12, day=18, hour=23, minute=50))
    resident.answer_all(campaign)
    resident.later(minutes=30)
    resident.send()

    assert resident.page.status_code == 200
    assert Response.objects.count() == 1
    assert (
        "No listening campaign is open now"
        in resident.client.get(reverse("listening:home")).content.decode()
    )


def test_a_campaign_that_was_taken_back_gives_people_their_words_back(resident, campaign):
    resident.answer_all(campaign, words=CANARY)
    Campaign.objects.update(takes_answers=False)
    resident.send()

    assert resident.page.status_code == 409
    assert CANARY in resident.text
    assert Response.objects.count() == 0


def no_longer_asked(campaign, why):
    if why == "taken back":
        Campaign.objects.update(takes_answers=False)
    else:  # one wording is no longer approved
        text = campaign.questions.get(key="borough").texts.get(language="en")
        text.approved_by = text.approved_at = None
        text.save()


@pytest.mark.parametrize("why", ["taken back", "wording changed"])
@pytest.mark.parametrize("go", ["next", "skip", "back"])
def test_what_was_just_typed_comes_back_too_and_choices_come_back_in_words(
    resident, campaign, why, go
):
    resident.start(campaign)
    resident.step(answer="25-34")
    resident.step(answer="The lift is broken a lot.")
    no_longer_asked(campaign, why)
    resident.step(go, answer=CANARY)

    assert resident.page.status_code == 409
    assert resident.page.context["given_back"] == ["25 to 34", "The lift is broken a lot.", CANARY]
    assert CANARY in resident.text


def test_an_answer_that_was_being_changed_comes_back_as_it_was_typed_last(resident, campaign):
    resident.answer_all(campaign)
    resident.step("change:pressure")
    no_longer_asked(campaign, "taken back")
    resident.step(answer=CANARY)

    assert resident.page.context["given_back"] == ["25 to 34", CANARY, "Lewisham"]


def test_staying_on_the_page_of_the_check_keeps_what_is_ticked(resident, campaign):
    resident.answer_all(campaign)
    resident.step("stay", may_quote="on")

    assert resident.page.templates[0].name == "listening/check.html"
    assert resident.page.context["form"]["may_quote"].value() is True


@pytest.mark.parametrize("name", ["answer", "sent"])
def test_a_step_that_is_opened_as_an_address_leads_to_the_start(client, db, name):
    page = client.get(reverse(f"listening:{name}"))

    assert (page.status_code, page.url) == (302, reverse("listening:home"))


@pytest.mark.parametrize("when", ["closed", "not published", "unknown", "no such language"])
def test_only_an_open_campaign_can_be_started(resident, when):
    campaign = an_open_campaign()
    language = "fr" if when == "no such language" else "en"
    if when == "closed":
        Campaign.objects.update(closes_on=date(2026, 11, 24))
    if when == "not published":
        Campaign.objects.update(is_published=False)
    if when == "unknown":
        campaign = CampaignFactory.build()
    resident.start(campaign, language)

    assert resident.page.status_code == 422


# --- Nobody knows who ------------------------------------------------------------------------------


def test_words_go_nowhere_but_into_the_answer(
    resident, campaign, caplog, mailoutbox, django_capture_on_commit_callbacks
):
    caplog.set_level(logging.DEBUG)
    with django_capture_on_commit_callbacks(execute=True):
        resident.answer_all(campaign, words=CANARY)
        resident.step("change:pressure")
        resident.step(answer=CANARY + "x" * 5000)
        resident.step(answer=CANARY)
        resident.send(may_quote="on")
        code = resident.code
        resident.post("your_words", code=code)
        assert "canary" not in resident.text
        resident.post("withdraw", code=code)

    assert Answer.objects.get().words == CANARY
    ours = [record for record in caplog.records if record.name != "django.db.backends"]
    for record in ours:
        assert "canary" not in f"{record.getMessage()} {record.args}"
        assert code not in f"{record.getMessage()} {record.args}"
    assert "canary" not in resident.page.request["QUERY_STRING"]
    assert (Message.objects.count(), AuditRecord.objects.count(), mailoutbox) == (0, 0, [])


def test_answering_makes_no_session_and_sets_no_cookie_but_two(resident, campaign, settings):
    resident.client.get(reverse("listening:home"))
    resident.answer_all(campaign)
    resident.send()

    assert Session.objects.count() == 0
    assert set(resident.client.cookies) <= {
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
    }


def test_a_response_holds_no_moment_and_nobody(resident, campaign):
    resident.answer_all(campaign)
    resident.send()

    held = Response.objects.values().get()
    assert set(held) == {
        "id",
        "uuid",
        "campaign_id",
        "submission",
        "receipt_hash",
        "language",
        "channel",
        "borough_id",
        "age_band",
        "theme_id",
        "received_week",
        "may_quote",
        "read_on",
        "withdrawn_on",
    }
    assert resident.code not in str(held)


@pytest.mark.parametrize("name", ["answer", "sent", "your_words", "withdraw"])
def test_no_page_with_words_or_codes_is_kept_by_a_browser(resident, campaign, name):
    resident.answer_all(campaign)
    resident.post(name, draft=resident.draft, code="")

    assert "no-store" in resident.page["Cache-Control"]


def test_every_public_page_has_a_way_out_and_says_where_help_is(resident, campaign):
    pages = [
        resident.client.get(address)
        for address in (
            reverse("listening:home"),
            reverse("listening:safety"),
            reverse("listening:your_words"),
            campaign.get_absolute_url(),
        )
    ]
    resident.start(campaign)
    pages.append(resident.page)
    resident.answer_all(campaign)
    pages.append(resident.page)
    resident.send()
    pages.append(resident.page)

    for page in pages:
        text = page.content.decode()
        assert "data-exit" in text
        assert 'href="tel:999"' in text
        assert reverse("listening:safety") in text


@pytest.mark.parametrize("name", ["answer", "sent", "withdraw", "your_words"])
def test_every_step_needs_the_token_of_its_form(name, db):
    from django.test import Client

    page = Client(enforce_csrf_checks=True).post(reverse(f"listening:{name}"), {"answer": "x"})

    assert page.status_code == 403
