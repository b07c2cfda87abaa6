"""Days on which two made-up sites keep other hours, and a closure that comes."""

from datetime import date, timedelta

from core.clock import at_minute
from home.demonstration.world import World
from spaces import services
from spaces.models import Booking, Closure, DayException, Site


def load(world: World) -> None:
    """The hall opens late for a fair, a health centre trains its staff one afternoon, and the floor of
    a hall is sanded. Nothing is booked then.
    """
    hall = world.things["space:Hall, Old Signal House"]
    centre = world.things["site:Ash Row Health Centre"]
    by = world.people["site_manager"]
    days = (
        DayException(
            site=hall.site,
            space=hall,
            day=_quiet_day(hall.site, world.day(date(2026, 12, 19))),
            opens_minute=8 * 60,
            closes_minute=23 * 60,
            reason=DayException.Reason.EVENT,
            public_note="Open late for a fair (demo)",
        ),
        DayException(
            site=centre,
            day=_quiet_day(centre, world.day(date(2026, 12, 16))),
            opens_minute=8 * 60,
            closes_minute=12 * 60,
            reason=DayException.Reason.TRAINING,
            public_note="Closed in the afternoon for staff training (demo)",
        ),
    )
    for said in days:
        services.say_of_day(said, by=by, now=world.now, seen=None)
    services.close_rooms(
        Closure(
            site=hall.site,
            starts_at=world.at(date(2027, 1, 4), 0),
            ends_at=world.at(date(2027, 1, 7), 0),
            reason=Closure.Reason.WORKS,
            public_note="The floor of the hall is sanded (demo)",
        ),
        rooms=hall.rooms.all(),
        by=by,
        now=world.now,
    )


def _quiet_day(site: Site, day: date) -> date:
    """This day, or the first a whole number of weeks later on which nothing is booked or shut there."""
    alive, closures = Booking.objects.alive().filter(space__site=site), site.closures.all()
    while True:
        begins, ends = at_minute(day, 0), at_minute(day, 24 * 60)
        is_booked = alive.filter(starts_at__lt=ends, ends_at__gt=begins).exists()
        if not is_booked and not closures.overlapping(begins, ends).exists():
            return day
        day += timedelta(days=7)
