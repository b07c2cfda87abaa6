"""The page of all records: what was done, by whom, to what, in words."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from audit.services import record
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.events import EventFactory, SignUpFactory
from tests.factories.notifications import MessageFactory
from tests.factories.pledges import PledgeFactory, PledgeUpdateFactory
from tests.factories.spaces import BookingFactory

pytestmark = pytest.mark.django_db
Role = ProgrammeRole.Role


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


@pytest.fixture
def staff(client) -> User:
    person = a_person_with(Role.PROGRAMME_STAFF, name="Ben")
    client.force_login(person)
    return person


def shown(response):
    return [written.verb for written in response.context["page"]]


def test_staff_read_everything_newest_first(client, staff):
    for verb in ("a.first", "a.second", "a.third"):
        record(verb, staff, by=staff)

    assert shown(client.get(reverse("home:records"))) == ["a.third", "a.second", "a.first"]


@pytest.mark.parametrize("role", [None, Role.FACILITATOR, Role.BOARD_VIEWER])
def test_others_do_not_read_what_happened(client, role):
    client.force_login(a_person_with(role) if role else UserFactory())

    assert client.get(reverse("home:records")).status_code == 403


def test_records_are_found_by_verb_person_kind_and_thing(client, staff):
    other, thing = UserFactory(), UserFactory()
    record("a.first", thing, by=other)
    record("a.first", staff, by=staff)
    record("a.second", thing, by=staff)

    def found(**query):
        return shown(client.get(reverse("home:records"), query))

    assert found(verb="a.first") == ["a.first", "a.first"]
    assert found(person=staff.pk) == ["a.second", "a.first"]
    assert found(subject=f"accounts.user:{thing.pk}") == ["a.second", "a.first"]
    assert found(subject="accounts.user") == ["a.second", "a.first", "a.first"]
    assert found(verb="a.first", person=other.pk, subject=f"accounts.user:{thing.pk}") == [
        "a.first"
    ]
    assert found(subject="spaces.booking:1") == []


def test_a_filter_that_means_nothing_is_named_and_keeps_what_was_typed(client, staff):
    record("a.first", staff, by=staff)

    response = client.get(reverse("home:records"), {"subject": "the hall!", "verb": "a.first"})

    assert response.status_code == 422
    page = response.content.decode()
    assert "We do not know this thing" in page
    assert 'value="the hall!"' in page
    assert '<option value="a.first" selected>' in page
    assert "0 lines" not in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_costs_the_same_for_one_record_as_for_many(
    client, staff, django_assert_num_queries, how_many
):
    for _number in range(how_many):
        record("a.verb", UserFactory(), by=UserFactory())
    client.get(reverse("home:records"))

    with django_assert_num_queries(QUERIES_OF_THE_PAGE):
        response = client.get(reverse("home:records"))

    assert len(response.context["page"]) == how_many


QUERIES_OF_THE_PAGE = 9  # session, user, roles, other parts; verbs, people, count, records, rows


def test_many_records_come_in_pages(client, staff):
    for _number in range(51):
        record("a.verb", staff, by=staff)

    first = client.get(reverse("home:records")).context["page"]
    second = client.get(reverse("home:records"), {"page": 2}).context["page"]

    assert (len(first), len(second)) == (50, 1)
    assert first[0].at - second[0].at > timedelta(0)


# --- In words


def words(client) -> str:
    response = client.get(reverse("home:records"))
    return " ".join(unescape(response.content.decode()).split())


def test_a_thing_is_named_and_leads_to_its_page(client, staff):
    booking, event = BookingFactory(), EventFactory()
    record("spaces.booking_approved", booking, by=staff, space=booking.space_id, hirer=7)
    record("spaces.hirer_approved", booking.hirer, by=staff)
    record("events.event_cancelled", event, by=staff)

    page = words(client)

    assert "Booking approved" in page
    assert f'Booking: <a href="{booking.get_absolute_url()}">{booking.space.name}, ' in page
    assert "Group approved" in page
    assert f'Group: <a href="{booking.hirer.get_absolute_url()}">{booking.hirer}</a>' in page
    assert f'Event: <a href="{event.get_absolute_url()}">{event.title}</a>' in page
    assert "hirer: 7" not in page
    assert f"space: {booking.space_id}" not in page


@pytest.mark.parametrize(
    ("detail", "told", "not_told"),
    [
        ({"late": False}, "", "ate: "),
        ({"late": True}, "Late", "True"),
        ({"reason": "clinical"}, "Needed for patient care", "clinical<"),
        ({"fields": "starts_at, place"}, "What: starts at, place", "starts_at"),
        ({"status": "part_delivered"}, "Partly delivered", "part_delivered"),
        ({"newly_made": "thing"}, "Newly made: thing", "newly_made"),
    ],
)
def test_what_else_is_known_of_an_act_is_said_in_words(client, staff, detail, told, not_told):
    record("a.first", staff, by=staff, **detail)

    page = words(client)
    page = page[page.index("<tbody") : page.index("</tbody>")]

    assert told in page
    assert not_told not in page


def test_whoever_was_concerned_is_named(client, staff):
    record(
        "spaces.membership_ended", BookingFactory().hirer, by=staff, user=UserFactory(name="Zoe").pk
    )

    assert "Zoe" in words(client)


def test_what_the_reader_may_not_see_has_neither_name_nor_link(client):
    client.force_login(a_person_with(Role.ADMINISTRATOR))
    booking = BookingFactory()
    record("spaces.booking_approved", booking, by=UserFactory())
    record("spaces.hirer_approved", booking.hirer, by=UserFactory())

    page = words(client)

    assert "Booking approved" in page
    assert booking.space.name not in page
    assert str(booking.hirer) not in page
    assert booking.get_absolute_url() not in page


def test_what_is_gone_or_unknown_still_has_its_line(client, staff):
    gone = MessageFactory()
    record("notifications.message_tried_again", gone, by=staff)
    gone.delete()

    page = words(client)

    assert "Message tried again" in page
    assert 'href="/messages/' not in page[page.index("<tbody") :]


@pytest.mark.parametrize("how_many", [1, 3])
def test_many_things_of_several_kinds_are_named_at_the_cost_of_one_of_each(
    client, staff, django_assert_num_queries, how_many
):
    for _number in range(how_many):
        things = [
            *(BookingFactory(), SignUpFactory(), MessageFactory(), PledgeFactory()),
            *(PledgeUpdateFactory(), EventFactory()),
        ]
        for thing in things:
            record("a.verb", thing, by=UserFactory(), user=UserFactory().pk)
    client.get(reverse("home:records"))

    # One for each kind in place of the one kind above, and one for the people who are named.
    with django_assert_num_queries(QUERIES_OF_THE_PAGE + 6):
        response = client.get(reverse("home:records"))

    assert len(response.context["lines"]) == 6 * how_many
    assert all(line.name for line in response.context["lines"])
