"""Calendar files: one event, invited or cancelled, that a diary can follow."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText


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
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SERVICE_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", title)
    event.add("location", place)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if url:
        event.add("url", url)
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
