"""Which papers a site asks for, said by those who run it. No booking is ever cancelled by that."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from audit.services import record
from core.clock import london
from core.templatetags.dates import pounds, short_date
from spaces import permissions
from spaces.models import Booking, Site, SiteRequirement, Space
from spaces.models.bookings import BookingQuerySet
from spaces.models.minutes import moment_of
from spaces.services import affected, papers, turns
from spaces.services import rooms as room_locks
from spaces.services.affected import Seen

ALREADY = "already_asked"

WHO = {
    SiteRequirement.When.ALWAYS: gettext_lazy("Every group"),
    SiteRequirement.When.AT_RISK: gettext_lazy("When children or adults at risk come"),
    SiteRequirement.When.FOOD: gettext_lazy("When food is made or served"),
}


@turns.in_turn()
@transaction.atomic
def ask_for_paper(
    site: Site,
    *,
    by: User,
    now: datetime,
    kind: str,
    when: str,
    starts_on: date,
    min_cover_pounds: int | None = None,
    space: Space | None = None,
    seen: Seen,
    version: str | None = None,
) -> SiteRequirement:
    """Ask for a paper, in every room or in one, for bookings on this day and later.

    What was asked in the same way for later, and is no more, goes. Raises ValidationError `ALREADY` if as
    much is asked by then already, `affected.UNSEEN` if a booking would miss the paper that was not shown,
    `turns.CHANGED_MEANWHILE` if `version` is told and not that of what the site asks for.
    """
    permissions.check_runs(by, site)
    today = london(now).date()
    if starts_on < today:
        raise ValidationError(_("Choose today or a later day."), code="past")
    # Whoever asks for a room at this moment is among those shown, or reads the new paper.
    room_locks.lock_rooms(site)
    turns.check_seen(version, *site.requirements.all())
    same = site.requirements.filter(space=space, kind=kind, when=when)
    least = min_cover_pounds or 0
    by_then = Q(starts_on=None) | Q(starts_on__lte=starts_on)
    if any((one.min_cover_pounds or 0) >= least for one in same.filter(by_then)):
        raise ValidationError(_("This paper is asked for by then already."), code=ALREADY)
    for later in same.filter(starts_on__gte=starts_on):
        if (later.min_cover_pounds or 0) <= least:
            later.delete()
    asked = SiteRequirement.objects.create(
        site=site,
        space=space,
        kind=kind,
        when=when,
        min_cover_pounds=min_cover_pounds,
        starts_on=starts_on,
    )
    record("spaces.paper_asked_for", space or site, by=by, kind=kind)
    coming = Booking.objects.alive().at(site).filter(starts_at__gt=now)
    if space is not None:
        coming = coming.filter(space=space)
    coming = coming.filter(starts_at__gte=moment_of(starts_on, 0))
    affected.check_seen([one for one, lacks in lacking(coming) if kind in lacks], seen)
    return asked


@turns.in_turn()
@transaction.atomic
def stop_asking_for_paper(asked: SiteRequirement, *, by: User, version: str | None = None) -> None:
    """Ask for it no more. Raises `turns.GONE` if somebody has stopped already, and
    `turns.CHANGED_MEANWHILE` as above.
    """
    site = asked.site
    assert site is not None, "What every site asks for is not a site's to stop."
    permissions.check_runs(by, site)
    room_locks.lock_rooms(site)
    turns.check_there(asked, version)
    record("spaces.paper_not_asked_for", asked.space or site, by=by, kind=asked.kind)
    asked.delete()


def asked_at(site: Site) -> list[SiteRequirement]:
    """What this site asks for, of the whole building first."""
    asked = site.requirements.select_related("space", "site")
    kinds = SiteRequirement.Kind.values
    return sorted(
        asked,
        key=lambda one: (
            one.space.name if one.space else "",
            kinds.index(one.kind),
            one.when,
            one.starts_on or date.min,
        ),
    )


def in_words(asked: SiteRequirement, *, today: date) -> str:
    """Public liability insurance, at least £5,000,000. Every group. For bookings from 1 January 2027 on.
    Hall.
    """
    what = str(asked.get_kind_display())
    if asked.min_cover_pounds:
        what = _("%(paper)s, at least %(sum)s") % {
            "paper": what,
            "sum": pounds(asked.min_cover_pounds),
        }
    parts = [what, str(WHO[SiteRequirement.When(asked.when)])]
    if asked.starts_on and asked.starts_on > today:
        parts.append(_("For bookings from %(day)s on") % {"day": short_date(asked.starts_on)})
    if asked.site is not None:
        parts.append(asked.space.name if asked.space else _("The whole building"))
    return ". ".join(parts) + "."


def lacking(bookings_of: BookingQuerySet) -> list[tuple[Booking, dict[str, str]]]:
    """Which of these bookings miss a paper, soonest first: each kind, and what is wrong in words.

    Six queries, however many bookings.
    """
    rows = list(bookings_of.with_people().order_by("starts_at", "pk"))
    missing = papers.missing_for_bookings(rows)
    return [
        (one, {paper.kind.value: paper.words for paper in missing[one.pk]})
        for one in rows
        if missing[one.pk]
    ]
