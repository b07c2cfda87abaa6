"""Doors that the timetable knocks on."""

from celery import shared_task
from django.utils import timezone

from events import services


@shared_task
def send_event_reminders() -> int:
    """Run every minute by celery beat."""
    return services.send_reminders(now=timezone.now())
