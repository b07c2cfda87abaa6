from datetime import timedelta

from icalendar import Calendar

from notifications.calendar import Entry, calendar_feed, calendar_file
from tests.factories.notifications import NOW


def written(**facts):
    plain = {
        "uid": "event-7@example.org",
        "title": "Open evening",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=2),
        "place": "Town hall, Catford",
        "stamp": NOW,
    }
    return calendar_file(**{**plain, **facts})


def only_event(file):
    [event] = Calendar.from_ical(file.text).walk("VEVENT")
    return event


def test_a_calendar_file_to_download_names_nobody():
    event = only_event(written())

    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (
        "event-7@example.org", 0, "CONFIRMED",
    )  # fmt: skip
    assert (event.start, event.end) == (NOW, NOW + timedelta(hours=2))
    assert "ATTENDEE" not in event
    assert "ORGANIZER" not in event


def test_an_invitation_names_the_person_and_a_cancellation_keeps_the_name_of_the_event():
    invited = only_event(written(method="REQUEST", attendee="amina@example.org"))
    cancelled = written(method="CANCEL", attendee="amina@example.org", sequence=1)

    assert invited["ATTENDEE"] == "mailto:amina@example.org"
    event = only_event(cancelled)
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (invited["UID"], 1, "CANCELLED")
    assert (cancelled.method, Calendar.from_ical(cancelled.text)["METHOD"]) == ("CANCEL", "CANCEL")


def test_words_of_a_title_cannot_add_lines_to_the_file():
    event = only_event(written(title="Evening\r\nATTENDEE:mailto:x@example.org"))

    assert "ATTENDEE" not in event


def test_the_name_of_a_calendar_is_written_as_safely_as_the_name_of_an_event():
    name = "Tea, talk; and\nBEGIN:VEVENT \\ more"

    text = calendar_feed([], name=name, stamp=NOW).replace("\r\n ", "")

    assert "X-WR-CALNAME:Tea\\, talk\\; and\\nBEGIN:VEVENT \\\\ more\r\n" in text
    assert text.count("\r\nBEGIN:VEVENT") == 0


def test_a_calendar_without_anything_in_it_still_has_a_part_as_diaries_want_it():
    empty, one = (
        Calendar.from_ical(calendar_feed(entries, name="Hall", stamp=NOW))
        for entries in ([], [Entry("a@example.org", "Busy", NOW, NOW + timedelta(hours=1))])
    )

    assert [part.name for part in empty.subcomponents] == ["VTIMEZONE"]
    assert [part.name for part in one.subcomponents] == ["VEVENT"]
