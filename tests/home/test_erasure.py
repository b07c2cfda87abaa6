"""Whoever asks to be forgotten is in no table any more, and what they did is still there."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from audit.models import AuditRecord
from home import services
from notifications.models import Message
from spaces.models import Booking, SiteManager
from spaces.services import approve_booking
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    a_site_manager_of,
    with_second_factor,
)

pytestmark = pytest.mark.django_db

NAME, ADDRESS, OTHER = "Zebedee Canary", "zebedee.canary@example.org", "canary.two@example.org"


@pytest.fixture
def administrator():
    return with_second_factor(a_person_with(ProgrammeRole.Role.ADMINISTRATOR, name="Ada"))


@pytest.fixture
def canary():
    """Somebody with two addresses and a second step."""
    person = UserFactory(name=NAME, email=ADDRESS)
    EmailAddress.objects.create(user=person, email=OTHER, verified=True)
    return with_second_factor(person)


def manages(person, hirer):
    Mandate.objects.create(
        user=person,
        organisation=hirer.organisation,
        kind=Mandate.Kind.MANAGER,
        starts_on=date(2020, 1, 1),
    )


def runs(person, site):
    SiteManager.objects.create(user=person, site=site, starts_on=date(2020, 1, 1))


def cells_with(words):
    """Every table and column of the database in which these words stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND (data_type LIKE 'character%%'"
            " OR data_type IN ('text', 'jsonb', 'json', 'ARRAY'))"
        )
        found = set()
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1', [f"%{words}%"]
            )
            if cursor.fetchone():
                found.add(f"{table}.{column}")
    return found


def test_no_table_names_a_person_who_was_erased(canary, administrator):
    hirer = HirerFactory()
    booking = BookingFactory(hirer=hirer, requested_by=canary)
    manages(canary, hirer)
    approve_booking(booking, by=a_site_manager_of(booking.space.site), now=NOW)
    LogEntry.objects.create(
        user=administrator, action_flag=1, object_repr=f"{NAME} at {hirer}", change_message="[]"
    )
    assert cells_with("canary") >= {
        "accounts_user.name",
        "accounts_user.email",
        "account_emailaddress.email",
        "notifications_message.address",
        "notifications_message.body",
        "django_admin_log.object_repr",
    }

    services.erase_person(canary, by=administrator, now=NOW)

    assert cells_with("canary") == set()


def test_what_the_person_did_stays_and_is_said_to_be_done_by_somebody_who_has_left(
    canary, administrator, client
):
    booking = BookingFactory()
    runs(canary, booking.space.site)
    BookingFactory(requested_by=canary, space=booking.space, state="declined")
    approve_booking(booking, by=canary, now=NOW)

    services.erase_person(canary, by=administrator, now=NOW)

    booking.refresh_from_db()
    assert (booking.state in Booking.PROMISED, booking.decided_by) == (True, canary)
    assert str(booking.decided_by) == "Somebody who has left"
    assert AuditRecord.objects.filter(actor=canary, verb="spaces.booking_approved").exists()
    client.force_login(a_site_manager_of(booking.space.site))
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "canary" not in page.lower()


def test_all_that_the_person_was_ends_and_waiting_letters_go_nowhere(canary, administrator):
    hirer = HirerFactory()
    booking = BookingFactory(hirer=hirer)
    manages(canary, hirer)
    approve_booking(booking, by=a_site_manager_of(booking.space.site), now=NOW)
    assert Message.objects.waiting().filter(user=canary).exists()

    services.erase_person(canary, by=administrator, now=NOW)

    canary = User.objects.get(pk=canary.pk)
    assert not canary.is_active
    assert booking.hirer not in type(hirer).objects.of_member(canary)
    assert not Message.objects.may_still_go().filter(user=canary).exists()
    assert Message.objects.filter(user=canary).exists()
    # The history of the group counts as before.
    assert hirer.bookings.count() == 1


def test_nobody_erases_themselves_or_anybody_twice_and_nobody_is_opened_again(administrator):
    person = UserFactory()
    with pytest.raises(ValidationError):
        services.erase_person(administrator, by=administrator, now=NOW)
    with pytest.raises(PermissionDenied):
        services.erase_person(person, by=UserFactory(), now=NOW)
    services.erase_person(person, by=administrator, now=NOW)

    with pytest.raises(ValidationError, match="erased already"):
        services.erase_person(person, by=administrator, now=NOW)
    with pytest.raises(ValidationError, match="nobody can sign in"):
        services.open_account(person, by=administrator)


def test_postgres_keeps_an_erased_person_out():
    person = UserFactory(name="Ann", is_active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(erased_at=NOW)


def test_an_administrator_reads_first_what_will_happen(canary, administrator, client):
    client.force_login(administrator)
    page, chosen = reverse("admin:accounts_user_changelist"), {"_selected_action": canary.pk}

    asked = client.post(page, {**chosen, "action": "erase"}).content.decode()

    assert "This cannot be undone." in asked
    assert NAME in asked
    canary.refresh_from_db()
    assert canary.erased_at is None
    client.post(page, {**chosen, "action": "erase", "confirmed": "yes"})
    canary.refresh_from_db()
    assert canary.erased_at is not None
