"""A post office of our own: a real SMTP server on this machine that keeps what it was given."""

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
    """`refuse` may answer an SMTP line for a letter instead of taking it."""

    refuse: Callable[[Letter], str | None] = lambda letter: None
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        content = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(content, EmailMessage)
        letter = Letter(list(envelope.rcpt_tos), content)
        # In a thread of its own, because it may look into the database.
        refused = await asyncio.to_thread(self.refuse, letter)
        if refused:
            return refused
        with self.lock:
            self.letters.append(letter)
        return "250 OK"

    @property
    def message_ids(self) -> list[str]:
        with self.lock:
            return [letter.message_id for letter in self.letters]


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
