"""Calendar files: one event, invited or cancelled, that a diary can follow; and whole calendars."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.conf import settings
from icalendar import Calendar, Event, Timezone, vCalAddress, vText

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]


@dataclass(frozen=True)
class CalendarFile:
    """An iCalendar text and its method, which mail and web must both repeat."""

    text: str
    method: Literal["REQUEST", "CANCEL", "PUBLISH"]


def calendar_file(
    *,
    uid: str,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    stamp: datetime,
    sequence: int = 0,
    method: Literal["REQUEST", "CANCEL", "PUBLISH"] = "PUBLISH",
    attendee: str = "",
    url: str = "",
) -> CalendarFile:
    """Write one event. Times are aware and go out in UTC; `uid` stays the same for ever.

    `sequence` grows with every change, so that a diary moves the event instead of adding another.
    `stamp` is when this was written.
    """
    calendar = _calendar(method)
    entry = Entry(
        uid=uid,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        sequence=sequence,
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
        url=url,
    )
    event = _event(entry, stamp=stamp)
    if method != "PUBLISH":
        organizer = vCalAddress(f"mailto:{settings.CONTACT_EMAIL}")
        organizer.params["CN"] = vText(settings.SERVICE_NAME)
        event["organizer"] = organizer
        if attendee:
            person = vCalAddress(f"mailto:{attendee}")
            person.params["PARTSTAT"] = vText("ACCEPTED")
            event.add("attendee", person, encode=False)
    calendar.add_component(event)
    return CalendarFile(text=calendar.to_ical().decode(), method=method)


def in_one_letter(files: Iterable[CalendarFile]) -> CalendarFile | None:
    """Several files of one method, one after the other; None where there is none.

    Diaries take one event from a file that invites or cancels (RFC 5546), so each stays a file of its own.
    """
    files = list(files)
    return CalendarFile("".join(one.text for one in files), files[0].method) if files else None


def each_file(text: str) -> list[str]:
    """The files that are in one letter."""
    return [one for one in re.split(r"(?<=\nEND:VCALENDAR\r\n)", text) if one]


@dataclass(frozen=True)
class Entry:
    """One event of a calendar. Times are aware and go out in UTC; `uid` stays the same for ever."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    sequence: int = 0
    status: Status = "CONFIRMED"
    url: str = ""


def calendar_feed(entries: Iterable[Entry], *, name: str, stamp: datetime) -> str:
    """A calendar that diaries subscribe to: `name` is what they call it, `stamp` when it was written."""
    calendar = _calendar("PUBLISH")
    # Said to be text, or nothing in it is escaped: it is no name of the standard.
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, stamp=stamp))
    if not calendar.subcomponents:
        # Some diaries refuse a calendar without any part (RFC 5545, 3.6). The clocks of London are one that
        # says nothing.
        calendar.add_component(Timezone.from_tzid("Europe/London"))
    return str(calendar.to_ical().decode())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SERVICE_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, *, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    event.add("status", entry.status)
    if entry.url:
        event.add("url", entry.url)
    return event
