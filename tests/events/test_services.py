import threading
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.utils import translation
from django.utils.translation import gettext
from icalendar import Calendar

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from core.secret_links import hash_of
from events import services
from events.models import Event, SignUp
from notifications.models import Message
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.events import SIX_PM, EventFactory, SignUpFactory

pytestmark = pytest.mark.django_db
LONG_BEFORE = SIX_PM - timedelta(days=20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def somebody_signs_up(event, email="amina@example.org", *, now=LONG_BEFORE, **facts):
    plain = {"name": "Amina", "language": "en"}
    services.sign_up(event, email=email, now=now, **{**plain, **facts})
    return SignUp.objects.active().get(event=event, email__iexact=email)


def letters(**facts):
    found = Message.objects.filter(**facts).order_by("pk")
    return [(letter.address, letter.once.split(":")[0], letter.state) for letter in found]


def in_the_diary(message):
    [event] = Calendar.from_ical(message.calendar).walk("VEVENT")
    return message.calendar_method, event["UID"], event["SEQUENCE"], event["STATUS"]


@contextmanager
def somebody_holding(event):
    """Somebody else holds the event and does not let go; we lose patience after a tenth of a second."""
    is_locked, is_over = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Event.objects.select_for_update(no_key=True).get(pk=event.pk)
            is_locked.set()
            is_over.wait(timeout=30)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    is_locked.wait()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        yield
    finally:
        is_over.set()
        holder.join()
        connection.close()


# --- Signing up


def test_signing_up_gives_a_place_and_a_letter_with_the_way_in_and_the_own_link():
    event = EventFactory(join_text="Ring the bell marked Hall.", help_there="BSL interpreter")

    person = somebody_signs_up(event)

    assert (person.state, person.coming_since) == ("coming", LONG_BEFORE)
    message = Message.objects.get()
    assert (message.address, message.subject) == (
        "amina@example.org", f"You have a place: {event.title}",
    )  # fmt: skip
    assert message.body.startswith("Hello,\n")
    assert "Thursday 10 December 2026, 6pm to 8pm" in message.body
    assert "Ring the bell marked Hall." in message.body
    assert "- BSL interpreter" in message.body
    assert f"/events/my/{person.secret}/" in message.body
    assert in_the_diary(message) == ("REQUEST", event.calendar_uid, 0, "CONFIRMED")
    assert (message.is_private, message.valid_until) == (True, event.ends_at)
    written = AuditRecord.objects.get()
    assert (written.verb, written.actor, written.detail) == (
        "events.signed_up", None, {"event": event.pk, "state": "coming"},
    )  # fmt: skip


def test_the_secret_of_the_link_is_kept_nowhere_but_in_the_letter():
    person = somebody_signs_up(EventFactory())

    kept = SignUp.objects.filter(pk=person.pk).values().get()
    assert len(person.secret) == 43
    assert person.secret not in str(kept)
    assert services.find_sign_up(person.secret) == person
    assert services.find_sign_up("made-up") is None
    assert services.find_sign_up(person.link_hash) is None


def test_the_link_still_opens_after_the_portals_key_has_changed(settings):
    person = somebody_signs_up(EventFactory())
    secret = person.secret

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough, for a portal that has changed its key"

    assert services.find_sign_up(secret).secret == secret


def test_when_no_earlier_key_is_left_the_next_letter_carries_a_link_that_works(settings):
    event = EventFactory()
    somebody_signs_up(event)
    settings.SECRET_KEY = "another key, long enough, for a portal that has changed its key"

    person = somebody_signs_up(event)

    assert f"/events/my/{person.secret}/" in Message.objects.latest("pk").body
    assert services.find_sign_up(person.secret) == person


def test_when_all_places_are_taken_people_wait_in_their_order():
    event = EventFactory(capacity=1)

    first, second, third = (
        somebody_signs_up(event, f"guest{number}@example.org") for number in range(3)
    )

    assert [first.state, second.state, third.state] == ["coming", "waiting", "waiting"]
    assert [person.place_in_line() for person in (first, second, third)] == [0, 1, 2]
    waiting = Message.objects.get(address="guest1@example.org")
    assert waiting.subject == f"You are on the waiting list: {event.title}"
    assert (waiting.calendar, waiting.calendar_method) == ("", "")


def test_the_way_in_is_not_told_to_those_who_wait():
    event = EventFactory(capacity=0, join_text="https://meet.example.org/room")

    somebody_signs_up(event)

    assert "meet.example.org" not in Message.objects.get().body


def test_an_address_that_signs_up_again_keeps_its_place_and_hears_of_it_once_a_day():
    event = EventFactory(join_text="Ring the bell.")
    first = somebody_signs_up(event, "Amina@example.org")

    for _again in range(3):
        assert somebody_signs_up(event, "amina@EXAMPLE.org", name="Mallory") == first
    somebody_signs_up(event, now=LONG_BEFORE + DAY)

    assert SignUp.objects.get().name == "Amina"
    assert letters() == [
        ("amina@example.org", "events.signed_up", "waiting"),
        ("amina@example.org", "events.signed_up_already", "waiting"),
        ("amina@example.org", "events.signed_up_already", "waiting"),
    ]
    again = Message.objects.latest("pk")
    assert "you have a place" in again.body
    assert f"/events/my/{first.secret}/" in again.body


def test_no_letter_carries_what_a_stranger_typed_as_a_name():
    threat = "Your account is locked. Call 0800 123"
    event = EventFactory(capacity=1)
    for address in ("victim@example.org", "next@example.org", "last@example.org"):
        for _twice in range(2):
            somebody_signs_up(event, address, name=threat)

    services.change_event(event, {"place": "Elsewhere (demo)"}, by=UserFactory(), now=LONG_BEFORE)
    services.cancel_sign_up(SignUp.objects.in_turn()[0], now=LONG_BEFORE)
    event.refresh_from_db()
    services.send_reminders(now=event.starts_at - HOUR)
    services.cancel_event(event, because="Snow", by=UserFactory(), now=LONG_BEFORE)

    written = Message.objects.all()
    assert {letter.once.split(":")[0].partition(".")[2] for letter in written} == {
        "signed_up", "signed_up_already", "on_waiting_list", "event_changed", "not_coming",
        "place_given", "event_reminder", "event_cancelled",
    }  # fmt: skip
    assert not [letter for letter in written if threat in letter.subject + letter.body]


KELVIN = "\u212a"  # The sign for degrees; in small letters it is an ordinary k.


def test_an_address_is_one_address_however_its_letters_are_written():
    event = EventFactory()
    kept = somebody_signs_up(event, "kate7@example.net")

    services.sign_up(
        event, name="K", email=f" {KELVIN}ATE7@example.net", language="en", now=LONG_BEFORE
    )

    assert SignUp.objects.get() == kept
    assert letters() == [
        ("kate7@example.net", "events.signed_up", "waiting"),
        ("kate7@example.net", "events.signed_up_already", "waiting"),
    ]


def test_an_address_kept_with_great_letters_is_found_as_well():
    event = EventFactory()
    kept = SignUpFactory(event=event, email="Kate7@Example.net")

    assert somebody_signs_up(event, "kate7@example.net") == kept


def test_a_letter_speaks_the_language_that_was_chosen():
    event = EventFactory()

    assert somebody_signs_up(event, language="es").language == "es"
    message = Message.objects.get()
    assert (message.language, message.subject) == ("es", f"Tiene una plaza: {event.title}")
    assert "jueves 10 de diciembre de 2026" in message.body.lower()


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_a_letter_says_which_words_are_english(language):
    with translation.override(language):
        told = gettext("What the organiser wrote is in English.")
    event = EventFactory(join_text="Ring the bell.")
    bare = EventFactory()

    somebody_signs_up(event, language=language)
    somebody_signs_up(bare, language=language)
    with_words, without = Message.objects.order_by("pk")
    services.cancel_event(event, because="Snow", by=UserFactory(), now=LONG_BEFORE)

    cancelled = Message.objects.latest("pk")
    if language == "en":
        assert told not in with_words.body + cancelled.body
    else:
        assert with_words.body.index(told) < with_words.body.index("Ring the bell.")
        assert cancelled.body.index(told) < cancelled.body.index("Snow")
    assert told not in without.body


@pytest.mark.parametrize(
    ("facts", "now", "words"),
    [
        ({"cancelled_at": LONG_BEFORE, "cancelled_because": "Snow"}, LONG_BEFORE, "cancelled"),
        ({"sign_up": Event.SignUpRule.NONE}, LONG_BEFORE, "do not need to sign up"),
        ({}, SIX_PM, "has started"),
    ],
)
def test_nobody_signs_up_for_what_is_cancelled_started_or_open_to_all(facts, now, words):
    event = EventFactory(**facts)

    with pytest.raises(ValidationError, match=words):
        services.sign_up(event, name="Amina", email="a@example.org", language="en", now=now)

    assert (SignUp.objects.count(), Message.objects.count()) == (0, 0)


def test_whoever_waits_comes_before_whoever_comes_new_when_there_are_more_places():
    event = EventFactory(capacity=1)
    for number in range(2):
        somebody_signs_up(event, f"guest{number}@example.org")
    Event.objects.update(capacity=2)

    new = somebody_signs_up(event, "new@example.org")

    states = dict(SignUp.objects.values_list("email", "state"))
    assert states == {
        "guest0@example.org": "coming",
        "guest1@example.org": "coming",
        "new@example.org": "waiting",
    }
    assert new.place_in_line() == 1


# --- Not coming


def test_whoever_cannot_come_gives_the_place_to_whoever_waited_longest():
    event = EventFactory(capacity=1)
    first, _second, third = (
        somebody_signs_up(event, f"guest{number}@example.org") for number in range(3)
    )
    Message.objects.all().delete()

    services.cancel_sign_up(first, now=LONG_BEFORE + DAY)

    states = SignUp.objects.in_turn().values_list("state", "coming_since", "cancelled_at")
    assert list(states) == [
        ("cancelled", LONG_BEFORE, LONG_BEFORE + DAY),
        ("coming", LONG_BEFORE + DAY, None),
        ("waiting", None, None),
    ]
    assert letters() == [
        ("guest0@example.org", "events.not_coming", "waiting"),
        ("guest1@example.org", "events.place_given", "waiting"),
    ]
    gone, given = Message.objects.order_by("pk")
    assert in_the_diary(gone) == ("CANCEL", event.calendar_uid, 1, "CANCELLED")
    assert in_the_diary(given) == ("REQUEST", event.calendar_uid, 0, "CONFIRMED")
    assert third.place_in_line() == 1


def test_cancelling_twice_changes_and_says_nothing_more():
    event = EventFactory(capacity=1)
    first = somebody_signs_up(event, "guest0@example.org")
    for number in (1, 2):
        somebody_signs_up(event, f"guest{number}@example.org")

    for _twice in range(2):
        services.cancel_sign_up(first, now=LONG_BEFORE)

    assert event.sign_ups.numbers() == {"coming": 1, "waiting": 1, "cancelled": 1}
    assert Message.objects.filter(once__startswith="events.not_coming").count() == 1


def test_leaving_the_waiting_list_frees_no_place():
    event = EventFactory(capacity=1)
    somebody_signs_up(event, "guest0@example.org")
    second, third = (somebody_signs_up(event, f"guest{number}@example.org") for number in (1, 2))

    services.cancel_sign_up(second, now=LONG_BEFORE)

    assert event.sign_ups.numbers() == {"coming": 1, "waiting": 1, "cancelled": 1}
    assert third.place_in_line() == 1
    assert Message.objects.latest("pk").calendar == ""


def test_whoever_cancelled_may_sign_up_again():
    event = EventFactory()
    services.cancel_sign_up(somebody_signs_up(event), now=LONG_BEFORE)

    somebody_signs_up(event)

    assert event.sign_ups.numbers() == {"coming": 1, "waiting": 0, "cancelled": 1}


def test_a_late_goodbye_does_not_follow_somebody_who_comes_after_all():
    event = EventFactory()
    services.cancel_sign_up(somebody_signs_up(event), now=LONG_BEFORE)
    Message.objects.waiting().update(state="failed")

    somebody_signs_up(event, "Amina@example.org")

    assert letters() == [
        ("amina@example.org", "events.signed_up", "withdrawn"),
        ("amina@example.org", "events.not_coming", "withdrawn"),
        ("amina@example.org", "events.signed_up", "waiting"),
    ]


def test_nobody_hears_of_the_waiting_list_once_the_event_has_started():
    event = EventFactory(capacity=1)

    for number in range(2):
        somebody_signs_up(event, f"guest{number}@example.org")

    place, wait = Message.objects.order_by("pk")
    assert (place.valid_until, wait.valid_until) == (event.ends_at, event.starts_at)


def test_a_diary_hears_each_change_of_mind_with_a_higher_number():
    event = EventFactory()
    for address in ("amina@example.org", "AMINA@example.org"):
        services.cancel_sign_up(somebody_signs_up(event, address), now=LONG_BEFORE)
    somebody_signs_up(event)
    somebody_signs_up(event, "tom@example.org")
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    services.cancel_event(event, because="Snow", by=staff, now=LONG_BEFORE)

    def heard(address):
        told = Message.objects.filter(address__iexact=address).order_by("pk")
        return [(letter.calendar_method, in_the_diary(letter)[2]) for letter in told]

    assert heard("amina@example.org") == [
        ("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2), ("CANCEL", 3), ("REQUEST", 4), ("CANCEL", 5),
    ]  # fmt: skip
    assert heard("tom@example.org") == [("REQUEST", 0), ("CANCEL", 1)]


def test_after_the_start_nothing_changes():
    person = SignUpFactory()

    with pytest.raises(ValidationError, match="has started"):
        services.cancel_sign_up(person, now=SIX_PM)

    person.refresh_from_db()
    assert person.state == "coming"


# --- Changing an event


def an_administrator_changes(event, changes, *, now=LONG_BEFORE + DAY):
    by = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)
    return services.change_event(event, changes, by=by, now=now)


def a_day_later():
    return {"starts_at": SIX_PM + DAY, "ends_at": SIX_PM + DAY + 2 * HOUR}


def test_an_event_that_moves_is_told_to_all_and_moves_in_their_diaries():
    event = EventFactory(capacity=1, join_text="Ring the bell.")
    coming = somebody_signs_up(event, "coming@example.org")
    waiting = somebody_signs_up(event, "waiting@example.org")
    gone = somebody_signs_up(event, "gone@example.org")
    services.cancel_sign_up(gone, now=LONG_BEFORE)

    an_administrator_changes(event, a_day_later())

    event.refresh_from_db()
    assert (event.starts_at, event.sorts_on) == (SIX_PM + DAY, date(2026, 12, 11))
    assert letters(state="waiting") == [
        ("gone@example.org", "events.not_coming", "waiting"),
        ("coming@example.org", "events.event_changed", "waiting"),
        ("waiting@example.org", "events.event_changed", "waiting"),
    ]
    to_coming = Message.objects.get(address=coming.email, state="waiting")
    assert to_coming.subject == f"Changed: {event.title}"
    assert "You still have your place." in to_coming.body
    assert "Friday 11 December 2026, 6pm to 8pm" in to_coming.body
    assert "Ring the bell." in to_coming.body
    assert in_the_diary(to_coming) == ("REQUEST", event.calendar_uid, 1, "CONFIRMED")
    assert to_coming.valid_until == event.ends_at
    to_waiting = Message.objects.get(address=waiting.email, state="waiting")
    assert "You are still on the waiting list." in to_waiting.body
    assert "Friday 11 December 2026, 6pm to 8pm" in to_waiting.body
    assert (to_waiting.calendar, "Ring the bell." in to_waiting.body) == ("", False)
    changed = AuditRecord.objects.get(verb="events.event_changed")
    assert changed.actor is not None
    assert changed.detail == {"fields": "ends_at, starts_at"}


def test_another_way_in_is_told_to_those_who_come():
    event = EventFactory(capacity=1)
    for number in range(2):
        somebody_signs_up(event, f"guest{number}@example.org")

    an_administrator_changes(event, {"join_text": "Ring the other bell."})

    assert letters(state="waiting") == [
        ("guest1@example.org", "events.on_waiting_list", "waiting"),
        ("guest0@example.org", "events.event_changed", "waiting"),
    ]


def test_each_change_is_told_and_counted():
    event = EventFactory()
    somebody_signs_up(event)

    for place in ("The Barn (demo)", "The Hall (demo)", "The Barn (demo)"):
        an_administrator_changes(event, {"place": place})

    told = Message.objects.filter(once__startswith="events.event_changed").order_by("pk")
    assert [in_the_diary(letter)[2] for letter in told] == [1, 2, 3]
    assert [letter.state for letter in told] == ["withdrawn", "withdrawn", "waiting"]


def test_other_words_are_written_down_and_told_to_nobody():
    event = EventFactory()
    somebody_signs_up(event)
    Message.objects.all().delete()

    an_administrator_changes(event, {"summary": "With soup.", "place": event.place})
    an_administrator_changes(event, {"summary": "With soup."})

    event.refresh_from_db()
    assert (event.summary, event.sequence, Message.objects.count()) == ("With soup.", 0, 0)
    changed = AuditRecord.objects.get(verb="events.event_changed")
    assert changed.detail == {"fields": "summary"}


def test_more_places_are_given_to_whoever_waited_longest():
    event = EventFactory(capacity=1)
    for number in range(4):
        somebody_signs_up(event, f"guest{number}@example.org")
    Message.objects.all().delete()

    an_administrator_changes(event, {"capacity": 3})

    assert event.sign_ups.numbers() == {"coming": 3, "waiting": 1, "cancelled": 0}
    assert letters() == [
        ("guest1@example.org", "events.place_given", "waiting"),
        ("guest2@example.org", "events.place_given", "waiting"),
    ]
    assert "A place has become free" in Message.objects.latest("pk").body


def test_whoever_waits_gets_a_free_place_after_sign_up_has_closed_too():
    event = EventFactory(capacity=1)
    first, _second = (somebody_signs_up(event, f"guest{number}@example.org") for number in (0, 1))
    an_administrator_changes(event, {"sign_up": "none"})

    services.cancel_sign_up(first, now=LONG_BEFORE + DAY)

    assert event.sign_ups.numbers() == {"coming": 1, "waiting": 0, "cancelled": 1}


def test_a_change_never_brings_a_cancelled_event_back_and_is_told_to_nobody():
    event = EventFactory()
    somebody_signs_up(event)
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    services.cancel_event(event, because="Snow", by=staff, now=LONG_BEFORE)

    an_administrator_changes(event, {"place": "The Barn (demo)"})  # holds the row of before

    event.refresh_from_db()
    assert (event.cancelled_because, event.place) == ("Snow", "The Barn (demo)")
    assert not Message.objects.filter(once__startswith="events.event_changed").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_at": None, "ends_at": None, "sign_up": "none"}, "still to come"),
        ({"starts_at": LONG_BEFORE, "ends_at": LONG_BEFORE + HOUR}, "still to come"),
        ({"is_published": False}, "Cancel the event instead"),
    ],
)
def test_an_event_that_people_rely_on_stays_one_that_they_can_come_to(changes, words):
    event = EventFactory()
    free = EventFactory()
    somebody_signs_up(event)

    with pytest.raises(ValidationError, match=words):
        an_administrator_changes(event, changes)
    an_administrator_changes(free, {"sorts_on": event.sorts_on, **changes})

    event.refresh_from_db()
    assert (event.starts_at, event.is_published) == (SIX_PM, True)


# --- Calling an event off


def test_a_cancelled_event_tells_everybody_once_and_leaves_every_diary():
    event = EventFactory(capacity=1)
    somebody_signs_up(event, "coming@example.org")
    somebody_signs_up(event, "waiting@example.org")
    gone = somebody_signs_up(event, "gone@example.org")
    services.cancel_sign_up(gone, now=LONG_BEFORE)
    services.send_reminders(now=SIX_PM - DAY)
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)

    services.cancel_event(event, because="The heating broke.", by=staff, now=SIX_PM - DAY)

    event.refresh_from_db()
    assert (event.cancelled_because, event.cancelled_at) == ("The heating broke.", SIX_PM - DAY)
    assert letters(state="waiting") == [
        ("gone@example.org", "events.not_coming", "waiting"),
        ("coming@example.org", "events.event_cancelled", "waiting"),
        ("waiting@example.org", "events.event_cancelled", "waiting"),
    ]
    told = Message.objects.get(address="coming@example.org", state="waiting")
    assert "The heating broke." in told.body
    assert in_the_diary(told) == ("CANCEL", event.calendar_uid, 1, "CANCELLED")
    assert Message.objects.get(address="waiting@example.org", state="waiting").calendar == ""
    cancelled = AuditRecord.objects.get(verb="events.event_cancelled")
    assert (cancelled.actor, cancelled.detail) == (staff, {})


def test_an_event_is_cancelled_once_and_not_after_it_is_over():
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    event = EventFactory()
    services.cancel_event(event, because="Snow", by=staff, now=LONG_BEFORE)

    with pytest.raises(ValidationError, match="cancelled already"):
        services.cancel_event(event, because="Snow", by=staff, now=LONG_BEFORE)
    with pytest.raises(ValidationError, match="over"):
        services.cancel_event(EventFactory(), because="Snow", by=staff, now=SIX_PM + DAY)


# --- Reminders


def test_people_are_reminded_a_week_and_a_day_ahead_however_often_the_timetable_ticks():
    person = SignUpFactory(event__join_text="Ring the bell.")
    event = person.event

    ticks = [SIX_PM - 8 * DAY, SIX_PM - 7 * DAY, SIX_PM - 6 * DAY, SIX_PM - DAY, SIX_PM - HOUR]
    written = [services.send_reminders(now=tick) for tick in ticks for _twice in range(2)]

    assert written == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    first, second = Message.objects.order_by("pk")
    assert first.subject == f"{event.title} is on Thursday 10 December 2026"
    assert "Ring the bell." in first.body
    assert f"/events/my/{person.secret}/" in second.body
    assert first.valid_until == second.valid_until == SIX_PM
    # Whoever has it in the diary already gets it again under the same name and number.
    invited = ("REQUEST", event.calendar_uid, 0, "CONFIRMED")
    assert in_the_diary(first) == in_the_diary(second) == invited
    assert first.is_private


def test_a_run_that_comes_late_still_reminds_but_never_twice_at_once():
    SignUpFactory()

    assert services.send_reminders(now=SIX_PM - 2 * HOUR) == 1

    assert Message.objects.get().once.endswith(":24h")


def test_whoever_signed_up_inside_the_window_has_the_confirmation_only():
    event = EventFactory()
    SignUpFactory(event=event, coming_since=SIX_PM - 23 * HOUR)
    SignUpFactory(event=event, coming_since=SIX_PM - 3 * DAY)
    early = SignUpFactory(event=event)

    services.send_reminders(now=SIX_PM - 2 * DAY)
    assert letters() == [(early.email, "events.event_reminder", "waiting")]

    services.send_reminders(now=SIX_PM - HOUR)
    assert Message.objects.count() == 3


def test_only_people_who_are_coming_are_reminded():
    event = EventFactory()
    SignUpFactory(event=event, state="waiting")
    SignUpFactory(event=event, state="cancelled", cancelled_at=LONG_BEFORE)
    SignUpFactory(event__cancelled_at=LONG_BEFORE, event__cancelled_because="Snow")

    assert services.send_reminders(now=SIX_PM - HOUR) == 0


def test_a_reminder_that_still_waits_goes_when_the_person_cannot_come():
    person = SignUpFactory()
    services.send_reminders(now=SIX_PM - DAY)

    services.cancel_sign_up(person, now=SIX_PM - HOUR)

    assert letters() == [
        (person.email, "events.event_reminder", "withdrawn"),
        (person.email, "events.not_coming", "waiting"),
    ]


def test_people_are_reminded_again_of_an_event_that_moves():
    person = SignUpFactory()
    services.send_reminders(now=SIX_PM - DAY)
    an_administrator_changes(person.event, a_day_later(), now=SIX_PM - HOUR)

    assert services.send_reminders(now=SIX_PM - HOUR) == 0
    assert services.send_reminders(now=SIX_PM) == 1

    assert letters() == [
        (person.email, "events.event_reminder", "withdrawn"),
        (person.email, "events.event_changed", "waiting"),
        (person.email, "events.event_reminder", "waiting"),
    ]


def test_whoever_hears_of_a_change_inside_the_window_needs_no_reminder():
    event = SignUpFactory().event

    an_administrator_changes(event, {"place": "The Barn (demo)"}, now=SIX_PM - 23 * HOUR)

    assert services.send_reminders(now=SIX_PM - 22 * HOUR) == 0


def test_one_letter_that_cannot_be_written_starves_nobody(caplog):
    first = EventFactory(starts_at=SIX_PM - HOUR)
    broken = SignUpFactory(event=first, link_hash="no key made this")
    beside, elsewhere = SignUpFactory(event=first), SignUpFactory()
    # The link that the letter would make is taken, so Postgres refuses it.
    gone = {"state": "cancelled", "cancelled_at": LONG_BEFORE}
    SignUpFactory(event=first, link_hash=hash_of(broken.secret), **gone)

    for written in (2, 0):
        with pytest.raises(services.RemindersMissed, match=f"1 missed, {written} written"):
            services.send_reminders(now=SIX_PM - DAY)

    assert [address for address, *_rest in letters()] == [beside.email, elsewhere.email]
    assert f"events.signup:{broken.pk} was missed: IntegrityError" in caplog.text
    assert "example.org" not in caplog.text


def test_an_event_that_somebody_holds_for_long_keeps_no_other_waiting(transactional_db, caplog):
    held, other = SignUpFactory(event__starts_at=SIX_PM - HOUR), SignUpFactory()
    with somebody_holding(held.event), pytest.raises(services.RemindersMissed):
        services.send_reminders(now=SIX_PM - DAY)

    assert [address for address, *_rest in letters()] == [other.email]
    assert f"events.event:{held.event.pk} was missed: ValidationError" in caplog.text

    assert services.send_reminders(now=SIX_PM - DAY) == 1


@pytest.mark.parametrize("how_many", [1, 3])
def test_a_tick_with_nothing_new_costs_the_same_for_one_as_for_many(
    django_assert_num_queries, how_many
):
    SignUpFactory.create_batch(how_many, event=EventFactory())
    services.send_reminders(now=SIX_PM - DAY)

    # Events near for each lead; savepoint, lock, people, told, release.
    with django_assert_num_queries(7):
        assert services.send_reminders(now=SIX_PM - DAY) == 0


# --- Many at once


def at_once(calls):
    """Each call in a thread with a connection of its own, all let go at the same moment.

    Whoever is told that it is too busy tries again, as the words ask.
    """
    gate = threading.Barrier(len(calls))
    problems = []

    def insist(call):
        while True:
            try:
                return call()
            except ValidationError as refusal:
                if refusal.code != "busy":
                    raise

    def run(call):
        try:
            gate.wait()
            insist(call)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def test_forty_people_at_once_for_ten_places_make_ten_and_thirty(transactional_db):
    event = EventFactory(capacity=10)

    problems = at_once(
        [
            lambda number=number: somebody_signs_up(event, f"guest{number}@example.org")
            for number in range(40)
        ]
    )

    assert problems == []
    assert event.sign_ups.numbers() == {"coming": 10, "waiting": 30, "cancelled": 0}
    assert Message.objects.filter(subject__startswith="You have a place").count() == 10


def test_whoever_waits_too_long_behind_others_is_told_so_in_words(transactional_db):
    event = EventFactory()

    with (
        somebody_holding(event),
        pytest.raises(ValidationError, match="your turn did not come"),
    ):
        somebody_signs_up(event)

    assert SignUp.objects.count() == 0


def test_one_address_from_many_windows_at_once_signs_up_once(transactional_db):
    event = EventFactory()

    problems = at_once([lambda: somebody_signs_up(event) for _window in range(10)])

    assert problems == []
    assert SignUp.objects.count() == 1


def test_places_given_up_at_once_are_each_given_once(transactional_db):
    event = EventFactory(capacity=5)
    people = [somebody_signs_up(event, f"guest{number}@example.org") for number in range(12)]

    problems = at_once(
        [
            lambda person=person: services.cancel_sign_up(person, now=LONG_BEFORE)
            for person in people[:5]
        ]
    )

    assert problems == []
    assert event.sign_ups.numbers() == {"coming": 5, "waiting": 2, "cancelled": 5}
    assert list(event.sign_ups.coming().in_turn()) == people[5:10]
    assert Message.objects.filter(once__startswith="events.place_given").count() == 5


def test_no_reminder_is_written_after_a_cancellation(transactional_db):
    event = EventFactory()
    people = SignUpFactory.create_batch(10, event=event)
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)

    problems = at_once(
        [
            lambda: services.send_reminders(now=SIX_PM - DAY),
            lambda: services.cancel_event(event, because="Snow", by=staff, now=SIX_PM - DAY),
        ]
    )

    assert problems == []
    reminders = Message.objects.filter(once__startswith="events.event_reminder")
    assert set(reminders.values_list("state", flat=True)) <= {"withdrawn"}
    told = Message.objects.filter(once__startswith="events.event_cancelled", state="waiting")
    assert told.count() == len(people)
