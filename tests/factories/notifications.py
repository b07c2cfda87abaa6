from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from notifications.models import Message

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    address = factory.Sequence(lambda number: f"reader{number}@example.org")
    subject = factory.Sequence(lambda number: f"Letter {number}")
    body = "Hello,\n\nThe room is yours.\n"
    once = factory.Sequence(lambda number: f"test.letter:{number}")
    next_try_at = NOW
