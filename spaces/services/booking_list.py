"""Finding one booking among the many of a site. Reads only."""

from datetime import date, datetime

from django.db.models import F, Func, Q, TextChoices, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clock import london
from spaces.models import Booking, Decision, Hirer, Space
from spaces.models.bookings import BookingQuerySet
from spaces.models.hirers import APOSTROPHES
from spaces.models.minutes import moment_of
from spaces.models.sites import SiteQuerySet
from spaces.models.spaces import SpaceQuerySet

State = Booking.State


class Which(TextChoices):
    """What people look for; more than one may be true of a booking."""

    WAITING = "waiting", _("Waiting for me")
    GROUP = "group", _("Something is needed from the group")
    UNDECIDED = "undecided", _("Not decided yet")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")


STATES = {
    Which.GROUP: [State.INFORMATION_NEEDED, State.APPROVED],
    Which.UNDECIDED: list(Booking.UNDECIDED),
    Which.CONFIRMED: [State.CONFIRMED],
    Which.DECLINED: [State.DECLINED],
    Which.CANCELLED: [State.CANCELLED_BY_HIRER, State.CANCELLED_BY_SITE],
}


def rooms_at(sites: SiteQuerySet) -> SpaceQuerySet:
    """The rooms of these sites that are, or were, on offer, for whoever looks for a booking there."""
    rooms = Space.objects.filter(site__in=sites).exclude(status=Space.Status.DRAFT)
    return rooms.select_related("site").order_by("site__name", "name", "pk")


def find_bookings(
    visible: BookingQuerySet,
    *,
    by: User,
    now: datetime,
    which: str = "",
    room: Space | None = None,
    group: str = "",
    first: date | None = None,
    last: date | None = None,
    reference: str = "",
) -> BookingQuerySet:
    """Those of these bookings, the latest first.

    A group that asks for privacy is found by name by its own people alone: whoever reads a list in
    which it has no name must not learn the name by asking for it.
    """
    found = visible
    if which == Which.WAITING:
        steps = Decision.objects.waiting_for(by, london(now).date())
        found = found.filter(pk__in=steps.order_by().values("booking"), starts_at__gt=now)
    elif which:
        found = found.filter(state__in=STATES[Which(which)])
    if which == Which.GROUP:
        found = found.filter(ends_at__gt=now)
    if room is not None:
        found = found.filter(space=room)
    if group:
        found = found.filter(hirer__in=_named(group, by))
    if first is not None:
        found = found.filter(starts_at__gte=moment_of(first, 0))
    if last is not None:
        found = found.filter(starts_at__lt=moment_of(last, 24 * 60))
    if reference:
        found = found.filter(uuid__range=(_uuid(reference, "0"), _uuid(reference, "f")))
    return found.order_by("-starts_at", "-pk")


def _named(typed: str, by: User) -> object:
    name = Func(F("organisation__name"), *map(Value, APOSTROPHES), function="TRANSLATE")
    straight = typed.translate(str.maketrans(*APOSTROPHES))
    own = Hirer.objects.of_member(by).values("pk")
    named = Hirer.objects.alias(name=name).filter(name__icontains=straight)
    return named.filter(Q(is_sensitive=False) | Q(pk__in=own)).values("pk")


def _uuid(first: str, rest: str) -> str:
    """The lowest or highest identifier that begins so; the index on it answers."""
    digits = first + rest * (32 - len(first))
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
