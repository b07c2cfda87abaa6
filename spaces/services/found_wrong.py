"""A paper that was accepted is found wrong, or a note that we saw DBS certificates is taken back: from
then on it counts for nothing.

What was confirmed because of it is not cancelled by that. Such bookings stand beside those that no longer
fit (`left_outside`), until there is a good one or somebody cancels them.
"""

from collections import defaultdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Value
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.services import notify
from spaces import permissions
from spaces.models import Booking, Hirer, HirerDocument, PeopleCheck, SiteRequirement
from spaces.models.bookings import BookingQuerySet
from spaces.rules import papers as rules
from spaces.services import audience, confirming, documents, papers, telling

State = HirerDocument.State
CERTIFICATES = SiteRequirement.Kind.PEOPLE_CHECK.value


def relying_on(paper: HirerDocument | PeopleCheck, *, now: datetime) -> list[Booking]:
    """The promised bookings to come that would miss this paper, or this note that we saw certificates,
    soonest first. Eleven queries at most.
    """
    kind = paper.kind if isinstance(paper, HirerDocument) else CERTIFICATES
    promised = Booking.objects.promised().filter(hirer=paper.hirer_id, starts_at__gt=now)
    coming = list(promised.with_people().order_by("starts_at", "pk"))
    if not coming:
        return []
    now_missing = papers.missing_for_bookings(coming)
    then_missing = papers.missing_for_bookings(coming, without=paper)
    return [
        booking
        for booking in coming
        if _misses(then_missing[booking.pk], {kind})
        and not _misses(now_missing[booking.pk], {kind})
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


@transaction.atomic
def take_back_people_check(check: PeopleCheck, *, by: User, now: datetime) -> None:
    """A note that we saw certificates was a mistake. The managers are told where a booking relies on it.

    Raises ValidationError "not_from_here" if somebody was faster.
    """
    permissions.check_may_check_papers(by, check.hirer)
    hirer = Hirer.objects.in_turn().select_related("organisation").get(pk=check.hirer_id)
    if not PeopleCheck.objects.counting().filter(pk=check.pk).exists():
        raise ValidationError(_("This note was taken back already."), code="not_from_here")
    relying = relying_on(check, now=now)
    check.taken_back_at = now
    check.save(update_fields=["taken_back_at", "updated_at"])
    record("spaces.people_check_taken_back", hirer, by=by, check=check.pk)
    if relying:
        notify(
            audience.managers_of_group(hirer, london(now).date()),
            "spaces/email/people_check_taken_back.txt",
            {"bookings": relying, "address": telling.papers_address(hirer)},
            once=f"spaces.people_check_taken_back:{check.pk}",
            about=telling.about(hirer),
            now=now,
        )


def what_was_lost(booking: Booking, *, now: datetime) -> list[confirming.StillMissing]:
    """What a confirmed booking misses by now, because it was found since that it does not count."""
    this_one = Booking.objects.filter(pk=booking.pk)
    return confirmed_on_lost_papers(this_one, now=now).get(booking.pk, [])


def confirmed_on_lost_papers(
    bookings: BookingQuerySet, *, now: datetime
) -> dict[int, list[confirming.StillMissing]]:
    """Which of these are confirmed and to come, and miss by now what was accepted once: by their keys.

    Nine queries, however many bookings; one where nothing that any was confirmed on was found wrong.
    """
    lost, taken_back = HirerDocument.objects.found_wrong(), PeopleCheck.objects.taken_back()
    of_theirs = bookings.filter(
        Q(hirer__in=lost.values("hirer")) | Q(hirer__in=taken_back.values("hirer")),
        state=Booking.State.CONFIRMED,
        starts_at__gt=now,
    )
    confirmed = list(of_theirs.with_people())
    if not confirmed:
        return {}
    kinds = defaultdict(set)
    hirers = {booking.hirer_id for booking in confirmed}
    of_papers = lost.filter(hirer__in=hirers).values_list("hirer", "kind")
    of_people = taken_back.filter(hirer__in=hirers).values_list("hirer", Value(CERTIFICATES))
    for hirer, kind in of_papers.union(of_people):
        kinds[hirer].add(kind)
    missing = confirming.missing_of(confirmed)
    found = {
        booking.pk: [one for one in missing[booking.pk] if one.kind in kinds[booking.hirer_id]]
        for booking in confirmed
    }
    return {key: some for key, some in found.items() if some}


def _misses(missing: list[rules.Missing], kinds: set[str]) -> bool:
    return any(one.kind.value in kinds for one in missing)
