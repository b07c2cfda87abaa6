"""A resident with a browser: what they see in a page is all they can send back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.factories.anchors import BoroughFactory
from tests.factories.listening import an_open_campaign

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Resident:
    """Somebody without an account, and the page in front of them."""

    client: Client
    clock: time_machine.Traveller
    page: HttpResponse | None = None

    @property
    def text(self) -> str:
        assert self.page is not None
        return unescape(self.page.content.decode())

    @property
    def draft(self) -> str:
        found = re.search(r'name="draft" value="([^"]*)"', self.text)
        assert found, self.text
        return found[1]

    @property
    def code(self) -> str:
        return "".join(re.findall(r'app-code__group">(\w{4})<', self.text))

    @property
    def errors(self) -> list[str]:
        form = self.page.context["form"]
        return [str(error) for errors in form.errors.values() for error in errors]

    def later(self, **time: float) -> None:
        self.clock.shift(timedelta(**time))

    def start(self, campaign, language="en") -> None:
        self.post("answer", campaign=campaign.slug, start=language)

    def step(self, go="next", **typed: str) -> None:
        """Press a button of the page, with what was typed."""
        self.later(seconds=2)
        self.post("answer", draft=self.draft, go=go, **typed)

    def send(self, **typed: str) -> None:
        self.later(seconds=2)
        self.post("sent", draft=self.draft, **typed)

    def post(self, name: str, **sent: str) -> None:
        self.page = self.client.post(reverse(f"listening:{name}"), sent)

    def answer_all(self, campaign, language="en", words="The lift is broken a lot.") -> None:
        """From the start to the page of the check."""
        self.start(campaign, language)
        self.step(answer="25-34")
        self.step(answer=words)
        self.step(go="skip")
        self.step(answer="lewisham")


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def resident(client, clock, db):
    BoroughFactory(name="Lewisham")
    BoroughFactory(name="Southwark")
    return Resident(client, clock)


@pytest.fixture
def campaign(db):
    return an_open_campaign("en", "es", "pt")
