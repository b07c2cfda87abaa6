"""How the decision about a booking stands, for those who look at it. Reads only."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from spaces import rules
from spaces.models import Booking, Decision

LOOKED_AT = 20
"""How many of the last decisions tell how long they usually take."""


@dataclass(frozen=True)
class Standing:
    """One step as the group reads it: who, what they said, or by when and how long it takes."""

    decision: Decision
    usual_days: int
    is_measured: bool
    """Whether `usual_days` was counted; otherwise it is what we ask for at most."""
    is_late: bool


def standings(booking: Booking, *, today: date) -> list[Standing]:
    """The steps of a booking as it is asked for now, in order. At most four queries."""
    found = []
    for decision in booking.decisions.current().select_related("decided_by").order_by("pk"):
        usual = None if decision.outcome else _usual_days(decision, booking)
        found.append(
            Standing(
                decision=decision,
                usual_days=usual or settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS,
                is_measured=usual is not None,
                # Until a question is answered nobody needs to decide.
                is_late=booking.state == Booking.State.REQUESTED
                and not decision.outcome
                and decision.due_on < today,
            )
        )
    return found


def _usual_days(decision: Decision, booking: Booking) -> int | None:
    decided = Decision.objects.filter(
        step=decision.step, is_automatic=False, decided_at__isnull=False
    )
    if decision.step == Decision.Step.SITE:
        decided = decided.filter(booking__space__site=booking.space.site_id)
    last = decided.order_by("-decided_at").values_list("asked_at", "decided_at")[:LOOKED_AT]
    return rules.deciding.usual_days((asked, said) for asked, said in last if said is not None)
