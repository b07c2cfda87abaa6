"""Every page of the sign-in library wears our clothes and keeps our rules, for everybody."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from accounts.models import ProgrammeRole, User
from core.clock import today
from tests.accounts.test_sign_in import PASSWORD, a_member
from tests.addresses import every_address

pytestmark = pytest.mark.django_db


def a_newcomer() -> User:
    return a_member()


def somebody_with_a_password() -> User:
    user = a_member()
    user.set_password(PASSWORD)
    user.save()
    return user


def staff() -> User:
    user = somebody_with_a_password()
    ProgrammeRole.objects.create(
        user=user, role=ProgrammeRole.Role.PROGRAMME_STAFF, starts_on=today()
    )
    TOTP.activate(user, generate_totp_secret())
    return user


def staff_without_a_second_step() -> User:
    user = somebody_with_a_password()
    ProgrammeRole.objects.create(
        user=user, role=ProgrammeRole.Role.PROGRAMME_STAFF, starts_on=today()
    )
    return user


WHO: dict[str, Callable[[], User | None]] = {
    "visitor": lambda: None,
    "newcomer": a_newcomer,
    "somebody with a password": somebody_with_a_password,
    "staff": staff,
    "staff without a second step": staff_without_a_second_step,
}


def account_addresses() -> dict[str, str]:
    found = {}
    for name, arguments in every_address().items():
        if name.startswith(("account_", "mfa_", "usersessions_")):
            given = dict.fromkeys(arguments, 1)
            if name == "account_confirm_email":
                given = {"key": "a-key"}
            found[name] = reverse(name, kwargs=given)
    return found


def strange_scripts(html: str) -> list[str]:
    """Script tags that the policy would stop, or that it should not need to let through."""
    return [
        tag
        for tag in re.findall(r"<script[^>]*>", html)
        if not re.search(r'src="/static/|nonce="[^"]+"|type="application/json"', tag)
    ]


def jargon_on(html: str) -> list[str]:
    """Words of the trade among the words that people read."""
    read = re.sub(r"<script.*?</script>|<[^>]*>", " ", html, flags=re.DOTALL)
    # Alone, because a secret key is drawn by lot and may hold the letters of any.
    return re.findall(
        r"\b(?:reauthenticat\w*|credential\w*|two-factor|TOTP|2FA|verif\w*)\b", read, re.I
    )


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", WHO)
def test_every_account_page_wears_our_clothes(client: Client, who: str, method: str) -> None:
    addresses = account_addresses()
    assert len(addresses) > 25
    for name, address in addresses.items():
        if name == "account_logout" and method == "post":
            continue  # It would end the walk; signing out has tests of its own.
        if (user := User.objects.first() or WHO[who]()) is not None:
            client.force_login(user)

        page = getattr(client, method)(address)

        assert page.status_code in {200, 302, 403, 404, 405, 422}, name
        if page.status_code in {200, 422} and page.headers["Content-Type"].startswith("text/html"):
            html = page.content.decode()
            assert len(re.findall("<h1", html)) == 1, name
            assert "app-header" in html, name
            assert "placeholder=" not in html, name
            assert " style=" not in html, name
            assert re.findall(r"\son[a-z]+=", html) == [], name
            assert strange_scripts(html) == [], name
            assert jargon_on(html) == [], name


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/2fa/recovery-codes/download/"])
def test_addresses_that_people_guess_answer_in_order(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    client.force_login(a_member())
    assert client.get(path).status_code in {302, 404}
