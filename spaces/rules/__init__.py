"""When something may happen, and how a thing stands. Pure: facts in, answer out."""

from spaces.rules import bookings, hirers, offers, photographs, prices, states, times, working_days

__all__ = [
    "bookings",
    "hirers",
    "photographs",
    "prices",
    "times",
    "working_days",
]

__all__ = ["bookings", "hirers", "states", "times", "working_days"]

__all__ = ["bookings", "hirers", "offers", "photographs", "times", "working_days"]
