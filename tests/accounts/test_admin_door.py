"""The admin is behind the same door, for administrators only, and gives and ends roles."""

from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from audit.models import AuditRecord
from core.clock import today
from housing.models import Seat
from notifications.models import Message
from tests.accounts.post import letters_to
from tests.accounts.test_sign_in import a_member, is_signed_in, sign_in_by_code
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory
from tests.factories.housing import a_person_who_sits_as

pytestmark = pytest.mark.django_db

Role = ProgrammeRole.Role


@pytest.fixture
def administrator(client: Client) -> User:
    """An administrator, signed in, with a second factor."""
    user = a_person_with(Role.ADMINISTRATOR)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    return user


def choose(browser: Client, table: str, action: str, *rows: Any) -> list[str]:
    """Run an admin action on these rows and return what is then said."""
    answer = browser.post(
        reverse(f"admin:{table}_changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
    )
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    entrance = client.get(reverse("admin:index"))
    door = client.get(entrance.url)
    posted = client.post(entrance.url, {"username": "a@example.org", "password": "x"})

    assert door.url == f"{reverse('account_login')}?next=%2Fadmin%2F"
    assert posted.url == door.url
    assert not is_signed_in(client)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_enter(client: Client, role: ProgrammeRole.Role) -> None:
    user = a_person_with(role)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    assert client.get(reverse("admin:index"), follow=True).status_code == 403
    assert client.get(reverse("admin:accounts_user_changelist"), follow=True).status_code == 403


def test_an_administrator_without_a_second_factor_sets_one_up_first(client: Client) -> None:
    client.force_login(a_person_with(Role.ADMINISTRATOR))

    assert client.get(reverse("admin:index")).url == reverse("mfa_index")


@pytest.mark.parametrize(
    "table", ["accounts_programmerole", "anchors_mandate", "housing_seat", "accounts_user"]
)
def test_the_tables_of_people_are_read_added_to_and_never_edited_or_deleted(
    client: Client, administrator: User, table: str
) -> None:
    Mandate.objects.create(
        user=administrator,
        organisation=OrganisationFactory(),
        kind=Mandate.Kind.EDITOR,
        starts_on=today(),
    )
    Seat.objects.create(community="Tenants (demo)", held_by=administrator, starts_on=today())
    rows = {
        "accounts_programmerole": ProgrammeRole,
        "anchors_mandate": Mandate,
        "housing_seat": Seat,
        "accounts_user": User,
    }
    row = rows[table].objects.get()

    assert client.get(reverse(f"admin:{table}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{table}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"admin:{table}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:{table}_delete", args=[row.pk])).status_code == 403


def test_a_role_is_given_from_today_recorded_and_told(client: Client, administrator: User) -> None:
    amina = UserFactory(email="amina@example.org")

    client.post(
        reverse("admin:accounts_programmerole_add"), {"user": amina.pk, "role": "facilitator"}
    )

    held = amina.roles.get()
    assert (held.role, held.starts_on, held.ends_on, held.given_by) == (
        "facilitator",
        today(),
        None,
        administrator,
    )
    record = AuditRecord.objects.get()
    assert (record.verb, record.actor, record.subject_id, record.detail) == (
        "accounts.role_given",
        administrator,
        str(held.pk),
        {"role": "facilitator", "user": amina.pk},
    )
    assert [letter.subject for letter in letters_to("amina@example.org")] == [
        "You have a new part in the portal"
    ]


def test_a_role_is_not_given_twice(client: Client, administrator: User) -> None:
    amina = a_person_with(Role.FACILITATOR)

    page = client.post(
        reverse("admin:accounts_programmerole_add"), {"user": amina.pk, "role": "facilitator"}
    )

    assert page.status_code == 422
    assert "This person holds this already." in page.content.decode()
    assert amina.roles.count() == 1


def test_a_mandate_is_given_from_today_recorded_and_told(
    client: Client, administrator: User
) -> None:
    amina = UserFactory(email="amina@example.org")
    trust = OrganisationFactory(name="A trust (demo)")

    client.post(
        reverse("admin:anchors_mandate_add"),
        {"user": amina.pk, "organisation": trust.pk, "kind": "editor"},
    )

    held = amina.mandates.get()
    assert (held.organisation, held.kind, held.starts_on) == (trust, "editor", today())
    assert AuditRecord.objects.get().verb == "anchors.mandate_given"
    [letter] = letters_to("amina@example.org")
    assert "Editor for an institution: A trust (demo)" in letter.body


def test_a_role_is_ended_now_recorded_and_told(client: Client, administrator: User) -> None:
    amina = a_person_with(Role.FACILITATOR, email="amina@example.org")
    held = amina.roles.get()

    said = choose(client, "accounts_programmerole", "end_now", held)

    assert len(said) == 1
    assert not User.objects.get(pk=amina.pk).holds(Role.FACILITATOR)
    assert ProgrammeRole.objects.filter(pk=held.pk, ends_on__lt=today()).exists()
    assert AuditRecord.objects.get().verb == "accounts.role_ended"
    assert [letter.subject for letter in letters_to("amina@example.org")] == [
        "A part of yours in the portal has ended"
    ]


def test_a_role_given_today_by_mistake_is_ended_today(client: Client, administrator: User) -> None:
    amina = UserFactory()
    held = ProgrammeRole.objects.create(user=amina, role=Role.FACILITATOR, starts_on=today())

    choose(client, "accounts_programmerole", "end_now", held)

    assert not User.objects.get(pk=amina.pk).holds(Role.FACILITATOR)
    assert AuditRecord.objects.get().subject_id == str(held.pk)


@pytest.mark.parametrize("began", ["long ago", "today"])
def test_a_mandate_is_ended_now_and_stays(client: Client, administrator: User, began: str) -> None:
    amina = UserFactory()
    held = Mandate.objects.create(
        user=amina,
        organisation=OrganisationFactory(),
        kind=Mandate.Kind.EDITOR,
        starts_on=today() if began == "today" else administrator.roles.get().starts_on,
    )

    choose(client, "anchors_mandate", "end_now", held)

    held.refresh_from_db()
    assert held.ends_on == today() - timedelta(days=1)
    assert not Mandate.objects.current(today()).filter(user=amina).exists()
    assert AuditRecord.objects.get().verb == "anchors.mandate_ended"


def test_a_seat_is_given_from_today_and_ended_and_who_sat_there_can_be_told(
    client: Client, administrator: User
) -> None:
    left = a_person_who_sits_as(Seat.Part.CHAIR)
    amina = UserFactory(email="amina@example.org")

    choose(client, "housing_seat", "end_now", left.seats.get())
    answer = client.post(
        reverse("admin:housing_seat_add"),
        {"community": "Tenants (demo)", "part": "chair", "held_by": amina.pk},
    )

    assert answer.status_code == 302
    seats = Seat.objects.order_by("pk").values_list("held_by", "starts_on", "ends_on")
    assert list(seats) == [
        (left.pk, date(2020, 1, 1), today() - timedelta(days=1)),
        (amina.pk, today(), None),
    ]
    assert not Seat.objects.chaired_by(left).exists()
    assert Seat.objects.chaired_by(amina).exists()
    written = AuditRecord.objects.order_by("pk")
    assert [(one.verb, one.actor, one.detail) for one in written] == [
        ("housing.seat_ended", administrator, {"part": "chair", "user": left.pk}),
        ("housing.seat_given", administrator, {"part": "chair", "user": amina.pk}),
    ]
    [letter] = letters_to("amina@example.org")
    assert "Chair: the Health and Housing Coalition" in letter.body


def test_a_seat_in_which_nobody_sits_tells_nobody(client: Client, administrator: User) -> None:
    client.post(
        reverse("admin:housing_seat_add"), {"community": "Tenants (demo)", "part": "member"}
    )

    assert Seat.objects.get().held_by is None
    assert Message.objects.count() == 0


def test_the_last_administrator_cannot_be_ended(client: Client, administrator: User) -> None:
    [said] = choose(client, "accounts_programmerole", "end_now", administrator.roles.get())

    assert "The portal needs an administrator" in said
    assert User.objects.get(pk=administrator.pk).is_staff


def test_an_account_is_closed_and_opened_again(client: Client, administrator: User) -> None:
    amina = a_member()
    browser = Client()
    sign_in_by_code(browser, amina.email)
    assert is_signed_in(browser)

    choose(client, "accounts_user", "close", amina)
    assert not is_signed_in(browser)
    choose(client, "accounts_user", "open", amina)

    # Whoever was signed in before is not let in again by that alone.
    assert not is_signed_in(browser)
    sign_in_by_code(browser, amina.email)
    assert is_signed_in(browser)
    assert list(AuditRecord.objects.order_by("pk").values_list("verb", flat=True)) == [
        "accounts.account_closed",
        "accounts.account_opened",
    ]


def test_nobody_closes_their_own_account_by_a_slip(client: Client, administrator: User) -> None:
    [said] = choose(client, "accounts_user", "close", administrator)

    assert "You cannot close your own account." in said
    assert is_signed_in(client)


def test_a_lost_second_step_is_taken_off_and_set_up_anew(
    client: Client, administrator: User
) -> None:
    ben = a_person_with(Role.PROGRAMME_STAFF, email="ben@example.org")
    TOTP.activate(ben, generate_totp_secret())
    browser = Client()
    browser.force_login(ben)
    assert browser.get(reverse("home:waiting")).status_code == 200

    choose(client, "accounts_user", "forget_second_step", ben)
    *_before, own = choose(client, "accounts_user", "forget_second_step", administrator)

    assert browser.get(reverse("home:waiting")).url == reverse("mfa_index")
    assert [letter.subject for letter in letters_to("ben@example.org")] == [
        "The second step to sign in was taken off your account"
    ]
    assert AuditRecord.objects.get().verb == "accounts.second_step_forgotten"
    assert "Change your own second step" in own
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("app", ["account", "auth", "mfa", "usersessions", "sessions"])
def test_tables_that_would_open_other_peoples_accounts_are_not_there(
    client: Client, administrator: User, app: str
) -> None:
    assert client.get(f"/admin/{app}/").status_code == 404
