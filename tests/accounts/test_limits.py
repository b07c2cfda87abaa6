"""Guessing is hopeless, whoever says what about their address."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.test_sign_in import PASSWORD, a_member, is_signed_in

pytestmark = pytest.mark.django_db


def guess(browser: Client, password: str, email: str = "amina@example.org", **headers: str):
    typed = {"login": email, "password": password}
    return browser.post(reverse("account_login"), typed, headers=headers)


def test_five_wrong_passwords_shut_the_account_for_everybody_who_guesses(client: Client) -> None:
    person = a_member()
    person.set_password(PASSWORD)
    person.save()

    tries = [
        guess(Client(REMOTE_ADDR=f"192.0.2.{number}"), "wrong password", **forged)
        for number, forged in enumerate(
            [{}, {"X-Forwarded-For": "198.51.100.7"}, {"X-Real-IP": "198.51.100.8"}, {}, {}]
        )
    ]
    right_but_too_late = guess(client, PASSWORD)

    assert [one.status_code for one in tries] == [422] * 5
    assert "do not go together" in tries[4].content.decode()
    assert right_but_too_late.status_code == 422
    assert "Wait 5 minutes" in right_but_too_late.content.decode()
    assert not is_signed_in(client)


def test_the_true_owner_still_gets_in_by_a_code(client: Client) -> None:
    a_member()
    for _try in range(6):
        guess(Client(), "wrong password")

    asked = guess(client, "")

    assert asked.url == reverse("account_confirm_login_code")


def test_one_address_shared_by_many_people_is_not_shut_by_one_forgetful_person(
    client: Client,
) -> None:
    for name in ("amina", "ben"):
        person = a_member(f"{name}@example.org")
        person.set_password(PASSWORD)
        person.save()
    for _try in range(6):
        guess(client, "wrong password", "amina@example.org")

    guess(client, PASSWORD, "ben@example.org")

    assert is_signed_in(client)


def test_thirty_tries_a_minute_from_one_place_are_answered_429_in_our_clothes(
    client: Client,
) -> None:
    answers = [guess(client, "wrong", f"p{number}@example.org") for number in range(31)]

    assert [answer.status_code for answer in answers[:30]] == [422] * 30
    last = answers[30]
    assert last.status_code == 429
    assert last.headers["Retry-After"] == "300"
    assert "There have been too many tries in a short time" in last.content.decode()


def test_a_place_behind_no_proxy_of_ours_cannot_name_another_address(client: Client) -> None:
    for number in range(30):
        guess(client, "wrong", f"p{number}@example.org", **{"X-Forwarded-For": f"10.0.0.{number}"})

    answer = guess(client, "wrong", "q@example.org", **{"X-Forwarded-For": "10.0.1.1"})

    assert answer.status_code == 429


def test_codes_are_not_sent_without_end(client: Client) -> None:
    a_member()
    answers = [
        Client().post(reverse("account_login"), {"login": "amina@example.org", "password": ""})
        for _try in range(4)
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert "Wait 5 minutes" in answers[3].content.decode()


def test_letters_for_a_forgotten_password_are_not_sent_without_end(client: Client) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": "amina@example.org"})
        for _try in range(4)
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
