"""Between a count of people and the public stands this one function."""

from typing import Literal

HIDDEN: Literal["*"] = "*"
SMALL = 8
"""Counts below this, but not 0, are hidden: they could point at somebody."""

PublicCount = int | Literal["*"]


def public_count(people: int) -> PublicCount:
    """What may be published of a count of people: 0 as 0, 1 to 7 as “*”, else the nearest 5."""
    if people < 0:
        raise ValueError("A count of people is never below 0.")
    if people == 0:
        return 0
    if people < SMALL:
        return HIDDEN
    # Whole numbers never lie half-way between two multiples of 5, so "nearest" has one answer.
    return (people + 2) // 5 * 5
