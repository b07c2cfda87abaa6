"""Doors that the timetable knocks on. Each reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from notifications import delivery, services


@shared_task
def send_waiting() -> int:
    """Send what is due until nothing is, or about a minute has passed; the next tick goes on."""
    return delivery.drain(clock=timezone.now)


@shared_task
def note_beat() -> None:
    """Write down that the timetable is alive, for `/readyz/`."""
    services.note_beat(now=timezone.now())
