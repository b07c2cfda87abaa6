"""What the pages that need several apps show, and what needs several apps to be done."""

from home.services.demonstration import demonstration_cast, demonstration_people
from home.services.erasure import erase_person
from home.services.front_page import front_page
from home.services.health import health
from home.services.records import lines_of
from home.services.roles import (
    close_account,
    end_mandate,
    end_role,
    end_seat,
    forget_second_step,
    give_mandate,
    give_role,
    give_seat,
    open_account,
)
from home.services.waiting import waiting_for

__all__ = [
    "close_account",
    "demonstration_cast",
    "demonstration_people",
    "end_mandate",
    "end_role",
    "end_seat",
    "erase_person",
    "forget_second_step",
    "front_page",
    "give_mandate",
    "give_role",
    "give_seat",
    "health",
    "lines_of",
    "open_account",
    "waiting_for",
]
