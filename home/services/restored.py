"""After a backup is put back: what has most likely been said already is not said again."""

from datetime import datetime

from django.db import transaction

import events.services
import spaces.services
import spaces.services.documents
from notifications.models import Message
from notifications.services import assume_sent

PLANNERS = (
    spaces.services.send_reminders,
    spaces.services.escalate,
    spaces.services.tell_of_silence,
    spaces.services.confirm_ready,
    spaces.services.documents.warn_of_expiry,
    spaces.services.ask_to_confirm,
    events.services.send_reminders,
)
"""Whatever writes letters because time has passed. `tests/home/test_restored.py` holds it against
the timetable."""


def assume_all_sent(*, stopped_at: datetime) -> list[Message]:
    """Count as sent whatever was due while the portal that was lost still ran; return those letters.

    `stopped_at` is when it stopped. A letter that waits in the backup has left since, and a
    reminder that came due between the backup and that moment was written and sent, though the
    backup knows nothing of it: it is written now, and counted as sent in the same transaction.
    What comes due later is sent as always. Raises ExceptionGroup, after everything else is done,
    when some reminders could not be written.
    """
    problems = []
    with transaction.atomic():
        for plan in PLANNERS:
            try:
                plan(now=stopped_at)
            except Exception as problem:  # raised again below, when the others are counted
                problems.append(problem)
        letters = assume_sent(now=stopped_at)
    if problems:
        raise ExceptionGroup("Some reminders could not be written.", problems)
    return letters
