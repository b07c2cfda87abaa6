import time
from datetime import timedelta

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from notifications import services
from notifications.models import Beat, Message, Recipient
from notifications.services import already_told, notify, told_until, try_again, withdraw
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.notifications import NOW, MessageFactory
from tests.notifications.sink import free_port

pytestmark = pytest.mark.django_db

LETTER = """{% extends "notifications/message.txt" %}
{% block subject %}{{ room }}
 is yours{% endblock %}
{% block body %}Tom & Ms O'Brien will see you.{% endblock %}"""


@pytest.fixture(autouse=True)
def a_letter_to_write(settings):
    """A template that belongs to this test alone."""
    [engine] = settings.TEMPLATES
    loaders = [
        ("django.template.loaders.locmem.Loader", {"letter.txt": LETTER}),
        "django.template.loaders.filesystem.Loader",
    ]
    options = {**engine["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": options}]


@pytest.fixture
def redis_away(monkeypatch):
    """The portal's Redis is at an address where nobody answers."""
    url = current_app.conf.broker_url
    monkeypatch.setattr(services, "_quiet_until", 0.0)
    current_app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"
    current_app._after_fork()  # forgets its connections
    yield
    current_app.conf.broker_url = url
    current_app._after_fork()


def tell(*addresses, once="rooms.yours:1", **how):
    recipients = [Recipient(address, **how.pop("recipient", {})) for address in addresses]
    notify(recipients, "letter.txt", {"room": "The hall"}, once=once, now=NOW, **how)


def test_a_letter_is_written_with_its_subject_on_one_line_and_nothing_escaped():
    user = UserFactory(name="Amina", email="amina@example.org")

    notify([Recipient.of(user)], "letter.txt", {"room": "O'Neill Hall"}, once="a:1", now=NOW)

    message = Message.objects.get()
    assert (message.address, message.user) == ("amina@example.org", user)
    assert message.subject == "O'Neill Hall is yours"
    assert message.body == (
        "Hello Amina,\n\nTom & Ms O'Brien will see you.\n\nFrom the Anchor System programme\n"
    )
    assert (message.state, message.next_try_at) == ("waiting", NOW)


def test_each_is_greeted_by_name_in_their_language_above_the_same_words():
    people = [
        Recipient("amina@example.org", name="Amina"),
        Recipient("ines@example.org", language="es", name="Inés"),
        Recipient("rui@example.org", language="pt", name="Rui"),
        Recipient("tom@example.org", name="Tom & Ben"),
        Recipient("office@example.org"),
        Recipient("oficina@example.org", language="es"),
        Recipient("sede@example.org", language="pt"),
    ]

    notify(people, "letter.txt", {"room": "The hall"}, once="a:1", now=NOW)

    bodies = dict(Message.objects.values_list("address", "body"))
    greetings = {address: body.partition("\n\n")[0] for address, body in bodies.items()}
    assert greetings == {
        "amina@example.org": "Hello Amina,",
        "ines@example.org": "Hola, Inés:",
        "rui@example.org": "Olá, Rui,",
        "tom@example.org": "Hello Tom & Ben,",
        "office@example.org": "Hello,",
        "oficina@example.org": "Hola:",
        "sede@example.org": "Olá,",
    }
    words = {address: body.partition("\n\n")[2] for address, body in bodies.items()}
    assert words["tom@example.org"] == words["amina@example.org"] == words["office@example.org"]
    assert words["ines@example.org"] != words["amina@example.org"]


def test_nobody_is_told_the_same_thing_twice():
    tell("amina@example.org", once="a:1")
    tell("amina@example.org", "tom@example.org", once="a:1")
    tell("amina@example.org", once="a:2")

    told = Message.objects.order_by("pk").values_list("address", "once")
    assert list(told) == [
        ("amina@example.org", "a:1"),
        ("tom@example.org", "a:1"),
        ("amina@example.org", "a:2"),
    ]


def test_nobody_hears_of_what_did_not_happen():
    with transaction.atomic():
        tell("amina@example.org")
        transaction.set_rollback(True)

    assert Message.objects.count() == 0


def test_what_was_already_told_is_known_by_address_and_name():
    tell("amina@example.org", once="a:1")
    tell("tom@example.org", once="a:2")

    asked = [("amina@example.org", "a:1"), ("amina@example.org", "a:2"), ("x@example.org", "a:1")]
    assert already_told(asked) == {("amina@example.org", "a:1")}
    assert already_told([]) == set()


def test_what_was_told_until_some_time_is_known_by_when_it_ends():
    for number, hours in enumerate([None, 0, 1, 24, 25]):
        until = None if hours is None else NOW + timedelta(hours=hours)
        tell("amina@example.org", once=f"a:{number}", valid_until=until)
    Message.objects.filter(once="a:3").update(state="withdrawn")

    told = told_until(NOW, NOW + timedelta(hours=24))

    assert told == {("amina@example.org", "a:2"), ("amina@example.org", "a:3")}


def test_withdrawing_takes_back_what_waits_about_some_things_and_nothing_else():
    MessageFactory(about="rooms:1", is_private=True, body="A code")
    MessageFactory(about="rooms:2", body="Words")
    MessageFactory(about="rooms:3")
    MessageFactory(about="rooms:1", state="sent", sent_at=NOW)

    assert withdraw("rooms:1", "rooms:2") == 2

    states = Message.objects.order_by("pk").values_list("state", "body")
    assert list(states)[:2] == [("withdrawn", ""), ("withdrawn", "Words")]
    assert [state for state, _body in states][2:] == ["waiting", "sent"]


def test_a_failed_letter_about_what_was_cancelled_cannot_be_tried_again():
    message = MessageFactory(about="rooms:1", state="failed", attempts=8)

    assert withdraw("rooms:1") == 1

    with pytest.raises(ValidationError, match="could not be sent"):
        try_again(message, by=UserFactory(), now=NOW)
    message.refresh_from_db()
    assert message.state == "withdrawn"


def test_staff_put_a_letter_that_could_not_be_sent_back_among_the_waiting():
    staff = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    message = MessageFactory(state="failed", attempts=8, last_problem="SMTPDataError")

    try_again(message, by=staff, now=NOW + timedelta(days=1))

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    assert message.next_try_at == NOW + timedelta(days=1)
    written = AuditRecord.objects.get()
    assert (written.verb, written.actor, written.subject_id, written.detail) == (
        "notifications.message_tried_again",
        staff,
        str(message.pk),
        {},
    )


@pytest.mark.parametrize("state", ["waiting", "sent", "withdrawn", "expired"])
def test_only_a_letter_that_could_not_be_sent_is_tried_again(state):
    message = MessageFactory(state=state, sent_at=NOW if state == "sent" else None)

    with pytest.raises(ValidationError, match="could not be sent"):
        try_again(message, by=UserFactory(), now=NOW)

    message.refresh_from_db()
    assert (message.state, AuditRecord.objects.count()) == (state, 0)


def test_a_letter_about_something_that_is_over_is_not_tried_again():
    message = MessageFactory(state="failed", valid_until=NOW)

    with pytest.raises(ValidationError, match="too late"):
        try_again(message, by=UserFactory(), now=NOW)


def test_the_timetable_leaves_one_trace_however_often_it_ticks():
    services.note_beat(now=NOW)
    services.note_beat(now=NOW + timedelta(seconds=5))

    assert list(Beat.objects.values_list("ticked_at", flat=True)) == [NOW + timedelta(seconds=5)]


def test_many_letters_in_one_transaction_say_look_now_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(5):
            with transaction.atomic():
                tell("amina@example.org", once=f"a:{number}")

    assert len(callbacks) == 1


def test_a_rolled_back_part_does_not_silence_the_rest(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        with transaction.atomic():
            tell("amina@example.org", once="a:1")
            transaction.set_rollback(True)
        tell("amina@example.org", once="a:2")

    assert len(callbacks) == 1


def test_without_redis_the_letter_is_written_and_nobody_waits(
    redis_away, django_capture_on_commit_callbacks, caplog
):
    started = time.monotonic()
    for number in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            tell("amina@example.org", once=f"a:{number}")
    took = time.monotonic() - started

    assert Message.objects.waiting().count() == 3
    assert took < 2
    # Asked once, then left alone for a while.
    assert caplog.messages == ["Redis is away: letters wait until the timetable looks for them."]
