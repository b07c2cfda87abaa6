"""Signing up, signing in and out, by the pages themselves."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications.models import Message
from tests.accounts.post import code_in, letters_to, sign_in_by_code
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"


def a_member(email: str = "amina@example.org", **facts: Any) -> User:
    """Somebody with a confirmed address, as after sign-up."""
    user: User = UserFactory(email=email, **facts)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("account_logout")).status_code == 200


def sign_up(browser: Client, email: str, **more: str) -> Any:
    typed = {"name": "Amina Yusuf", "email": email, "password1": "", **more}
    return browser.post(reverse("account_signup"), typed)


def without_tokens(page: Any) -> str:
    """A page as people read it: what differs on every visit is taken out."""
    text = re.sub(r'nonce="[^"]*"', "", page.content.decode())
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_a_newcomer_signs_up_with_a_name_and_a_code_and_no_password(client: Client) -> None:
    answer = sign_up(client, "amina@example.org")
    assert answer.url == reverse("account_email_verification_sent")
    letter = letters_to("amina@example.org")[0]

    done = client.post(answer.url, {"code": code_in(letter)})

    assert done.url == reverse("home:waiting")
    person = User.objects.get()
    assert (person.email, person.name, person.language) == (
        "amina@example.org",
        "Amina Yusuf",
        "en",
    )
    assert not person.has_usable_password()
    assert EmailAddress.objects.get().verified
    assert is_signed_in(client)


def test_somebody_who_reads_spanish_is_written_to_in_spanish(client: Client, settings: Any) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"

    sign_up(client, "amina@example.org")

    assert User.objects.get().language == "es"
    assert letters_to("amina@example.org")[0].language == "es"


def test_a_name_typed_by_a_stranger_is_not_sent_to_an_unconfirmed_address(client: Client) -> None:
    sign_up(client, "amina@example.org", name="Win money at evil.example")

    [letter] = letters_to("amina@example.org")
    assert "evil.example" not in letter.subject + letter.body


def test_a_code_is_the_ordinary_way_in(client: Client) -> None:
    a_member()

    asked = client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})
    assert asked.url == reverse("account_confirm_login_code")
    [letter] = letters_to("amina@example.org")
    done = client.post(asked.url, {"code": code_in(letter).lower().replace("-", " ")})

    assert done.url == reverse("home:waiting")
    assert is_signed_in(client)


def test_a_password_is_another_way_in(client: Client) -> None:
    person = a_member()
    person.set_password(PASSWORD)
    person.save()

    done = client.post(
        reverse("account_login"), {"login": "Amina@Example.org", "password": PASSWORD}
    )

    assert done.url == reverse("home:waiting")
    assert is_signed_in(client)


def test_the_way_in_leads_back_to_the_page_that_was_asked_for(client: Client) -> None:
    a_member()
    entrance = client.get(reverse("account_email")).url
    assert entrance == f"{reverse('account_login')}?next={reverse('account_email')}"

    asked = client.post(entrance, {"login": "amina@example.org", "password": ""})
    done = client.post(asked.url, {"code": code_in(letters_to("amina@example.org")[0])})

    assert done.url == reverse("account_email")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example"],
)
def test_the_way_in_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    a_member()

    asked = client.post(
        f"{reverse('account_login')}?next={elsewhere}",
        {"login": "amina@example.org", "password": "", "next": elsewhere},
    )
    done = client.post(asked.url, {"code": code_in(letters_to("amina@example.org")[0])})

    assert done.url == reverse("home:waiting")


def test_a_wrong_code_may_be_corrected_twice_and_then_a_new_one_is_needed(client: Client) -> None:
    a_member()
    asked = client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})

    tries = [client.post(asked.url, {"code": "AAAA-AAAA"}) for _try in range(3)]

    assert [one.status_code for one in tries] == [422, 422, 302]
    assert "That code is not right" in tries[0].content.decode()
    code = code_in(letters_to("amina@example.org")[0])
    client.post(asked.url, {"code": code})
    assert not is_signed_in(client)


def test_a_code_is_dead_after_fifteen_minutes(client: Client, time_machine: Any) -> None:
    a_member()
    asked = client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})
    [letter] = letters_to("amina@example.org")

    time_machine.move_to(timezone.now() + timedelta(minutes=15, seconds=1))
    client.post(asked.url, {"code": code_in(letter)})

    assert not is_signed_in(client)


def test_a_new_code_can_be_asked_for_on_the_same_page(client: Client) -> None:
    a_member()
    asked = client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})

    client.post(asked.url, {"action": "resend"})
    old, new = letters_to("amina@example.org")
    client.post(asked.url, {"code": code_in(old)})
    assert not is_signed_in(client)
    client.post(asked.url, {"code": code_in(new)})

    assert is_signed_in(client)


@pytest.mark.parametrize("way", ["account_login", "account_request_login_code"])
def test_nobody_learns_from_the_way_in_who_has_an_account(client: Client, way: str) -> None:
    a_member("known@example.org")
    pages = []
    for address in ("known@example.org", "stranger@example.org"):
        browser = Client()
        name = "login" if way == "account_login" else "email"
        asked = browser.post(reverse(way), {name: address, "password": ""})
        page = without_tokens(browser.get(asked.url)).replace(address, "")
        pages.append((asked.status_code, asked.url, page))

    assert pages[0] == pages[1]
    [letter] = letters_to("stranger@example.org")
    assert letter.subject == "You do not have an account with this address"
    assert "/accounts/signup/" in letter.body


def test_nobody_learns_from_signing_up_who_has_an_account(client: Client) -> None:
    a_member("known@example.org")
    pages = []
    for address in ("known@example.org", "new@example.org"):
        browser = Client()
        asked = sign_up(browser, address, password1=PASSWORD)
        page = without_tokens(browser.get(asked.url)).replace(address, "")
        pages.append((asked.status_code, asked.url, page))

    assert pages[0] == pages[1]
    [letter] = letters_to("known@example.org")
    assert letter.subject == "You already have an account"
    assert User.objects.filter(email="known@example.org").count() == 1


def test_nobody_learns_from_a_forgotten_password_who_has_an_account(client: Client) -> None:
    a_member("known@example.org")
    pages = []
    for address in ("known@example.org", "stranger@example.org"):
        browser = Client()
        asked = browser.post(reverse("account_reset_password"), {"email": address})
        page = without_tokens(browser.get(asked.url)).replace(address, "")
        pages.append((asked.status_code, asked.url, page))

    assert pages[0] == pages[1]


def test_a_forgotten_password_is_replaced_with_a_code(client: Client) -> None:
    person = a_member()
    person.set_password("an old long password")
    person.save()
    elsewhere = Client()
    elsewhere.force_login(person)

    asked = client.post(reverse("account_reset_password"), {"email": "amina@example.org"})
    [letter] = letters_to("amina@example.org")
    confirmed = client.post(asked.url, {"code": code_in(letter)})
    done = client.post(confirmed.url, {"password1": PASSWORD, "password2": PASSWORD})

    assert done.url == reverse("account_password_reset_completed")
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert [letter.subject for letter in letters_to("amina@example.org")] == [
        "Your code to choose a new password",
        "Your password was changed",
    ]
    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "This password is too short."),
        ("123456789abc", "This password is too common."),
        ("amina@example.org", "too similar"),
        ("a" * 128, ""),
        ("   spaces are kept   ", ""),
    ],
)
def test_passwords_are_long_uncommon_and_otherwise_free(
    client: Client, password: str, words: str
) -> None:
    page = sign_up(client, "amina@example.org", password1=password)

    if words:
        assert page.status_code == 422
        assert words in page.content.decode()
    else:
        assert page.status_code == 302
        person = User.objects.get()
        assert person.check_password(password)
        assert person.password.startswith("argon2$argon2id$")


def test_everything_typed_comes_back_with_what_was_wrong(client: Client) -> None:
    page = sign_up(client, "not an address", name="Amina Yusuf")

    assert page.status_code == 422
    text = page.content.decode()
    assert 'value="not an address"' in text
    assert 'value="Amina Yusuf"' in text
    assert "Enter an e-mail address like name@example.com" in text
    assert "<title>Error: Make an account" in text


def test_signing_out_ends_the_session_on_the_server(client: Client, settings: Any) -> None:
    client.force_login(a_member())
    old = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.post(reverse("account_logout"))

    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = old
    assert not is_signed_in(thief)


def test_a_link_cannot_sign_anybody_out(client: Client) -> None:
    client.force_login(a_member())

    client.get(reverse("account_logout"))

    assert is_signed_in(client)


def test_a_planted_session_does_not_survive_the_sign_in(client: Client, settings: Any) -> None:
    a_member()
    client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})
    planted = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.post(
        reverse("account_confirm_login_code"),
        {"code": code_in(letters_to("amina@example.org")[0])},
    )

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_session_ends_after_eight_hours_and_with_the_browser(
    client: Client, time_machine: Any, settings: Any
) -> None:
    a_member()
    sign_in_by_code(client, "amina@example.org")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert is_signed_in(client)

    time_machine.move_to(timezone.now() + timedelta(hours=8, seconds=5))

    assert not is_signed_in(client)


def test_a_new_password_signs_out_every_other_place(client: Client) -> None:
    person = a_member()
    person.set_password("an old long password")
    person.save()
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post(
            reverse("account_login"),
            {"login": person.email, "password": "an old long password"},
        )
    assert is_signed_in(elsewhere)

    client.post(
        reverse("account_change_password"),
        {"oldpassword": "an old long password", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert not is_signed_in(elsewhere)


def test_the_other_places_can_be_signed_out_by_hand(client: Client) -> None:
    a_member()
    elsewhere = Client()
    for browser in (client, elsewhere):
        sign_in_by_code(browser, "amina@example.org")
    page = client.get(reverse("usersessions_list")).content.decode()
    assert (page.count("This device"), page.count("Another device")) == (1, 1)

    client.post(reverse("usersessions_list"))

    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)


def test_a_closed_account_loses_every_session_on_the_next_request(client: Client) -> None:
    person = a_member()
    elsewhere = Client()
    for browser in (client, elsewhere):
        sign_in_by_code(browser, person.email)
        assert is_signed_in(browser)

    User.objects.filter(pk=person.pk).update(is_active=False)

    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)
    sign_in_by_code_is_refused = Client()
    sign_in_by_code_is_refused.post(
        reverse("account_login"), {"login": person.email, "password": ""}
    )
    assert letters_to(person.email)[-1].subject == "You do not have an account with this address"


def test_a_new_address_takes_over_only_after_its_code(client: Client) -> None:
    person = a_member()
    sign_in_by_code(client, person.email)

    asked = client.post(reverse("account_email"), {"email": "new@example.org", "action_add": "1"})
    person.refresh_from_db()
    assert person.email == "amina@example.org"
    client.post(asked.url, {"code": code_in(letters_to("new@example.org")[0])})

    person.refresh_from_db()
    assert person.email == "new@example.org"
    assert [(one.email, one.primary) for one in EmailAddress.objects.all()] == [
        ("new@example.org", True)
    ]
    assert "Your e-mail address was changed" in [
        letter.subject for letter in letters_to("amina@example.org")
    ]


def test_every_account_letter_is_private_and_does_not_outlive_its_use(client: Client) -> None:
    a_member()
    client.post(reverse("account_login"), {"login": "amina@example.org", "password": ""})
    Client().post(reverse("account_login"), {"login": "stranger@example.org", "password": ""})

    code, news = Message.objects.order_by("pk")
    assert (code.is_private, news.is_private) == (True, True)
    assert code.valid_until
    assert news.valid_until
    assert code.valid_until - code.next_try_at == timedelta(minutes=15)
    assert news.valid_until - news.next_try_at == timedelta(days=3)
    assert code.once != news.once
    assert code.next_try_at <= timezone.now()


def test_a_letter_is_plain_text_with_a_plain_subject(client: Client, settings: Any) -> None:
    a_member(name="Ms O'Brien")
    client.post(
        reverse("account_login"),
        {"login": "amina@example.org", "password": ""},
        headers={"Host": "testserver"},
    )

    [letter] = letters_to("amina@example.org")
    assert letter.subject == "Your code to sign in"
    assert letter.body == (
        "Hello Ms O'Brien,\n\n"
        "Here is your code to sign in:\n\n"
        f"{code_in(letter)}\n\n"
        "Type it into the page that you have open. It works for 15 minutes.\n\n"
        "Never give this code to anybody. We will never ask you for it on the phone.\n\n"
        "If it was not you, you do not need to do anything. "
        "Nobody can use your address without this code.\n\n\n"
        "From the Anchor System programme\n"
    )


def test_links_in_letters_lead_to_our_own_address_whatever_the_browser_says(
    client: Client, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post(
        reverse("account_login"),
        {"login": "stranger@example.org", "password": ""},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )

    [letter] = letters_to("stranger@example.org")
    assert f"{settings.SITE_ADDRESS}{reverse('account_signup')}" in letter.body
    assert "evil.example" not in letter.body
