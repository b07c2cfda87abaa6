"""A paper that was accepted is found wrong: from then on it counts for nothing.

What was confirmed because of it is not cancelled by that. Such bookings stand beside those that no longer
fit (`left_outside`), until a good paper is accepted or somebody cancels them.
"""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions
from spaces.models import Booking, Hirer, HirerDocument
from spaces.models.bookings import BookingQuerySet
from spaces.rules import papers as rules
from spaces.services import confirming, documents, papers

State = HirerDocument.State


def relying_on(paper: HirerDocument, *, now: datetime) -> list[Booking]:
    """The promised bookings to come that would miss this paper, soonest first. Eleven queries at most."""
    promised = Booking.objects.promised().filter(hirer=paper.hirer_id, starts_at__gt=now)
    coming = list(promised.with_people().order_by("starts_at", "pk"))
    if not coming:
        return []
    now_missing = papers.missing_for_bookings(coming)
    then_missing = papers.missing_for_bookings(coming, without=paper)
    return [
        booking
        for booking in coming
        if _misses(then_missing[booking.pk], {paper.kind})
        and not _misses(now_missing[booking.pk], {paper.kind})
    ]


@transaction.atomic
def find_wrong(
    paper: HirerDocument, *, by: User, now: datetime, found_wrong: str, reason: str
) -> HirerDocument:
    """Take back that a paper was accepted; the group reads the reason and sends another.

    What it had replaced counts again. Raises ValidationError "not_from_here" if it is not accepted, or
    somebody was faster.
    """
    permissions.check_may_check_papers(by, paper.hirer)
    # Papers of one group queue here, as where they are sent and replaced.
    hirer = Hirer.objects.in_turn().get(pk=paper.hirer_id)
    paper = documents.locked(paper)
    rules.check_accepted(paper)
    earlier = paper.replaces
    if earlier is not None and paper.replaced_on is None:
        earlier.replaced_on = None
        earlier.save(update_fields=["replaced_on", "updated_at"])
    paper.state, paper.reason = State.NOT_ACCEPTED, reason
    paper.found_wrong = HirerDocument.FoundWrong(found_wrong)
    paper.checked_by, paper.checked_at = by, now
    changed = ["state", "reason", "found_wrong", "checked_by", "checked_at", "updated_at"]
    paper.save(update_fields=changed)
    # On the page of the paper, and on that of the group. The words stay with the paper.
    record("spaces.document_found_wrong", paper, by=by, hirer=hirer.pk, because=found_wrong)
    record("spaces.document_found_wrong", hirer, by=by, document=paper.pk, because=found_wrong)
    documents.tell_managers(paper, "document_found_wrong", now=now)
    return paper


def what_was_lost(booking: Booking, *, now: datetime) -> list[confirming.StillMissing]:
    """What a confirmed booking misses by now, because a paper was found wrong since."""
    this_one = Booking.objects.filter(pk=booking.pk)
    return confirmed_on_lost_papers(this_one, now=now).get(booking.pk, [])


def confirmed_on_lost_papers(
    bookings: BookingQuerySet, *, now: datetime
) -> dict[int, list[confirming.StillMissing]]:
    """Which of these are confirmed and to come, and miss by now what was accepted once: by their keys.

    Nine queries, however many bookings; one where none was confirmed on a paper that was found wrong.
    """
    lost = HirerDocument.objects.found_wrong()
    of_theirs = bookings.filter(
        state=Booking.State.CONFIRMED, starts_at__gt=now, hirer__in=lost.values("hirer")
    )
    confirmed = list(of_theirs.with_people())
    if not confirmed:
        return {}
    kinds = defaultdict(set)
    lost = lost.filter(hirer__in={booking.hirer_id for booking in confirmed})
    for hirer, kind in lost.values_list("hirer", "kind"):
        kinds[hirer].add(kind)
    missing = confirming.missing_of(confirmed)
    found = {
        booking.pk: [one for one in missing[booking.pk] if one.kind in kinds[booking.hirer_id]]
        for booking in confirmed
    }
    return {key: some for key, some in found.items() if some}


def _misses(missing: list[rules.Missing], kinds: set[str]) -> bool:
    return any(one.kind.value in kinds for one in missing)
