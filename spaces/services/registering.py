"""Registering a group in steps: kept as it is typed, sent when it is whole."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from spaces.models import Hirer, HirerDraft, HirerInvitation, OfferDraft
from spaces.rules.route import DRAFT_KEPT_FOR
from spaces.services.hirers import register_hirer

LONGEST = 2000
"""Letters of one answer that are kept; no answer may be as long."""
MOST = 30
"""Choices of one answer that are kept."""

INVITATION = "invitation"
"""Beside the answers stands which invitation brought somebody here, by its number in addresses."""

Answers = dict[str, list[str]]


def answers_of(user: User) -> Answers:
    """What this person has typed so far; nothing yet is an empty dict."""
    draft = HirerDraft.objects.filter(user=user).first()
    return dict(draft.answers) if draft else {}


@transaction.atomic
def keep_answers(user: User, typed: Mapping[str, Iterable[str]]) -> Answers:
    """Keep these answers as they are typed, right or wrong, beside those of the other steps."""
    draft, _is_new = HirerDraft.objects.select_for_update().get_or_create(user=user)
    for name, values in typed.items():
        draft.answers[name] = [value[:LONGEST] for value in list(values)[:MOST]]
    draft.save(update_fields=["answers", "updated_at"])
    return dict(draft.answers)


@transaction.atomic
def send_registration(*, by: User, now: datetime, **facts: object) -> Hirer:
    """Register the group and forget what was typed for it.

    Raises ValidationError as that does, and "sent_already" when it was sent meanwhile.
    """
    # Somebody who presses twice queues here.
    draft = HirerDraft.objects.select_for_update().filter(user=by).first()
    if draft is None:
        raise ValidationError(_("You have sent this already."), code="sent_already")
    hirer = register_hirer(
        by=by,
        now=now,
        invitation=_invitation_of(draft),
        **facts,  # type: ignore[arg-type]
    )
    draft.delete()
    return hirer


def _invitation_of(draft: HirerDraft) -> HirerInvitation | None:
    return HirerInvitation.objects.filter(uuid__in=draft.answers.get(INVITATION, [])).first()


def forget_drafts(*, now: datetime) -> int:
    """Delete what was begun and left for 60 days, of groups and of offers; return how many."""
    of_groups, of_offers = HirerDraft.objects.all(), OfferDraft.objects.all()
    return sum(
        drafts.filter(updated_at__lte=now - DRAFT_KEPT_FOR).delete()[0]
        for drafts in (of_groups, of_offers)
    )
