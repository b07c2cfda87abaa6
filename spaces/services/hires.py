"""The yearly register of hires: organisation and duration of each, for a site's insurer."""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.clock import at, london
from core.spreadsheets import as_text
from spaces.models import Booking

YEARS = range(2000, 2200)
"""Of which there may be a register."""


def register(bookings: QuerySet[Booking], *, year: int, now: datetime) -> str:
    """A CSV of the confirmed hires that began in a year in London and are over, by day. Nobody was let
    in without that.

    Groups that ask for privacy stand there without their name. A byte-order mark comes first, so
    that spreadsheets read it as UTF-8. One query, however many.
    """
    file = StringIO()
    file.write("\ufeff")
    write = csv.writer(file).writerow
    write(
        [
            _("Day"),
            _("From"),
            _("To"),
            _("Hours"),
            _("Room"),
            _("Group"),
            _("People"),
            _("Reference"),
        ]
    )
    for booking in _held(bookings, year, now):
        starts, ends = london(booking.starts_at), london(booking.ends_at)
        # Real time, also in the night in which the clocks change.
        hours = (booking.ends_at - booking.starts_at) / timedelta(hours=1)
        row = [
            f"{starts:%Y-%m-%d}",
            f"{starts:%H:%M}",
            f"{ends:%H:%M}",
            f"{hours:g}",
            booking.space.name,
            booking.hirer.name_for_others,
            booking.attendance,
            booking.reference,
        ]
        write([as_text(cell) for cell in row])
    return file.getvalue()


def _held(bookings: QuerySet[Booking], year: int, now: datetime) -> QuerySet[Booking]:
    first, after = (at(date(one, 1, 1), time.min) for one in (year, year + 1))
    held: QuerySet[Booking] = bookings.filter(state=Booking.State.CONFIRMED).with_people()  # type: ignore[attr-defined]
    in_year = held.filter(starts_at__gte=first, starts_at__lt=after, ends_at__lte=now)
    return in_year.order_by("starts_at", "pk")
