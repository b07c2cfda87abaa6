from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from events.models import Event
from notifications.models import Message
from tests.factories.accounts import a_person_with
from tests.factories.events import EventFactory, SignUpFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


@pytest.fixture
def administrator(client):
    person = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)
    client.force_login(person)
    return person


def soon():
    return (timezone.now() + timedelta(days=10)).replace(microsecond=0)


def page_of(client, event):
    """The address of the event under "Tables", and all that a browser would send back unchanged."""
    address = reverse("admin:events_event_change", args=[event.pk])
    held = {}
    for box in client.get(address).context["adminform"].form:
        value = box.value()
        if box.name in ("starts_at", "ends_at") and value is not None:
            held[box.name] = box.field.widget.format_value(value)
        elif isinstance(value, str):
            held[box.name] = value.replace("\n", "\r\n")
        elif value is not None and value is not False:
            held[box.name] = value
    return address, held


def verbs():
    return list(AuditRecord.objects.order_by("pk").values_list("verb", flat=True))


def test_an_event_saved_as_it_was_tells_nobody_and_leaves_no_record(client, administrator):
    event = EventFactory(starts_at=soon(), help_there="Hearing loop\nStep-free entrance")
    SignUpFactory(event=event)
    address, held = page_of(client, event)

    assert client.post(address, held).status_code == 302

    event.refresh_from_db()
    assert (event.sequence, verbs(), Message.objects.count()) == (0, [], 0)
    assert event.help_lines == ["Hearing loop", "Step-free entrance"]


def test_more_places_and_another_place_reach_everybody_who_signed_up(client, administrator):
    event = EventFactory(starts_at=soon(), capacity=1)
    coming = SignUpFactory(event=event)
    waiting = SignUpFactory(event=event, state="waiting")
    address, held = page_of(client, event)

    answer = client.post(address, {**held, "capacity": 2, "place": "The Barn (demo)"})

    assert answer.status_code == 302
    event.refresh_from_db()
    assert (event.sequence, event.sign_ups.coming().count()) == (1, 2)
    told = Message.objects.waiting().order_by("pk").values_list("address", "subject")
    assert list(told) == [
        (coming.email, f"Changed: {event.title}"),
        (waiting.email, f"A place is yours now: {event.title}"),
    ]
    changed, given = AuditRecord.objects.order_by("pk")
    assert (changed.verb, changed.actor, changed.detail) == (
        "events.event_changed", administrator, {"fields": "capacity, place"},
    )  # fmt: skip
    assert given.verb == "events.place_given"


def test_what_people_rely_on_is_kept_and_said_beside_the_box(client, administrator):
    event = SignUpFactory(event__starts_at=soon()).event
    address, held = page_of(client, event)
    del held["is_published"]

    page = client.post(address, {**held, "summary": "With soup."})

    assert page.status_code == 422
    assert "Cancel the event instead of hiding it." in page.content.decode()
    assert "With soup." in page.content.decode()
    event.refresh_from_db()
    assert (event.is_published, event.summary) == (True, "")


def test_a_new_event_takes_its_day_from_its_time_and_is_recorded(client, administrator):
    plain = {"slug": "evening", "title": "Evening", "kind": "workshop", "mode": "online"}
    address = reverse("admin:events_event_add")

    rough = client.post(address, {**plain, "sign_up": "none", "date_text": "summer 2027"})
    assert rough.status_code == 422
    assert "Enter the day, or the first day it could be." in rough.content.decode()

    times = {"starts_at": "2027-06-01T00:30"}
    times |= {"ends_at": "2027-06-01T02:00"}
    assert client.post(address, {**plain, **times, "sign_up": "open"}).status_code == 302
    assert str(Event.objects.get().sorts_on) == "2027-06-01"
    assert verbs() == ["events.event_added"]


def test_what_the_portal_counts_itself_is_not_on_the_page(client, administrator):
    _address, held = page_of(client, EventFactory())

    assert held.keys() & {"sequence", "changed_at", "cancelled_at", "cancelled_because"} == set()
