"""What the timetable runs for spaces."""

from celery import shared_task
from django.utils import timezone

from spaces.services import reminders


@shared_task
def send_booking_reminders() -> int:
    """Run each minute by celery beat."""
    return reminders.send_reminders(now=timezone.now())
