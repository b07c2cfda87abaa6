import pytest
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from notifications.models import Message
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.notifications import NOW, MessageFactory

pytestmark = pytest.mark.django_db
Role = ProgrammeRole.Role


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


@pytest.fixture
def staff(client):
    person = a_person_with(Role.PROGRAMME_STAFF)
    client.force_login(person)
    return person


def test_what_could_not_be_sent_is_on_top(client, staff):
    failed = MessageFactory(state="failed")
    waiting = MessageFactory()

    page = client.get(reverse("notifications:messages")).context["page"]

    assert list(page) == [failed, waiting]


def test_a_letter_whose_address_is_forgotten_says_so(client, staff, settings):
    settings.DEMONSTRATION = True
    letter = MessageFactory(address="")

    pages = [
        reverse("notifications:messages"),
        letter.get_absolute_url(),
        reverse("home:mailbox"),
        reverse("home:mailbox_message", args=[letter.uuid]),
    ]

    for page in pages:
        shown = client.get(page).content.decode()
        assert "an address we have forgotten" in shown, page
        assert '?address="' not in shown


def test_the_state_is_chosen_in_the_address(client, staff):
    MessageFactory()
    failed = MessageFactory(state="failed")

    page = client.get(reverse("notifications:messages"), {"state": "failed"}).context["page"]

    assert list(page) == [failed]


def test_a_made_up_state_is_named_on_the_page(client, staff):
    letter = MessageFactory()

    response = client.get(reverse("notifications:messages"), {"state": "lost"})

    assert response.status_code == 422
    page = response.content.decode()
    assert page.count("Choose a state from the list") == 2  # above the form, and beside the box
    assert letter.subject not in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_of_messages_costs_the_same_for_one_as_for_many(
    client, staff, django_assert_num_queries, how_many
):
    MessageFactory.create_batch(how_many)
    client.get(reverse("notifications:messages"))

    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        page = client.get(reverse("notifications:messages")).context["page"]

    assert len(page) == how_many


QUERIES_OF_THE_LIST = 6  # session, user, roles, other parts; count, letters


@pytest.mark.parametrize("role", [Role.PROGRAMME_STAFF, Role.ADMINISTRATOR])
def test_a_message_shows_its_words_but_never_a_link_or_code(client, role):
    client.force_login(a_person_with(role))
    plain = MessageFactory(body="The hall is yours.")
    private = MessageFactory(body="Your code is 123456", is_private=True)

    assert "The hall is yours." in client.get(plain.get_absolute_url()).content.decode()
    page = client.get(private.get_absolute_url()).content.decode()
    assert "123456" not in page
    assert "only for the person it went to" in page


@pytest.mark.parametrize("is_demonstration", [False, True])
@pytest.mark.parametrize(
    ("roles", "reads"),
    [
        ([Role.ADMINISTRATOR], False),
        ([Role.PROGRAMME_STAFF], True),
        ([Role.ADMINISTRATOR, Role.PROGRAMME_STAFF], True),
    ],
)
def test_administrators_read_no_letter_about_a_room_nor_whom_it_went_to(
    client, settings, roles, reads, is_demonstration
):
    settings.DEMONSTRATION = is_demonstration
    person = a_person_with(*roles)
    client.force_login(person)
    letter = MessageFactory(
        once="spaces.booking_confirmed:1",
        subject="The hall is yours",
        address="jo@example.org",
        body="Hello Jo,\n\nAt the door, say teal otter. The code is 4711.",
        state="failed",
    )
    again = reverse("notifications:try_again", args=[letter.uuid])

    pages = [
        client.get(address).content.decode()
        for address in (letter.get_absolute_url(), reverse("notifications:messages"))
    ]

    assert all("The hall is yours" in page for page in pages)
    assert [
        any(word in page for word in ("jo@example.org", "Jo,", "teal otter", "4711"))
        for page in pages
    ] == [reads, reads]
    assert [page.count("nly programme staff") for page in pages] == ([0, 0] if reads else [2, 1])
    assert client.post(again).status_code == 302


@pytest.mark.parametrize("role", [None, Role.PROGRAMME_LEAD, Role.BOARD_VIEWER, Role.FACILITATOR])
def test_others_see_no_message(client, role):
    client.force_login(a_person_with(role) if role else UserFactory())
    message = MessageFactory(state="failed")
    again = reverse("notifications:try_again", args=[message.uuid])

    assert client.get(reverse("notifications:messages")).status_code == 403
    assert client.get(message.get_absolute_url()).status_code == 404
    assert client.post(again).status_code == 404
    assert Message.objects.get().state == "failed"


def test_staff_try_again_with_one_button(client, staff):
    message = MessageFactory(state="failed", attempts=8, last_problem="SMTPDataError")
    assert "Try to send it again" in client.get(message.get_absolute_url()).content.decode()

    response = client.post(reverse("notifications:try_again", args=[message.uuid]), follow=True)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    assert AuditRecord.objects.get().actor == staff
    page = response.content.decode()
    assert "We will try to send this message again now." in page
    assert "Message tried again" in page


def test_the_history_of_a_sent_message_says_truly_that_nobody_tried_it_again(client, staff):
    message = MessageFactory(state="sent", sent_at=NOW)

    page = client.get(message.get_absolute_url()).content.decode()

    assert "Nobody has asked for this message to be sent again." in page
    assert "Nothing has been written down" not in page


def test_trying_again_what_was_sent_meanwhile_is_refused_in_words(client, staff):
    message = MessageFactory(state="sent", sent_at=NOW)

    response = client.post(reverse("notifications:try_again", args=[message.uuid]))

    assert response.status_code == 409
    assert "could not be sent can be tried again" in response.content.decode()


def test_looking_never_sends(client, staff):
    message = MessageFactory(state="failed")

    assert client.get(reverse("notifications:try_again", args=[message.uuid])).status_code == 405

    assert Message.objects.get().state == "failed"


def test_staff_read_that_a_letter_was_only_assumed_sent_and_can_send_it(client, staff):
    message = MessageFactory(state="sent", sent_at=NOW, last_problem="AssumedSent")

    page = client.get(message.get_absolute_url()).content.decode()

    assert "It has most likely been sent then" in page
    assert "Try to send it again" in page
    assert "AssumedSent" not in page
