"""The demonstration: loaded once, never among real data, and nowhere but in its own mode."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.clock import today
from home.demonstration import people
from home.demonstration.loader import load
from home.demonstration.people import CAST
from home.demonstration.world import World
from home.models import DemonstrationLoad
from notifications.delivery import deliver_due
from notifications.models import Message
from notifications.services import try_again
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_loaded_once():
    first = load(now=timezone.now(), today=today())
    people = User.objects.count()
    letters = Message.objects.count()

    second = load(now=timezone.now(), today=today())

    assert (first, second) == ("The demonstration data is loaded.", "")
    assert (User.objects.count(), Message.objects.count()) == (people, letters)
    assert DemonstrationLoad.objects.count() == 1


def test_one_letter_of_the_demonstration_was_refused_and_is_sent_when_tried_again(
    settings, mailoutbox
):
    settings.DEMONSTRATION = True
    now = timezone.now()
    load(now=now, today=today())
    refused = Message.objects.get(state="failed")
    assert refused.address.endswith("@example.org")
    assert refused.last_problem == "SMTPRecipientsRefused"
    staff = User.objects.get(
        email=next(member.email for member in CAST if member.key == "programme_staff")
    )

    try_again(refused, by=staff, now=now)
    deliver_due(now=now)

    refused.refresh_from_db()
    assert refused.state == "sent"
    assert [refused.address] in [letter.to for letter in mailoutbox]


def test_an_old_demonstration_says_how_to_lay_it_out_anew():
    long_ago = timezone.now() - timedelta(days=8)
    DemonstrationLoad.objects.create(loaded_at=long_ago, monday=long_ago.date())

    assert "make demo-reset" in load(now=timezone.now(), today=today())
    assert User.objects.count() == 0


def test_the_demonstration_stays_out_of_a_database_with_real_data():
    UserFactory()

    with pytest.raises(ValidationError, match="stays out of it"):
        load(now=timezone.now(), today=today())

    assert not DemonstrationLoad.objects.exists()


@pytest.mark.parametrize(
    "day",
    [date(2027, 3, 28), date(2028, 2, 29)],
    ids=["a Sunday when clocks go forward", "a leap day"],
)
def test_the_demonstration_can_be_laid_out_around_any_day(day):
    now = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
    with time_machine.travel(now):
        load(now=now, today=day)

    assert DemonstrationLoad.objects.get().monday <= day


def test_the_command_refuses_outside_demonstration_mode(settings):
    settings.DEMONSTRATION = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")


def test_one_click_signs_in_as_a_demonstration_person(client, settings):
    settings.DEMONSTRATION = True
    people.load(World(now=timezone.now(), today=today()))
    staff = next(member for member in CAST if member.key == "programme_staff")

    page = client.get(reverse("home:try_it_as"))
    answer = client.post(reverse("home:try_it_as"), {"email": staff.email}, follow=True)

    assert page.content.decode().count('<form method="post">') == len(CAST)
    assert answer.redirect_chain == [(reverse("home:waiting"), 302)]
    assert answer.context["user"].email == staff.email


def test_nobody_but_the_cast_can_be_tried(client, settings):
    settings.DEMONSTRATION = True
    somebody = UserFactory()

    answer = client.post(reverse("home:try_it_as"), {"email": somebody.email})

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_outside_the_demonstration_its_doors_do_not_exist(client, settings, method):
    people.load(World(now=timezone.now(), today=today()))
    settings.DEMONSTRATION = False
    letter = Message.objects.create(
        address="a@example.org", subject="s", once="o", next_try_at=timezone.now()
    )
    staff = next(member for member in CAST if member.key == "programme_staff")

    answers = [
        getattr(client, method)(reverse("home:try_it_as"), {"email": staff.email}),
        client.get(reverse("home:mailbox")),
        client.get(reverse("home:mailbox_message", args=[letter.uuid])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "_auth_user_id" not in client.session
