from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.template import Context, Template
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from audit.models import AuditRecord
from audit.services import record
from audit.templatetags.history import verb_words
from tests.factories.accounts import UserFactory, a_person_with

pytestmark = pytest.mark.django_db
Role = ProgrammeRole.Role


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


@pytest.fixture
def empties_are_refused():
    """The test database stands this trigger down so that tests can clean up; here it stands."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditrecord ENABLE TRIGGER ALL")


def test_what_happened_is_written_with_who_and_to_what():
    person, subject = UserFactory(), UserFactory()

    record("accounts.role_given", subject, by=person, role="facilitator")

    written = AuditRecord.objects.get()
    assert (written.verb, written.actor, written.subject, written.detail) == (
        "accounts.role_given",
        person,
        f"accounts.user:{subject.pk}",
        {"role": "facilitator"},
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditrecord SET verb = 'spaces.nothing_happened'",
        "DELETE FROM audit_auditrecord",
        "TRUNCATE audit_auditrecord",
    ],
)
def test_postgres_refuses_to_rewrite_what_happened(empties_are_refused, statement):
    record("spaces.booking_approved", UserFactory(), by=None)

    with (
        pytest.raises(DatabaseError, match="annot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditRecord.objects.get().verb == "spaces.booking_approved"


def test_a_record_cannot_be_changed_through_its_model_either():
    written = record("spaces.booking_approved", UserFactory(), by=None)
    written.verb = "spaces.booking_declined"

    with pytest.raises(DatabaseError), transaction.atomic():
        written.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        written.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditRecord.objects.bulk_update([written], ["verb"])


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("spaces.booking_approved", "Booking approved"),
        ("events.signed_up", "Signed up"),
        ("loose", "Loose"),
    ],
)
def test_a_verb_reads_as_words(verb, words):
    assert verb_words(verb) == words


def test_the_history_of_a_thing_tells_who_did_what_newest_first():
    person, subject, other = UserFactory(name="Amina"), UserFactory(), UserFactory()
    record("spaces.hirer_registered", subject, by=person)
    record("spaces.hirer_approved", subject, by=None)
    record("spaces.hirer_declined", other, by=person)

    page = Template("{% load history %}{% history subject %}").render(Context({"subject": subject}))

    assert page.count("<li") == 2
    assert page.index("Hirer approved") < page.index("Hirer registered") < page.index("Amina")
    assert "Hirer declined" not in page


def test_a_thing_without_history_says_so(django_assert_num_queries):
    subject = UserFactory()

    with django_assert_num_queries(1):
        page = Template("{% load history %}{% history subject %}").render(
            Context({"subject": subject})
        )

    assert "Nothing has been written down yet." in page


# --- The page for staff


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

    assert shown(client.get(reverse("audit:records"))) == ["a.third", "a.second", "a.first"]


@pytest.mark.parametrize("role", [None, Role.FACILITATOR, Role.BOARD_VIEWER])
def test_others_do_not_read_what_happened(client, role):
    client.force_login(a_person_with(role) if role else UserFactory())

    assert client.get(reverse("audit:records")).status_code == 403


def test_records_are_found_by_verb_person_kind_and_thing(client, staff):
    other, thing = UserFactory(), UserFactory()
    record("a.first", thing, by=other)
    record("a.first", staff, by=staff)
    record("a.second", thing, by=staff)

    def found(**query):
        return shown(client.get(reverse("audit:records"), query))

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

    response = client.get(reverse("audit:records"), {"subject": "the hall!", "verb": "a.first"})

    assert response.status_code == 422
    page = response.content.decode()
    assert "Enter a kind and a number" in page
    assert 'value="the hall!"' in page
    assert '<option value="a.first" selected>' in page
    assert f"accounts.user:{staff.pk}" not in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_costs_the_same_for_one_record_as_for_many(
    client, staff, django_assert_num_queries, how_many
):
    for _number in range(how_many):
        record("a.verb", UserFactory(), by=UserFactory())
    client.get(reverse("audit:records"))

    with django_assert_num_queries(QUERIES_OF_THE_PAGE):
        response = client.get(reverse("audit:records"))

    assert len(response.context["page"]) == how_many


QUERIES_OF_THE_PAGE = 9  # session, user, roles, acts for, runs; verbs, people, count, records


def test_many_records_come_in_pages(client, staff):
    for _number in range(51):
        record("a.verb", staff, by=staff)

    first = client.get(reverse("audit:records")).context["page"]
    second = client.get(reverse("audit:records"), {"page": 2}).context["page"]

    assert (len(first), len(second)) == (50, 1)
    assert first[0].at - second[0].at > timedelta(0)
