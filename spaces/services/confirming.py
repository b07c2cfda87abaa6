"""Whether anything stands between a group and a room that was promised to it."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from spaces import permissions, rules
from spaces.models import AgreementVersion, Booking, HireAgreement, Hirer
from spaces.services import bookings, papers, telling, turns

State = Booking.State
logger = logging.getLogger(__name__)

AGREEMENT = "agreement"
"""Stands beside the kinds of paper where something is missing."""

GROUP = "group"
"""And this, where the group itself may not book: nobody looks past that for one booking."""

AT_ONCE = 100
"""Bookings whose papers are read together."""


@dataclass(frozen=True)
class StillMissing:
    """One thing that a group has to do before it may come in: what, why, and where it mends it.

    Only a manager of the group sends papers.
    """

    kind: str
    name: str
    words: str
    why: str
    url: str
    label: str
    is_sent: bool = False
    """The group has done its part, and programme staff still have to check it."""


def what_is_missing(booking: Booking) -> list[StillMissing]:
    """What stands between the group and its room, in words; empty when nothing does."""
    return missing_of([booking])[booking.pk]


def missing_of(some: Iterable[Booking]) -> dict[int, list[StillMissing]]:
    """The same for many bookings, by their keys. Seven queries, however many.

    The words name neither the group nor any of its people, so they may stand in every letter.
    """
    some = list(some)
    accepted = set(HireAgreement.objects.filter(booking__in=some).values_list("booking", flat=True))
    published = AgreementVersion.objects.published().order_by()
    with_conditions = set(published.values_list("site", flat=True).distinct())
    of_papers = papers.missing_for_bookings(some)
    found = {}
    for booking in some:
        has_conditions = not with_conditions.isdisjoint({None, booking.space.site_id})
        found[booking.pk] = [
            *([_group(booking)] if booking.hirer.state != Hirer.State.APPROVED else []),
            *([_agreement(booking)] if has_conditions and booking.pk not in accepted else []),
            *(_paper(booking, one) for one in of_papers[booking.pk]),
        ]
    return found


def settle(booking: Booking, *, now: datetime) -> None:
    """Right after the approval: confirm it if nothing is missing. The group gets one letter.

    For callers that hold the booking.
    """
    missing = what_is_missing(booking)
    if missing:
        telling.tell_group(
            booking,
            "booking_approved",
            now=now,
            invitation="REQUEST",
            missing=missing,
            insurance_address=telling.insurance_address(booking.space.site),
        )
    else:
        _confirm(booking, now=now)


def confirm_if_ready(booking: Booking, *, now: datetime) -> bool:
    """Confirm an approved booking with which nothing is missing any more; say whether it was.

    For callers that hold the booking. Nothing of a group that was stopped is confirmed.
    """
    if booking.state != State.APPROVED:
        return False
    bookings.hold_group(booking)
    if what_is_missing(booking):
        return False
    _confirm(booking, now=now)
    record("spaces.booking_confirmed", booking, by=None)
    return True


def confirm_at_once(hirer: Hirer, *, now: datetime) -> None:
    """Confirm what waited for a paper of this group alone, as soon as that is written down.

    Not in the same transaction: who checks a paper must not lose what they said because somebody holds the
    rooms. What goes wrong is left to the timetable.
    """
    transaction.on_commit(partial(confirm_ready, now=now, of=hirer), robust=True)


def confirm_ready(*, now: datetime, of: Hirer | None = None) -> int:
    """Confirm whatever waits and is ready, whichever way that came about; return how many.

    `of` looks at one group alone. A booking that cannot be confirmed holds up no other; what went
    wrong is raised after the last.
    """
    coming = Booking.objects.not_yet_confirmed().filter(starts_at__gt=now)
    if of is not None:
        coming = coming.filter(hirer=of)
    waiting = list(coming.with_people().order_by("starts_at", "pk"))
    confirmed, problems = 0, []
    for first in range(0, len(waiting), AT_ONCE):
        some = waiting[first : first + AT_ONCE]
        missing = missing_of(some)
        for booking in some:
            if missing[booking.pk]:
                continue
            try:
                # Held and asked again: it may be cancelled, or a paper taken back, at this moment.
                with transaction.atomic():
                    confirmed += confirm_if_ready(bookings.locked(booking), now=now)
            except Exception as problem:  # raised again below
                logger.error("%s was not confirmed.", booking)
                problems.append(problem)
    if problems:
        raise ExceptionGroup("Some bookings could not be confirmed.", problems)
    return confirmed


@transaction.atomic
def confirm_despite(
    booking: Booking, *, by: User, now: datetime, reason: str, shown: Collection[str]
) -> Booking:
    """Confirm an approved booking although something is missing, for a reason that is kept with it.

    `shown` are the kinds that whoever gives the reason has read. When nothing is missing any more, it
    is confirmed as every other and no reason is kept. Raises ValidationError "not_from_here" if it is
    not approved, "begun" once its time has come, "hirer" if the group may not book by now,
    `turns.CHANGED_MEANWHILE` if more is missing by now than was shown.
    """
    booking = bookings.locked(booking)
    hirer = bookings.hold_group(booking)
    missing = [one.kind for one in what_is_missing(booking)]
    # Nothing but what was shown is looked past below, so this is about what is missing, too.
    permissions.check_may_confirm_despite(by, booking, shown)
    rules.states.check_may_become(booking, State.CONFIRMED)
    rules.bookings.check_not_begun(booking, now=now)
    rules.bookings.check_hirer_may_book(hirer, is_theirs=False)
    if not missing:
        confirm_if_ready(booking, now=now)
        return booking

    if not set(shown).issuperset(missing):
        raise ValidationError(
            _("Something else is missing by now, so nothing was confirmed. Read the list again."),
            code=turns.CHANGED_MEANWHILE,
        )
    booking.confirmed_despite, booking.confirmed_despite_by = reason, by
    _confirm(booking, now=now)
    # The words stay with the booking: a record holds no free words.
    record("spaces.booking_confirmed_despite", booking, by=by, missing=", ".join(missing))
    return booking


def _confirm(booking: Booking, *, now: datetime) -> None:
    rules.states.check_may_become(booking, State.CONFIRMED)
    booking.state = State.CONFIRMED
    booking.save(update_fields=["state", "confirmed_despite", "confirmed_despite_by", "updated_at"])
    telling.tell_group(booking, "booking_confirmed", now=now, invitation="REQUEST")


def _group(booking: Booking) -> StillMissing:
    return StillMissing(
        kind=GROUP,
        name=_("Approval of the group"),
        words=_("Approval of the group: it may not book for now."),
        why=_("Nothing of it is confirmed until programme staff approve the group again."),
        url=booking.hirer.get_absolute_url(),
        label=_("See what your group can do"),
    )


def _agreement(booking: Booking) -> StillMissing:
    return StillMissing(
        kind=AGREEMENT,
        name=_("Conditions of hire"),
        words=_("Conditions of hire: they are not accepted yet."),
        why=_("Asked of every group, for each booking."),
        url=reverse("spaces:accept_agreement", args=[booking.uuid]),
        label=_("Read and accept the conditions"),
    )


def _paper(booking: Booking, one: rules.papers.Missing) -> StillMissing:
    group = booking.hirer.organisation.slug
    is_shown = one.kind == rules.papers.Asked.PEOPLE_CHECK
    if one.is_sent or is_shown:
        url, label = reverse("spaces:documents", args=[group]), _("See your papers")
    else:
        url = reverse("spaces:add_document", args=[group, one.kind.value])
        label = _("Send this paper")
    return StillMissing(
        kind=one.kind.value,
        name=_("DBS certificates") if is_shown else str(one.kind.label),
        words=one.words,
        why=one.why,
        url=url,
        label=label,
        is_sent=one.is_sent,
    )
