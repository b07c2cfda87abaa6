"""Signing in as people do it: in a browser, with a device that holds passkeys, on a small screen."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import ProgrammeRole, User
from core.clock import today
from tests.accounts.post import code_in, letters_to
from tests.accounts.test_second_factor import secret_of, the_code
from tests.accounts.test_sign_in import PASSWORD, a_member
from tests.browsers import NARROW, WIDE, axe_faults, sideways_scroll, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Visit:
    """One person at one browser, and everything that was wrong on the pages they saw."""

    def __init__(self, page: Page, complaints: list[str], address: str) -> None:
        self.page, self.faults, self.address = page, complaints, address

    def go(self, name: str) -> None:
        self.page.goto(self.address + reverse(name))

    def look(self, heading: str) -> None:
        """Be on this page, and find nothing wrong with it at any width."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)
            self.faults += [f"{heading}: {fault}" for fault in axe_faults(self.page)]
            if sideways_scroll(self.page):
                self.faults.append(f"{heading} scrolls sideways at {size['width']}")

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def sign_in_by_code(self, email: str) -> None:
        self.go("account_login")
        self.look("Sign in")
        self.fill("What is your e-mail address?", email)
        self.press("Sign in")
        self.look("Check your e-mail")
        self.fill("What is the code in the e-mail?", code_in(letters_to(email)[-1]))
        self.press("Go on")

    def sign_out(self) -> None:
        self.go("account_logout")
        self.look("Sign out")
        self.page.get_by_role("main").get_by_role("button", name="Sign out").click()
        self.page.wait_for_url(self.address + reverse("home:home"))


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=WIDE)
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, live_server: Any, pytestconfig: Any) -> Visit:
    page, complaints = watched_page(context, live_server.url)
    return Visit(page, complaints, live_server.url)


def give_a_device(page: Page) -> None:
    """A device with a fingerprint reader that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_newcomer_makes_an_account_adds_a_passkey_and_signs_in_with_it(visit: Visit) -> None:
    give_a_device(visit.page)
    visit.go("account_signup")
    visit.look("Make an account")
    visit.press("Make an account")
    visit.look("Make an account")
    expect(visit.page.get_by_role("link", name="Enter your name")).to_be_visible()
    visit.fill("What is your name?", "Amina Yusuf")
    visit.fill("What is your e-mail address?", "amina@example.org")
    visit.press("Make an account")
    visit.look("Check your e-mail")
    visit.fill("What is the code in the e-mail?", code_in(letters_to("amina@example.org")[0]))
    visit.press("Go on")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))

    visit.go("mfa_index")
    visit.look("The second step to sign in")
    visit.press("Set up a passkey")
    visit.look("Set up a passkey")
    visit.fill("What will you call this passkey?", "My laptop")
    visit.press("Set up the passkey")
    visit.look("Your spare codes")
    assert visit.page.locator(".app-codes li").count() == 10
    visit.go("mfa_list_webauthn")
    visit.look("Your passkeys")
    expect(visit.page.get_by_text("My laptop").first).to_be_visible()

    visit.sign_out()
    visit.go("account_login")
    visit.press("Sign in with a passkey")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))

    assert visit.faults == []
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_staff_set_up_an_app_and_need_it_from_then_on(visit: Visit) -> None:
    ben = a_member("ben@example.org")
    ProgrammeRole.objects.create(
        user=ben, role=ProgrammeRole.Role.PROGRAMME_STAFF, starts_on=today()
    )
    visit.sign_in_by_code("ben@example.org")
    visit.look("The second step to sign in")
    visit.press("Set up an app")
    visit.look("Set up an app with codes")
    visit.page.get_by_text("I cannot use the camera").click()
    secret = visit.page.locator(".app-key").inner_text()
    visit.fill("What is the code in your app?", "000000")
    visit.press("Set up the app")
    visit.look("Set up an app with codes")
    visit.fill("What is the code in your app?", the_code(secret))
    visit.press("Set up the app")
    visit.look("Your spare codes")
    visit.press("I have kept them. Go on")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))
    visit.sign_out()

    visit.sign_in_by_code("ben@example.org")
    visit.look("The second step")
    visit.fill("What is the code in your app?", the_code(secret, ahead=0))
    visit.press("Sign in")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))

    assert visit.faults == []


def test_a_passkey_serves_as_the_second_step_and_shows_who_you_are(visit: Visit) -> None:
    give_a_device(visit.page)
    a_member("ben@example.org")
    visit.sign_in_by_code("ben@example.org")
    visit.go("mfa_add_webauthn")
    visit.page.get_by_label("Let me sign in with this passkey alone").uncheck()
    visit.press("Set up the passkey")
    visit.look("Your spare codes")
    visit.sign_out()

    visit.sign_in_by_code("ben@example.org")
    visit.look("The second step")
    visit.press("Use my passkey")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))
    visit.go("mfa_reauthenticate_webauthn")
    visit.look("Show us that it is you")
    visit.press("Use my passkey")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))

    assert visit.faults == []


def test_a_device_that_gives_no_passkey_is_explained(visit: Visit) -> None:
    give_a_device(visit.page)
    visit.go("account_login")

    visit.press("Sign in with a passkey")

    expect(
        visit.page.get_by_text("That did not work: your device gave us no passkey.")
    ).to_be_visible()
    visit.look("Sign in")
    assert visit.faults == []


def test_without_javascript_a_code_and_an_app_are_enough(
    chromium: Browser, live_server: Any
) -> None:
    ben = a_member("ben@example.org")
    TOTP.activate(ben, generate_totp_secret())
    context = chromium.new_context(java_script_enabled=False, viewport=NARROW)
    page, complaints = watched_page(context, live_server.url)
    page.goto(live_server.url + reverse("account_login"))
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.get_by_label("What is your e-mail address?").fill("ben@example.org")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("What is the code in the e-mail?").fill(
        code_in(letters_to("ben@example.org")[0])
    )
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("What is the code in your app?").fill(the_code(secret_of(ben)))
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_url(live_server.url + reverse("home:waiting"))
    context.close()
    assert complaints == []


def test_every_other_page_of_an_account_is_usable(visit: Visit) -> None:
    ben = a_member("ben@example.org")
    visit.sign_in_by_code("ben@example.org")
    for name, heading in (
        ("account_set_password", "Choose a password"),
        ("account_email", "Your e-mail address"),
        ("usersessions_list", "Where you are signed in"),
        ("account_inactive", "This account is closed"),
        ("account_password_reset_completed", "Your password is changed"),
    ):
        visit.go(name)
        visit.look(heading)
    visit.go("account_email")
    visit.fill("What is your new e-mail address?", "new@example.org")
    visit.press("Send a code to the new address")
    visit.look("Check your e-mail")

    visit.go("account_set_password")
    visit.page.get_by_label("What is your new password?").fill(PASSWORD)
    visit.page.get_by_label("Type it again").fill(PASSWORD)
    visit.press("Keep this password")
    visit.page.wait_for_url(re.compile("/accounts/login/"))
    assert User.objects.get(pk=ben.pk).check_password(PASSWORD)
    visit.page.context.clear_cookies()

    visit.go("account_login")
    visit.page.get_by_text("Use a password instead").click()
    visit.fill("What is your e-mail address?", "ben@example.org")
    visit.page.get_by_label("What is your password?").fill("not this one")
    visit.press("Sign in")
    visit.look("Sign in")
    visit.page.get_by_label("What is your password?").fill(PASSWORD)
    visit.press("Sign in")
    visit.page.wait_for_url(visit.address + reverse("home:waiting"))
    visit.go("account_change_password")
    visit.look("Change your password")
    visit.page.context.clear_cookies()

    visit.go("account_reset_password")
    visit.look("Choose a new password")
    visit.fill("What is your e-mail address?", "ben@example.org")
    visit.press("Send me a code")
    visit.look("Check your e-mail")
    visit.fill("What is the code in the e-mail?", code_in(letters_to("ben@example.org")[-1]))
    visit.press("Go on")
    visit.look("Choose a new password")
    visit.page.context.clear_cookies()
    visit.go("account_request_login_code")
    visit.look("Get a code by e-mail")

    assert visit.faults == []
