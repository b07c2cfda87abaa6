"""Taking in what a resident says, finding it again by its code, and giving it back.

No act of a resident is written to the audit log: a record there has an exact time, and a response
keeps only its week.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from anchors.models import Borough
from audit.services import record
from core.clock import monday_of
from listening.models import Answer, Campaign, QuestionText, Response
from listening.rules import receipts
from listening.rules.drafts import Draft


@dataclass(frozen=True)
class Said:
    """What one person sends: a choice or nothing, and words for each wording they answered."""

    language: str
    may_quote: bool
    borough: Borough | None
    age_band: str
    words: Mapping[QuestionText, str]


def begin(campaign: Campaign, *, language: str, now: datetime) -> Draft:
    """An empty draft at the first question, with the receipt code its answers will have."""
    symbols = "".join(secrets.choice(receipts.ALPHABET) for _place in range(receipts.LENGTH - 1))
    return Draft(
        submission=uuid4(),
        code=receipts.with_check_digit(symbols),
        campaign=campaign.slug,
        language=language,
        begun_at=now,
        at=campaign.papers()[language][0].question.key,
    )


def receive_response(
    campaign: Campaign, *, submission: UUID, code: str, said: Said, today: date
) -> Response:
    """Keep what somebody said. Sent twice, it is kept once, and both times have the same answer.

    Raises ValidationError when this submission was kept with something else in it.
    """
    try:
        with transaction.atomic():
            return _keep(campaign, submission=submission, code=code, said=said, today=today)
    except IntegrityError:
        # The same form was sent a moment ago: its row is there now, or we had another fault.
        kept = Response.objects.filter(submission=submission).first()
        if kept is None:
            raise
    if not _says(kept, said):
        raise ValidationError(
            _("These answers were sent before, and were not the same then."), code="sent_before"
        )
    return kept


def _keep(campaign: Campaign, *, submission: UUID, code: str, said: Said, today: date) -> Response:
    response = Response.objects.create(
        campaign=campaign,
        submission=submission,
        receipt_hash=receipt_hashes(code)[0],
        language=said.language,
        borough=said.borough,
        age_band=said.age_band,
        may_quote=said.may_quote,
        received_week=monday_of(today),
    )
    Answer.objects.bulk_create(
        Answer(response=response, text=text, words=words) for text, words in said.words.items()
    )
    return response


def was_received(submission: UUID) -> bool:
    return Response.objects.filter(submission=submission).exists()


def _says(kept: Response, said: Said) -> bool:
    words = {answer.text_id: answer.words for answer in kept.answers.all()}
    return (
        kept.withdrawn_on is None
        and words == {text.pk: words for text, words in said.words.items()}
        and (kept.language, kept.may_quote, kept.borough_id, kept.age_band)
        == (said.language, said.may_quote, said.borough and said.borough.pk, said.age_band)
    )


def receipt_hashes(code: str) -> list[str]:
    """What a code is kept as; then what it may have been kept as before a key was changed."""
    keys = [settings.RECEIPT_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.digest(key.encode(), code.encode(), "sha256").hex() for key in keys]


def response_for(code: str) -> Response | None:
    """The response of this code. A code that was used to withdraw finds nothing, like any other."""
    found = Response.objects.held_under(receipt_hashes(code))
    return found.select_related("campaign").first()


@transaction.atomic
def withdraw_response(*, code: str, today: date) -> bool:
    """Delete the words behind this code; say whether there were any.

    The person still counts as heard: the row keeps its borough and theme, and no words.
    """
    held = Response.objects.held_under(receipt_hashes(code))
    response = held.select_for_update(no_key=True).first()
    if response is None:
        return False
    response.answers.all().delete()
    response.withdrawn_on = today
    response.may_quote = False
    response.save(update_fields=["withdrawn_on", "may_quote"])
    return True


@transaction.atomic
def read_response(response: Response, *, by: User, today: date) -> list[Answer]:
    """The words of one response. That `by` read them is written down each time."""
    if response.read_on is None:
        response.read_on = today
        response.save(update_fields=["read_on"])
    record("listening.response_read", response, by=by)
    return list(response.answers.select_related("text").order_by("text__question__position", "pk"))
