from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from core.clock import london
from core.secret_links import hash_of
from events.models import Event, SignUp

SIX_PM = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)


class EventFactory(DjangoModelFactory):
    """An open evening with places for anybody."""

    class Meta:
        model = Event

    slug = factory.Sequence(lambda number: f"open-evening-{number}")
    title = factory.Sequence(lambda number: f"Open evening {number} (demo)")
    kind = Event.Kind.WORKSHOP
    starts_at = SIX_PM
    ends_at = factory.LazyAttribute(
        lambda event: event.starts_at + timedelta(hours=2) if event.starts_at else None
    )
    sorts_on = factory.LazyAttribute(lambda event: london(event.starts_at).date())
    mode = Event.Mode.IN_PERSON
    place = "The Hall (demo)"
    sign_up = Event.SignUpRule.OPEN


class SignUpFactory(DjangoModelFactory):
    """Somebody who has a place since long before the event."""

    class Meta:
        model = SignUp

    event = factory.SubFactory(EventFactory)
    name = factory.Sequence(lambda number: f"Guest {number}")
    email = factory.Sequence(lambda number: f"guest{number}@example.org")
    state = SignUp.State.COMING
    coming_since = factory.LazyAttribute(
        lambda person: SIX_PM - timedelta(days=30) if person.state == SignUp.State.COMING else None
    )
    uuid = factory.LazyFunction(uuid4)
    link_hash = factory.LazyAttribute(lambda person: hash_of(SignUp(uuid=person.uuid).secret))
