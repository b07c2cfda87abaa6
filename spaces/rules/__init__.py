"""When something may happen, and how a thing stands. Pure: facts in, answer out."""

from spaces.rules import (
    ages,
    agreements,
    bookings,
    changing,
    deciding,
    hirers,
    invitations,
    offers,
    papers,
    photographs,
    prices,
    route,
    states,
    times,
    working_days,
)

__all__ = [
    "ages",
    "agreements",
    "bookings",
    "changing",
    "deciding",
    "hirers",
    "invitations",
    "offers",
    "papers",
    "photographs",
    "prices",
    "route",
    "states",
    "times",
    "working_days",
]
