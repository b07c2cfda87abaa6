"""Ways a letter can leave. `settings.NOTIFICATIONS_SENDER` names the one in use.

A second way (GOV.UK Notify, say) is one more class with the two methods of `Sender`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from email.mime.text import MIMEText
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from notifications.calendar import each_file
from notifications.models import Message


class Away(Exception):
    """The post office itself does not answer. No fault of the letter that happened to be next."""


class Sender(Protocol):
    """One run of sending. Used by one worker at a time."""

    def send(self, message: Message) -> None:
        """Hand the letter over; returns when it was taken.

        Raises Away when nobody can be reached at all, and anything else when this letter failed.
        """

    def close(self) -> None:
        """Hang up. May be called at any time; the next `send` dials again."""


@contextmanager
def opened() -> Iterator[Sender]:
    """The sender of the settings, for one run."""
    sender: Sender = import_string(settings.NOTIFICATIONS_SENDER)()
    try:
        yield sender
    finally:
        sender.close()


class SmtpSender:
    """Sends through Django's mail settings, with one connection for a whole run."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, message: Message) -> None:
        self._dial().send_messages([as_email(message)])

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _dial(self) -> BaseEmailBackend:
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except OSError as problem:
                raise Away from problem
            self._connection = connection
        return self._connection


def as_email(message: Message) -> EmailMessage:
    """The letter as it leaves: to one person, plain text, and the same name on every copy."""
    email = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.address],
        headers={
            "Message-ID": message.message_id,
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
        },
    )
    files = each_file(message.calendar)
    for number, text in enumerate(files, 1):
        name = "invite.ics" if len(files) == 1 else f"invite-{number}.ics"
        email.attach(_calendar_part(text, message.calendar_method, name))
    return email


def _calendar_part(text: str, method: str, name: str) -> MIMEText:
    # Diaries act on the method only when the part repeats it (RFC 6047).
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part
