"""Who telephoned for a group: somebody without an account, whose name goes when it is of no use."""

from datetime import datetime, timedelta

from django.db import transaction

from audit.services import record
from spaces.models import Booking

KEPT_FOR = timedelta(days=90)


@transaction.atomic
def forget_callers(*, now: datetime) -> int:
    """Delete the names of callers 90 days after their booking has ended. Returns how many."""
    over = Booking.objects.filter(ends_at__lte=now - KEPT_FOR).exclude(caller_name="")
    gone = list(over.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for booking in gone:
        booking.caller_name = ""
        booking.save(update_fields=["caller_name", "updated_at"])
        record("spaces.caller_forgotten", booking, by=None)
    return len(gone)
