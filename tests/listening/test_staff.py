"""Staff see responses by role; reading somebody's words is written down each time."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from listening.models import Response
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import BoroughFactory
from tests.factories.listening import AnswerFactory, CampaignFactory, ResponseFactory, ThemeFactory

Role = ProgrammeRole.Role
LIST = reverse("listening:responses")
pytestmark = pytest.mark.django_db


def sign_in(client, *roles):
    """With a second factor, as every staff role needs."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    person = a_person_with(*roles) if roles else UserFactory()
    TOTP.activate(person, generate_totp_secret())
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("role", "list_status", "lists_rows", "words_status"),
    [
        (Role.LISTENING_EDITOR, 200, True, 200),
        (Role.SAFEGUARDING_LEAD, 200, True, 200),
        (Role.FACILITATOR, 200, False, 404),
        (Role.PROGRAMME_STAFF, 200, False, 404),
        (Role.PROGRAMME_LEAD, 200, False, 404),
        (Role.BOARD_VIEWER, 403, False, 404),
        (Role.ADMINISTRATOR, 403, False, 404),
        (None, 403, False, 404),
    ],
)
def test_who_sees_what_residents_sent(client, role, list_status, lists_rows, words_status):
    answer = AnswerFactory(words="canary in the mine")
    sign_in(client, *([role] if role else []))

    found = client.get(LIST)
    one = answer.response.get_absolute_url()

    assert found.status_code == list_status
    assert "canary" not in found.content.decode()
    assert (one in found.content.decode()) == lists_rows
    assert client.get(one).status_code == words_status
    read = client.post(one)
    assert read.status_code == words_status
    assert ("canary" in read.content.decode()) == (words_status == 200)


def test_a_visitor_is_asked_to_sign_in(client):
    answer = AnswerFactory()

    for address in (LIST, answer.response.get_absolute_url()):
        assert client.get(address).status_code == 302


def test_reading_is_written_down_each_time_without_the_words(client):
    answer = AnswerFactory(words="canary in the mine")
    person = sign_in(client, Role.LISTENING_EDITOR)
    address = answer.response.get_absolute_url()

    page = client.get(address)
    assert "canary" not in page.content.decode()
    assert AuditRecord.objects.count() == 0

    client.post(address)
    client.post(address)

    written = AuditRecord.objects.order_by("pk")
    assert [(one.verb, one.actor, one.subject_id, one.detail) for one in written] == [
        ("listening.response_read", person, str(answer.response.pk), {})
    ] * 2
    assert Response.objects.get().read_on is not None


def test_words_that_were_taken_back_are_gone_for_staff_too(client):
    response = ResponseFactory(withdrawn_on=date(2026, 11, 20))
    sign_in(client, Role.LISTENING_EDITOR)

    page = client.get(response.get_absolute_url()).content.decode()

    assert "took their words back on Friday 20 November 2026" in page
    assert "Read what they said" not in page


def test_whoever_may_not_read_sees_rounded_figures_alone(client):
    campaign, theme = CampaignFactory(), ThemeFactory(label="Housing")
    campaign.themes.add(theme)
    for name, people in (("Bexley", 7), ("Lewisham", 12)):
        ResponseFactory.create_batch(
            people, campaign=campaign, theme=theme, borough=BoroughFactory(name=name)
        )
    sign_in(client, Role.PROGRAMME_STAFF)

    page = client.get(LIST)
    table = page.context["figures"].by_borough_and_theme

    assert [(row.name, list(row.cells), row.total) for row in table.rows] == [
        ("Lewisham", [10], 10)
    ]
    assert page.context["figures"].heard.people == 20
    assert len(page.context["page"].object_list) == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b", "c"}),
        ("?language=es", {"b"}),
        ("?borough=lewisham", {"a", "b"}),
        ("?borough=lewisham&language=en", {"a"}),
        ("?campaign=other", {"c"}),
        ("?language=xx", {"a", "b", "c"}),
    ],
)
def test_filters_stay_in_the_address(client, query, found):
    lewisham = BoroughFactory(name="Lewisham")
    campaign = CampaignFactory(slug="this")
    made = {
        "a": ResponseFactory(campaign=campaign, borough=lewisham),
        "b": ResponseFactory(campaign=campaign, borough=lewisham, language="es"),
        "c": ResponseFactory(campaign=CampaignFactory(slug="other")),
    }
    sign_in(client, Role.LISTENING_EDITOR)

    page = client.get(LIST + query)

    names = {response.pk: name for name, response in made.items()}
    assert {names[response.pk] for response in page.context["page"]} == found


def test_the_list_costs_the_same_for_one_as_for_three(client):
    campaign = CampaignFactory()

    def one_more():
        number = Response.objects.count()
        ResponseFactory(
            campaign=campaign,
            borough=BoroughFactory(name=f"Borough {number}"),
            theme=ThemeFactory(),
        )

    sign_in(client, Role.LISTENING_EDITOR)
    one_more()
    with CaptureQueriesContext(connection) as for_one:
        assert len(client.get(LIST).context["page"].object_list) == 1
    one_more()
    one_more()
    with CaptureQueriesContext(connection) as for_three:
        assert len(client.get(LIST).context["page"].object_list) == 3

    assert len(for_three) == len(for_one)


def test_a_long_list_comes_in_pages(client):
    ResponseFactory.create_batch(26, campaign=CampaignFactory())
    sign_in(client, Role.LISTENING_EDITOR)

    assert len(client.get(LIST).context["page"].object_list) == 25
    assert len(client.get(LIST + "?page=2").context["page"].object_list) == 1
