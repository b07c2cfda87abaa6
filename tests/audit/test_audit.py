from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.template import Context, Template

from audit.models import AuditRecord
from audit.services import record
from audit.templatetags.history import BY_VISITORS, verb_words
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent.parent


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
    assert page.index("Group approved") < page.index("Group registered") < page.index("Amina")
    assert "Group declined" not in page


def test_what_nobody_is_named_for_was_done_by_the_portal_or_without_an_account():
    subject, page = UserFactory(), Template("{% load history %}{% history subject %}")

    record("spaces.booking_confirmed", subject, by=None)
    by_itself = page.render(Context({"subject": subject}))
    record("spaces.fact_reported", subject, by=None)
    by_a_visitor = page.render(Context({"subject": subject}))

    assert ("The portal" in by_itself, "Without an account" in by_itself) == (True, False)
    assert "Without an account" in by_a_visitor


def test_every_act_of_a_visitor_is_still_written_under_that_name():
    """The names stand in another app than what writes them."""
    code = "".join(
        path.read_text() for app in ("events", "spaces") for path in ROOT.glob(f"{app}/**/*.py")
    )

    assert [verb for verb in sorted(BY_VISITORS) if f'"{verb}"' not in code] == []


def test_a_thing_without_history_says_so(django_assert_num_queries):
    subject = UserFactory()

    with django_assert_num_queries(1):
        page = Template("{% load history %}{% history subject %}").render(
            Context({"subject": subject})
        )

    assert "Nothing has been written down yet." in page
