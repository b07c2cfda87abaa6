"""Whoever works here needs a second factor; members of community groups may have one."""

import time
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate
from core.clock import today
from housing.models import Seat
from spaces.models import Site, SiteManager
from tests.accounts.post import letters_to
from tests.accounts.test_sign_in import a_member, is_signed_in, sign_in_by_code
from tests.addresses import every_address
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import BoroughFactory, OrganisationFactory, a_person_for
from tests.factories.pledges import PledgeFactory

pytestmark = pytest.mark.django_db

LONG_AGO = date(2020, 1, 1)
OPEN_WITHOUT = {"account_logout", "account_reauthenticate", "core:set_language"}
EXAMPLES = {
    "uuid": "7b9f5c52-2b8e-4a52-9d4e-2d9c1c9f0a11",
    "slug": "a-place",
    "reference": "PL-01",
    "secret": "a" * 43,
}
# Addresses written as regular expressions do not name their arguments.
WRITTEN_OTHERWISE = {
    "admin:app_list": {"app_label": "accounts"},
    "account_confirm_email": {"key": "a-key"},
}


def a_site() -> Site:
    return Site.objects.create(
        name="A site (demo)", slug="a-site", owner=OrganisationFactory(), borough=BoroughFactory()
    )


def a_site_manager() -> User:
    user: User = UserFactory()
    SiteManager.objects.create(user=user, site=a_site(), starts_on=LONG_AGO)
    return user


def a_coalition_chair() -> User:
    user: User = UserFactory()
    Seat.objects.create(
        community="Renters (demo)", part=Seat.Part.CHAIR, held_by=user, starts_on=LONG_AGO
    )
    return user


STAFF = {
    **{role.value: (lambda role=role: a_person_with(role)) for role in ProgrammeRole.Role},
    "site manager": a_site_manager,
    "coalition chair": a_coalition_chair,
    "editor": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.EDITOR),
    "approver": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.APPROVER),
    "health staff": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.HEALTH_STAFF),
}
TRY_ALL = {"programme_staff", "site manager", "editor"}
"""By a role, by a site, and by an organisation."""
NOT_STAFF = {
    "member": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.MEMBER),
    "manager": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.MANAGER),
    "nobody yet": UserFactory,
}


def every_closed_path() -> list[str]:
    """One address for each URL name, but for the few that stay open."""
    paths = []
    for name, arguments in sorted(every_address().items()):
        if name.startswith("mfa_") or "unnamed" in name or name in OPEN_WITHOUT:
            continue
        given = {argument: EXAMPLES.get(argument, "1") for argument in arguments}
        paths.append(reverse(name, kwargs=given | WRITTEN_OTHERWISE.get(name, {})))
    return paths


def the_code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def secret_of(user: User) -> str:
    return TOTP(Authenticator.objects.get(user=user, type="totp")).instance.data["secret"]


@pytest.mark.parametrize(("number", "who"), list(enumerate(STAFF)))
def test_without_a_second_factor_every_address_leads_staff_to_its_set_up(
    client: Client, number: int, who: str
) -> None:
    """Who it is and where they go are asked apart: some try every address, the others share them."""
    client.force_login(STAFF[who]())
    paths = every_closed_path()
    assert len(paths) > 40
    if who not in TRY_ALL:
        paths = paths[number :: len(STAFF)]

    for method in ("get", "post"):
        answers = {path: getattr(client, method)(path) for path in paths}

        wrong = {
            path: answer.status_code
            for path, answer in answers.items()
            if (answer.status_code, answer.headers.get("Location")) != (302, reverse("mfa_index"))
        }
        assert wrong == {}


@pytest.mark.parametrize("who", STAFF)
def test_spare_codes_alone_are_no_second_factor(client: Client, who: str) -> None:
    user = STAFF[who]()
    RecoveryCodes.activate(user)
    client.force_login(user)

    assert client.get(reverse("home:waiting")).url == reverse("mfa_index")


@pytest.mark.parametrize("who", STAFF)
def test_with_a_second_factor_staff_get_to_work(client: Client, who: str) -> None:
    user = STAFF[who]()
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    assert client.get(reverse("home:waiting")).status_code == 200
    assert client.get(reverse("account_email")).status_code == 200


@pytest.mark.parametrize("who", NOT_STAFF)
def test_groups_need_no_second_factor(client: Client, who: str) -> None:
    client.force_login(NOT_STAFF[who]())

    assert client.get(reverse("home:waiting")).status_code == 200


def test_visitors_are_not_asked_for_one(client: Client) -> None:
    assert client.get(reverse("home:accessibility")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_staff_set_up_an_app_are_given_spare_codes_once_and_go_on(client: Client) -> None:
    user = a_member()
    ProgrammeRole.objects.create(
        user=user, role=ProgrammeRole.Role.PROGRAMME_STAFF, starts_on=LONG_AGO
    )
    sign_in_by_code(client, user.email)
    assert client.get(reverse("home:waiting")).url == reverse("mfa_index")

    form = client.get(reverse("mfa_activate_totp")).context["form"]
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    done = client.post(reverse("mfa_activate_totp"), {"code": the_code(form.secret)})

    assert wrong.status_code == 422
    assert done.url == reverse("mfa_view_recovery_codes")
    first, second = (client.get(done.url) for _look in range(2))
    assert len(first.context["unused_codes"]) == 10
    assert first.context["unused_codes"][0] in first.content.decode()
    assert first.context["unused_codes"][0] not in second.content.decode()
    assert client.get(reverse("home:waiting")).status_code == 200
    assert [letter.subject for letter in letters_to(user.email)] == [
        "Your code to sign in",
        "An authenticator app was added to your account",
    ]


def test_an_app_is_asked_for_after_the_code_by_e_mail(client: Client) -> None:
    user = a_member()
    TOTP.activate(user, generate_totp_secret())

    sign_in_by_code(client, user.email)
    assert not is_signed_in(client)
    asked = client.get(reverse("mfa_authenticate"))
    assert "I have lost my phone" in asked.content.decode()
    assert settings.CONTACT_EMAIL in asked.content.decode()
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    right = client.post(reverse("mfa_authenticate"), {"code": the_code(secret_of(user))})

    assert wrong.status_code == 422
    assert right.url == reverse("home:waiting")
    assert is_signed_in(client)


def test_a_code_of_the_app_works_once(client: Client) -> None:
    user = a_member()
    TOTP.activate(user, generate_totp_secret())
    code = the_code(secret_of(user))
    for browser, signed_in in ((client, True), (Client(), False)):
        sign_in_by_code(browser, user.email)

        browser.post(reverse("mfa_authenticate"), {"code": code})

        assert is_signed_in(browser) == signed_in


def test_a_spare_code_works_once(client: Client) -> None:
    user = a_member()
    TOTP.activate(user, generate_totp_secret())
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    for browser, signed_in in ((client, True), (Client(), False)):
        sign_in_by_code(browser, user.email)

        browser.post(reverse("mfa_authenticate"), {"code": spare})

        assert is_signed_in(browser) == signed_in


def test_five_wrong_codes_of_the_app_are_enough(client: Client) -> None:
    user = a_member()
    TOTP.activate(user, generate_totp_secret())
    sign_in_by_code(client, user.email)
    for _try in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    page = client.post(reverse("mfa_authenticate"), {"code": the_code(secret_of(user))})

    assert "Wait 5 minutes" in page.content.decode()
    assert not is_signed_in(client)


def test_a_new_password_does_not_take_the_second_step_away(client: Client) -> None:
    user = a_member()
    user.set_password("three words together")
    user.save()
    TOTP.activate(user, generate_totp_secret())

    client.post(reverse("account_login"), {"login": user.email, "password": "three words together"})

    assert not is_signed_in(client)
    assert client.get(reverse("mfa_authenticate")).status_code == 200


def test_changing_how_you_sign_in_asks_once_more_who_you_are(
    client: Client, time_machine: Any
) -> None:
    user = a_member(date_joined=timezone.now() - timedelta(days=30))
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    there = reverse("mfa_deactivate_totp")
    asked = client.get(there)
    assert asked.url == f"{reverse('mfa_reauthenticate')}?next={quote(there, safe='')}"
    back = client.post(asked.url, {"code": the_code(secret_of(user))})

    assert back.url == there
    assert client.get(back.url).status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=5, seconds=1))
    assert client.get(back.url).status_code == 302


# --- Losing a right works on the next request ----------------------------------------------------


def end(held: Any) -> None:
    held.ends_on = today() - timedelta(days=1)
    held.save()


def test_a_role_that_ended_opens_nothing_from_the_next_request_on(client: Client) -> None:
    user = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200

    end(user.roles.get())

    assert client.get(reverse("admin:index")).status_code == 302
    assert client.get(reverse("admin:login")).status_code == 403


@pytest.mark.parametrize("who", STAFF)
def test_who_no_longer_works_here_needs_no_second_factor_from_the_next_request_on(
    client: Client, who: str
) -> None:
    user = STAFF[who]()
    client.force_login(user)
    assert client.get(reverse("home:waiting")).status_code == 302

    for kind in (ProgrammeRole, SiteManager, Mandate):
        for held in kind.objects.filter(user=user):
            end(held)
    for seat in Seat.objects.filter(held_by=user):
        end(seat)

    assert client.get(reverse("home:waiting")).status_code == 200


def test_a_role_begins_on_its_day(client: Client) -> None:
    user = UserFactory()
    ProgrammeRole.objects.create(
        user=user,
        role=ProgrammeRole.Role.ADMINISTRATOR,
        starts_on=today() + timedelta(days=1),
    )

    assert not user.is_staff


def test_a_session_that_never_gave_a_code_opens_nothing_once_there_is_one(client: Client) -> None:
    """A thief's older session is not lifted up when its owner sets up the second step."""
    user = a_member()
    sign_in_by_code(client, user.email)
    ProgrammeRole.objects.create(
        user=user, role=ProgrammeRole.Role.LISTENING_EDITOR, starts_on=LONG_AGO
    )
    TOTP.activate(user, generate_totp_secret())
    there = reverse("listening:responses")

    asked = client.get(there)
    posted = client.post(there)
    client.post(asked.url, {"code": the_code(secret_of(user)), "next": there})

    assert asked.url == f"{reverse('mfa_reauthenticate')}?next={quote(there, safe='')}"
    assert posted.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(there).status_code == 200


@pytest.mark.parametrize(("minutes", "goes_on"), [(29, True), (31, False)])
def test_staff_who_leave_the_browser_alone_sign_in_again(
    client: Client, time_machine: Any, minutes: int, goes_on: bool
) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    user = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    there = reverse("home:waiting")

    time_machine.move_to(now + timedelta(minutes=20), tick=False)
    assert client.get(there).status_code == 200
    time_machine.move_to(now + timedelta(minutes=20 + minutes), tick=False)
    answer = client.get(there)

    assert answer.status_code == (200 if goes_on else 302)
    assert is_signed_in(client) == goes_on
    if not goes_on:
        assert answer.url == f"{reverse('account_login')}?next={there}"
        said = client.get(answer.url).content.decode()
        assert "You were away for half an hour. Sign in again to go on." in said


def test_members_of_groups_stay_signed_in_while_they_are_away(
    client: Client, time_machine: Any
) -> None:
    client.force_login(NOT_STAFF["member"]())

    time_machine.move_to(timezone.now() + timedelta(hours=3))

    assert client.get(reverse("home:waiting")).status_code == 200


def test_what_staff_typed_on_a_page_left_open_is_still_taken(
    client: Client, time_machine: Any
) -> None:
    user = a_person_with(ProgrammeRole.Role.PROGRAMME_STAFF)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    pledge = PledgeFactory()

    time_machine.move_to(timezone.now() + timedelta(hours=2))
    answer = client.post(
        reverse("pledges:write_update", args=[pledge.reference]), {"what_changed": ""}
    )

    assert answer.status_code == 422
    assert client.get(reverse("home:waiting")).status_code == 302


def test_without_password_or_second_step_changing_the_address_asks_to_sign_in_anew(
    client: Client, time_machine: Any
) -> None:
    user = a_member(date_joined=timezone.now() - timedelta(days=30))
    sign_in_by_code(client, user.email)
    there = reverse("account_email")
    assert client.get(there).status_code == 200

    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    answer = client.post(there, {"action_add": "", "email": "thief@example.org"})

    assert answer.url == f"{reverse('account_login')}?next={there}"
    assert not is_signed_in(client)
    assert letters_to("thief@example.org") == []


NO_CREDENTIALS = [
    "",
    "{",
    "7",
    "[]",
    "null",
    '{"id": 1}',
    "[" * 10_000,
    '"' + "x" * 50_000 + '"',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "////"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "MQ",'
    ' "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA",'
    ' "attestationObject": "AA"}}',
]


@pytest.mark.parametrize("credential", NO_CREDENTIALS, ids=range(len(NO_CREDENTIALS)))
def test_what_no_passkey_would_say_is_refused_on_every_page_that_takes_one(
    client: Client, credential: str
) -> None:
    typed = {"credential": credential, "name": "Mine"}
    client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    by_passkey = client.post(reverse("mfa_login_webauthn"), typed)
    user = a_member()
    TOTP.activate(user, generate_totp_secret())
    sign_in_by_code(client, user.email)
    second_step = client.post(reverse("mfa_authenticate"), typed)
    client.post(reverse("mfa_authenticate"), {"code": the_code(secret_of(user))})
    client.get(reverse("mfa_add_webauthn"))
    added = client.post(reverse("mfa_add_webauthn"), typed)
    again = client.post(reverse("mfa_reauthenticate_webauthn"), typed)

    assert by_passkey.status_code == 302  # back to the page for signing in
    assert [second_step.status_code, added.status_code] == [422, 422]
    assert again.status_code in {302, 422}
    assert Authenticator.objects.get().type == "totp"
