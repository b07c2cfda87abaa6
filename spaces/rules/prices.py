"""What a use costs. Pure: charges and times in, pence and words out.

Money is whole pence. The price is for the time asked for alone: setting up and clearing away are
never charged, so that nobody hurries people who need longer. What a charge for each hour comes to is
counted in minutes that really pass, so a use across the night the clocks go back is an hour longer;
halves of a penny are rounded up. The day a use starts decides which charges hold. Bank holidays count
as the day of the week they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import london
from core.templatetags.dates import money, short_date
from spaces.models import Charge
from spaces.models.minutes import moment_of
from spaces.rules.times import length_in_words

PEAK_MINUTES = (17 * 60, 22 * 60)
"""Monday to Friday from 5pm to 10pm is an evening; all of Saturday and Sunday is the weekend."""

When = Charge.When


@dataclass(frozen=True)
class Line:
    """One thing that is paid for: what, how it was counted (empty for each time), how much."""

    what: str
    how: str
    pence: int


@dataclass(frozen=True)
class Price:
    lines: tuple[Line, ...]

    @property
    def total_pence(self) -> int:
        return sum(line.pence for line in self.lines)

    def in_words(self) -> str:
        """Free of charge, or £24: the room £20 (2 hours at £10 an hour), cleaning £4."""
        if self.total_pence == 0:
            return _("Free of charge")
        parts = []
        for line in self.lines:
            words = _("%(what)s %(price)s") % {
                "what": line.what[:1].lower() + line.what[1:],
                "price": money(line.pence),
            }
            parts.append(f"{words} ({line.how})" if line.how else words)
        return _("%(total)s: %(parts)s") % {
            "total": money(self.total_pence),
            "parts": ", ".join(parts),
        }


def price_of(charges: Iterable[Charge], starts_at: datetime, ends_at: datetime) -> Price | None:
    """What a use costs, or None where that is not known.

    Takes the charges that can apply to one space: its own and those of its whole site.
    """
    charges = holding_on(charges, london(starts_at).date())
    if not charges:
        return None
    minutes = minutes_by_time(starts_at, ends_at)
    lines = []
    for charge in charges:
        counted = minutes[charge.when]
        if counted and charge.pence:
            lines.append(_line(charge, counted))
    return Price(tuple(lines))


def price_of_less(price: Price | None, before: int | None) -> Price | None:
    """What a use costs that only became shorter or smaller: never more than the pence agreed before."""
    if before is None:
        return None
    if price is None or price.total_pence > before:
        return Price((Line(_("As agreed before"), "", before),))
    return price


NOT_KNOWN = "unknown"


def version_of_pence(pence: int | None) -> str:
    """Tells one full price from another, for a page that shows it and is sent later."""
    return NOT_KNOWN if pence is None else str(pence)


def pence_in_words(pence: int | None) -> str:
    """A full price that was noted down, in the middle of a sentence."""
    if pence is None:
        return _("not known")
    return money(pence) if pence else _("free of charge")


def _line(charge: Charge, minutes: int) -> Line:
    what = str(charge.get_what_display())
    if charge.per == Charge.Per.USE:
        return Line(what, "", charge.pence)
    how = _("%(length)s at %(rate)s an hour") % {
        "length": length_in_words(minutes),
        "rate": money(charge.pence),
    }
    return Line(what, how, (charge.pence * minutes * 2 + 60) // 120)


def minutes_by_time(starts_at: datetime, ends_at: datetime) -> dict[str, int]:
    """How many minutes of a use each kind of time has."""
    whole = (ends_at - starts_at) // timedelta(minutes=1)
    peak = 0
    day = london(starts_at).date()
    while moment_of(day, 0) < ends_at:
        opens, closes = PEAK_MINUTES if day.weekday() < 5 else (0, 24 * 60)
        first = max(starts_at, moment_of(day, opens))
        last = min(ends_at, moment_of(day, closes))
        peak += max(last - first, timedelta()) // timedelta(minutes=1)
        day += timedelta(days=1)
    return {When.ALWAYS: whole, When.PEAK: peak, When.DAYTIME: whole - peak}


def times_of(starts_at: datetime, ends_at: datetime) -> list[str]:
    """The kinds of time that a use has a part in."""
    return [when for when, minutes in minutes_by_time(starts_at, ends_at).items() if minutes]


def holding_on(charges: Iterable[Charge], day: date) -> list[Charge]:
    """The charges that hold on a day, the room first; its own go before those of its site."""
    valid = [
        charge
        for charge in charges
        if (charge.valid_from is None or charge.valid_from <= day)
        and (charge.valid_until is None or charge.valid_until >= day)
    ]
    own = {charge.what for charge in valid if charge.space_id is not None}
    return in_order(
        charge for charge in valid if charge.space_id is not None or charge.what not in own
    )


def in_order(charges: Iterable[Charge]) -> list[Charge]:
    """By what is paid for, as the list of kinds has it, and then by when."""
    whats, whens = Charge.What.values, Charge.When.values
    return sorted(
        charges,
        key=lambda charge: (
            whats.index(charge.what),
            whens.index(charge.when),
            charge.valid_from or date.min,
        ),
    )


# --- Without a time ------------------------------------------------------------------------------


def tariff_in_words(charges: Sequence[Charge], day: date) -> str:
    """What it costs when nobody has said yet when: short, for lists. Empty where not known."""
    charges = holding_on(charges, day)
    if not charges:
        return ""
    daytime, peak = (_added_up(charges, when) for when in (When.DAYTIME, When.PEAK))
    if daytime == peak:
        return _rate(*peak) if any(peak) else _("Free of charge")
    if not any(daytime):
        return _("Free in the daytime. Evenings and weekends %(rate)s") % {"rate": _rate(*peak)}
    if not any(peak):
        return _("Free in the evening and at weekends. Daytime %(rate)s") % {
            "rate": _rate(*daytime)
        }
    return _("From %(rate)s") % {"rate": _rate(*min(daytime, peak))}


def _added_up(charges: Iterable[Charge], when: Charge.When) -> tuple[int, int]:
    """Pence for each hour and for each time, at one kind of time."""
    those = [charge for charge in charges if charge.when in (When.ALWAYS, when)]
    hour = sum(charge.pence for charge in those if charge.per == Charge.Per.HOUR)
    return hour, sum(charge.pence for charge in those) - hour


def _rate(hour: int, use: int) -> str:
    if hour and use:
        return _("%(hour)s an hour and %(use)s each time") % {
            "hour": money(hour),
            "use": money(use),
        }
    if hour:
        return _("%(hour)s an hour") % {"hour": money(hour)}
    return _("%(use)s each time") % {"use": money(use)}


@dataclass(frozen=True)
class Row:
    """One line of the list of prices."""

    what: str
    when: str
    price: str


def price_list(charges: Sequence[Charge], day: date) -> list[Row]:
    """All that is charged from a day on, as a table shows it."""
    return [row_of(charge, day) for charge in _from_day_on(charges, day)]


def costs_money(charges: Sequence[Charge], day: date) -> bool:
    """Say whether anything of what is charged from a day on is to be paid."""
    return any(charge.pence for charge in _from_day_on(charges, day))


def _from_day_on(charges: Sequence[Charge], day: date) -> list[Charge]:
    coming = [
        charge for charge in charges if charge.valid_from is not None and charge.valid_from > day
    ]
    own = {charge.what for charge in coming if charge.space_id is not None}
    coming = [charge for charge in coming if charge.space_id is not None or charge.what not in own]
    return in_order([*holding_on(charges, day), *coming])


def row_of(charge: Charge, day: date) -> Row:
    return Row(str(charge.get_what_display()), _when(charge, day), _price(charge))


def _when(charge: Charge, day: date) -> str:
    words = [str(charge.get_when_display())]
    if charge.valid_from is not None and charge.valid_from > day:
        words.append(_("from %(day)s") % {"day": short_date(charge.valid_from)})
    if charge.valid_until is not None:
        words.append(_("until %(day)s") % {"day": short_date(charge.valid_until)})
    return ", ".join(words)


def _price(charge: Charge) -> str:
    if charge.pence == 0:
        return _("Free")
    by_hour = charge.per == Charge.Per.HOUR
    return _rate(charge.pence, 0) if by_hour else _rate(0, charge.pence)


def who_pays(charges: Sequence[Charge], day: date) -> str:
    """For whom the prices are, in a sentence."""
    charges = holding_on(charges, day)
    paid = [charge for charge in charges if charge.pence]
    if not paid:
        return _("Every group that is approved here uses this room free of charge.")
    if all(charge.what != Charge.What.HIRE for charge in paid):
        return ngettext(
            "The room itself is free for every group that is approved here. This is paid for:",
            "The room itself is free for every group that is approved here. These are paid for:",
            len(paid),
        )
    return _("The same for every group that is approved here. Nothing else is added.")


def is_free(
    charges: Iterable[Charge], day: date, period: tuple[datetime, datetime] | None = None
) -> bool:
    """Say whether it is known that nothing is paid: for a time, or at any time from a day on.

    `SpaceQuerySet.free_of_charge` asks the same in SQL; one test holds both to the same answers.
    """
    charges = holding_on(charges, london(period[0]).date() if period else day)
    times = times_of(*period) if period else When.values
    return bool(charges) and not any(charge.pence and charge.when in times for charge in charges)
