"""Nobody is forgotten: a real worker, killed in the middle of its work, and a Redis that goes away.

What counts is what arrived at a post office on this machine, by Message-ID.
"""

import time
from datetime import timedelta

import pytest
from celery import current_app
from django.urls import reverse
from django.utils import timezone

from events import services as event_services
from events.models import SignUp
from notifications import services
from notifications.delivery import LEASE
from notifications.models import Message
from notifications.tasks import send_waiting
from tests.factories.events import EventFactory, SignUpFactory
from tests.notifications.sink import post_office
from tests.prove.servers import OwnRedis, until, worker_of

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]

PEOPLE = 500
KILLS = 3
PATIENCE = LEASE.total_seconds() + 60
"""Seconds. What a killed worker held goes when its lease ends."""


@pytest.fixture
def redis(tmp_path, monkeypatch):
    """A Redis of our own, which the portal in this process uses as well."""
    redis = OwnRedis(tmp_path)
    redis.start()
    url = current_app.conf.broker_url
    current_app.conf.broker_url = redis.url
    prefix = current_app.conf.broker_transport_options.pop("global_keyprefix", "")
    current_app._after_fork()  # forgets its connections
    monkeypatch.setattr(services, "_quiet_until", 0.0)
    yield redis
    redis.stop()
    current_app.conf.broker_url = url
    current_app.conf.broker_transport_options["global_keyprefix"] = prefix
    current_app._after_fork()


@pytest.fixture
def say(request, capsys):
    """Put a figure on the terminal, whether or not output is captured."""

    def line(text: str) -> None:
        with capsys.disabled():
            request.config.get_terminal_writer().line(text)

    return line


@pytest.fixture
def office():
    with post_office() as office:
        yield office


def an_event_tomorrow(*, people: int):
    """An event with so many people who signed up long ago."""
    now = timezone.now()
    event = EventFactory(starts_at=now + timedelta(hours=20))
    since = now - timedelta(days=30)
    guests = SignUpFactory.build_batch(people, event=event, coming_since=since)
    SignUp.objects.bulk_create(guests)
    return event


def kill_in_the_middle(worker, office, *, times: int, every: int) -> None:
    """Kill the worker again and again, by turns while a letter is at the door and just after."""
    for number in range(1, times + 1):
        assert office.wait_for_letters(every * number)
        assert office.wait_for_a_knock() if number % 2 else office.wait_for_one_more()
        worker.kill()
        worker.start()
        send_waiting.delay()


def test_a_worker_killed_again_and_again_among_500_reminders_forgets_nobody(
    tmp_path, redis, office, say
):
    an_event_tomorrow(people=PEOPLE)
    office.at_the_door = 0.01

    with worker_of(tmp_path, redis=redis, smtp_port=office.port) as worker:
        worker.start()
        worker.start_timetable()
        assert event_services.send_reminders(now=timezone.now()) == PEOPLE
        kill_in_the_middle(worker, office, times=KILLS, every=40)
        assert office.wait_for_letters(PEOPLE, seconds=PATIENCE), worker.log("worker").read_text()[
            -3000:
        ]
        assert until(lambda: not Message.objects.waiting().exists(), seconds=PATIENCE)

    assert office.told == {message.message_id for message in Message.objects.all()}
    assert {tuple(letter.recipients) for letter in office.letters} == {
        (address,) for address in Message.objects.values_list("address", flat=True)
    }
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    repeated = len(office.message_ids) - PEOPLE
    assert 0 <= repeated <= KILLS
    say(f" {PEOPLE} told after {KILLS} kills, {repeated} repeated")


def test_the_drill_sees_what_is_lost_when_letters_are_marked_before_they_leave(
    tmp_path, redis, office, say
):
    """The same drill on a deliberately broken worker: it must not come out well."""
    an_event_tomorrow(people=60)
    office.at_the_door = 0.05

    with worker_of(
        tmp_path, redis=redis, smtp_port=office.port, app="tests.prove.marks_before_sending"
    ) as worker:
        worker.start()
        event_services.send_reminders(now=timezone.now())
        kill_in_the_middle(worker, office, times=2, every=15)
        assert until(lambda: not Message.objects.waiting().exists(), seconds=PATIENCE)

    lost = {message.message_id for message in Message.objects.all()} - office.told
    assert len(lost) >= 1
    say(f" the planted fault lost {len(lost)} of 60")


@pytest.mark.parametrize("away", ["stopped", "frozen"])
def test_while_redis_is_away_people_sign_up_and_their_mail_goes_when_it_returns(
    tmp_path, redis, office, client, say, away
):
    event = EventFactory(starts_at=timezone.now() + timedelta(days=60))

    def sign_up(number: int) -> float:
        started = time.monotonic()
        event_services.sign_up(
            event,
            name=f"Guest {number}",
            email=f"guest{number}@example.org",
            language="en",
            now=timezone.now(),
        )
        return time.monotonic() - started

    with worker_of(tmp_path, redis=redis, smtp_port=office.port) as worker:
        worker.start()
        worker.start_timetable()
        sign_up(0)
        assert office.wait_for_letters(1)

        if away == "stopped":
            redis.stop()
        else:
            redis.freeze()
        took = [sign_up(number) for number in range(1, 6)]

        assert max(took) < 2
        # The first finds out; the others do not wait for a Redis that has just not answered.
        assert max(took[1:]) < 0.5
        assert Message.objects.count() == 6
        assert client.get(reverse("events:event", args=[event.slug])).status_code == 200

        redis.stop()
        redis.start()
        assert office.wait_for_letters(6, seconds=90), worker.log("worker").read_text()[-3000:]

    assert len(office.message_ids) == 6
    say(f" with Redis {away}: signing up took {', '.join(f'{one:.2f}' for one in took)} s")
