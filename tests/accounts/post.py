"""Reading what the outbox holds for somebody, as they would read it in their mailbox."""

import re

from django.test import Client
from django.urls import reverse

from notifications.models import Message


def letters_to(address: str) -> list[Message]:
    return list(Message.objects.filter(address=address).order_by("pk"))


def code_in(letter: Message) -> str:
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", letter.body, re.MULTILINE)
    assert found, letter.body
    return found[0]


def sign_in_by_code(browser: Client, address: str) -> None:
    """Go through the pages that most people sign in by."""
    browser.post(reverse("account_login"), {"login": address, "password": ""})
    code = code_in(letters_to(address)[-1])
    browser.post(reverse("account_confirm_login_code"), {"code": code})
