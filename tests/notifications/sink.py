"""A post office of our own: a real SMTP server on this machine that keeps what it was given.

Loaded as a plugin by conftest, for its fixture.
"""

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session


@dataclass
class Letter:
    recipients: list[str]
    content: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.content["Message-ID"])


@dataclass
class PostOffice:
    """`refuse` may answer an SMTP line for a letter instead of taking it.

    `at_the_door` is how long each letter waits after its recipient was named and before its words
    are taken: whoever dies then has sent nothing.
    """

    refuse: Callable[[Letter], str | None] = lambda letter: None
    at_the_door: float = 0.0
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0
    knocks: int = 0
    port: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        with self.changed:
            self.knocks += 1
            self.changed.notify_all()
        if self.at_the_door:
            await asyncio.sleep(self.at_the_door)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        content = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(content, EmailMessage)
        letter = Letter(list(envelope.rcpt_tos), content)
        # In a thread of its own, because it may look into the database.
        refused = await asyncio.to_thread(self.refuse, letter)
        if refused:
            return refused
        with self.changed:
            self.letters.append(letter)
            self.changed.notify_all()
        return "250 OK"

    @property
    def message_ids(self) -> list[str]:
        with self.changed:
            return [letter.message_id for letter in self.letters]

    @property
    def told(self) -> set[str]:
        """The letters that arrived, a repeat counted once."""
        return set(self.message_ids)

    def wait_for_letters(self, at_least: int, *, seconds: float = 60) -> bool:
        """Wait until so many different letters arrived; False when that took too long."""
        return self._wait(
            lambda: len({letter.message_id for letter in self.letters}) >= at_least, seconds
        )

    def wait_for_one_more(self, *, seconds: float = 60) -> bool:
        already = len(self.message_ids)
        return self._wait(lambda: len(self.letters) > already, seconds)

    def wait_for_a_knock(self, *, seconds: float = 60) -> bool:
        """Wait until a letter is at the door, its words not yet taken."""
        already = self.knocks
        return self._wait(lambda: self.knocks > already, seconds)

    def _wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        with self.changed:
            return self.changed.wait_for(enough, timeout=seconds)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    """A real post office on this machine, and the portal's mail going there."""
    with post_office() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = office.port
        settings.EMAIL_TIMEOUT = 2
        yield office
