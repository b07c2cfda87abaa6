"""How an offered building may go on, and what is still to be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import SpaceOffer

State = SpaceOffer.State

MOST_OPEN_OFFERS = 3
"""Of one person at a time."""
MOST_ROOMS = 20

NEW_ROOM = "room"
ROOM = f"{NEW_ROOM}-"
"""How the parts of an offer are called that tell of a room: one that is added, or one that is there."""

MAY_BECOME: Mapping[str, frozenset[State]] = {
    State.DRAFT: frozenset({State.SENT, State.WITHDRAWN}),
    State.SENT: frozenset({State.CHANGES_WANTED, State.PUBLISHED, State.DECLINED, State.WITHDRAWN}),
    State.CHANGES_WANTED: frozenset({State.SENT, State.WITHDRAWN}),
}


@dataclass(frozen=True)
class Told:
    """What stands in an offer so far."""

    building: bool = False
    street: bool = False
    postcode: bool = False
    rooms: int = 0
    hours: bool = False
    access: bool = False
    photographs: int = 0
    terms: bool = False
    not_right: frozenset[str] = frozenset()
    """The parts that were typed with a mistake in them: kept, and not part of the offer yet."""


@dataclass(frozen=True)
class Step:
    """One page of an offer: its URL name without the app, and how it stands."""

    name: str
    title: str
    is_done: bool
    is_needed: bool = True
    waits_for: str = ""
    """What must be told first, if something must."""
    lacks: tuple[str, ...] = ()
    """What is missing on a page where the rest is told already."""

    @property
    def missing(self) -> str:
        """What is still to be told: The building (the street, the postcode)."""
        return f"{self.title} ({', '.join(self.lacks)})" if self.lacks else self.title


def steps(told: Told) -> list[Step]:
    """The pages of an offer in the order in which they are asked."""
    address = ((told.street, _("the street")), (told.postcode, _("the postcode")))
    lacks = tuple(words for is_told, words in address if told.building and not is_told)

    def is_right(part: str) -> bool:
        return part not in told.not_right

    def wrong(part: str) -> tuple[str, ...]:
        return () if is_right(part) else (_("something to put right"),)

    rooms_lack = (
        *((_("a room that you have begun"),) if not is_right(NEW_ROOM) else ()),
        *((_("something to put right"),) if _rooms_not_right(told) else ()),
    )
    first = "" if told.building else _("The building first")
    room_first = first or ("" if told.rooms else _("A room first"))
    lacks += wrong("building")
    return [
        Step("offer_building", _("The building"), told.building and not lacks, lacks=lacks),
        Step(
            "offer_rooms",
            _("Rooms"),
            told.rooms > 0 and not rooms_lack,
            waits_for=first,
            lacks=rooms_lack,
        ),
        *(
            Step(
                f"offer_{part}",
                title,
                is_told and is_right(part),
                waits_for=first,
                lacks=wrong(part),
            )
            for part, title, is_told in (
                ("hours", _("Opening hours"), told.hours),
                ("access", _("Access"), told.access),
            )
        ),
        Step(
            "offer_photographs",
            _("Photographs"),
            told.photographs > 0,
            is_needed=False,
            waits_for=room_first,
        ),
        Step(
            "offer_terms",
            _("Terms and how to get in"),
            told.terms and is_right("terms"),
            waits_for=first,
            lacks=wrong("terms"),
        ),
    ]


def _rooms_not_right(told: Told) -> bool:
    return any(part.startswith(ROOM) for part in told.not_right)


def still_to_do(told: Told) -> list[Step]:
    """The pages on which something must still be told, or put right, before the offer can be sent."""
    return [step for step in steps(told) if step.is_needed and not step.is_done]


def is_complete(told: Told) -> bool:
    return not still_to_do(told)


def check_complete(told: Told) -> None:
    if lacks := [step.missing for step in still_to_do(told)]:
        raise ValidationError(
            _("Something is still missing: %(what)s."),
            code="incomplete",
            params={"what": ", ".join(lacks)},
        )


def may_become(offer: SpaceOffer, wanted: State) -> bool:
    return wanted in MAY_BECOME.get(offer.state, frozenset())


def check_may_become(offer: SpaceOffer, wanted: State) -> None:
    if not may_become(offer, wanted):
        raise _not_from_here(offer)


def check_may_be_written_on(offer: SpaceOffer) -> None:
    if not offer.is_open:
        raise _not_from_here(offer)


def check_was_read(offer: SpaceOffer, *, seen: datetime | None) -> None:
    """`seen` is when the offer was sent that whoever decides has read."""
    if offer.sent_at != seen:
        raise _not_from_here(offer)


def check_one_more_offer(how_many_open: int) -> None:
    if how_many_open >= MOST_OPEN_OFFERS:
        raise ValidationError(
            _("You have %(most)d offers that are not sent yet. Finish or withdraw one first."),
            code="too_many",
            params={"most": MOST_OPEN_OFFERS},
        )


def check_one_more_room(how_many: int) -> None:
    if how_many >= MOST_ROOMS:
        raise ValidationError(
            _("An offer has %(most)d rooms at most. Offer the others once this one is published."),
            code="too_many",
            params={"most": MOST_ROOMS},
        )


def _not_from_here(offer: SpaceOffer) -> ValidationError:
    # What waits for whoever offers the rooms is refused to the staff who asked alone.
    is_asked = offer.state == State.CHANGES_WANTED
    state = _("waiting for their answer") if is_asked else offer.get_state_display()
    return ValidationError(
        _("This offer is now: %(state)s. Nothing was changed."),
        code="not_from_here",
        params={"state": state},
    )
