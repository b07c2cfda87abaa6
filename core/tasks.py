"""What the timetable runs for the ground."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_expired_sessions() -> None:
    """Run each day by celery beat: who was signed in is kept no longer than they are."""
    call_command("clearsessions")
