"""What the timetable runs for spaces."""

from celery import shared_task
from django.utils import timezone

from core.clock import today
from spaces import services
from spaces.services import (
    callers,
    confirming,
    demand,
    documents,
    holding,
    invitations,
    references,
    registering,
    reminders,
    reports,
)


@shared_task
def send_booking_reminders() -> int:
    """Run each minute by celery beat."""
    return reminders.send_reminders(now=timezone.now())


@shared_task
def escalate_decisions() -> int:
    """Run each hour by celery beat: late decisions are told to whoever stands in."""
    return services.escalate(now=timezone.now())


@shared_task
def tell_of_silence() -> int:
    """Run every five minutes by celery beat: no request ends without a word to the group."""
    return services.tell_of_silence(now=timezone.now())


@shared_task
def confirm_ready_bookings() -> int:
    """Run every five minutes by celery beat."""
    return confirming.confirm_ready(now=timezone.now())


@shared_task
def look_after_groups() -> int:
    """Run each morning by celery beat: ask whose facts are a year old, forget who did not answer."""
    now = timezone.now()
    services.forget_unanswered(now=now)
    return services.ask_to_confirm(now=now)


@shared_task
def warn_of_expiring_papers() -> int:
    """Run each morning by celery beat."""
    return documents.warn_of_expiry(now=timezone.now())


@shared_task
def forget_old_files() -> int:
    """Run each night by celery beat."""
    return documents.forget_old_files(now=timezone.now())


@shared_task
def forget_reporters() -> int:
    """Run each day by celery beat: addresses go 90 days after the answer."""
    return reports.forget_reporters(now=timezone.now())


@shared_task
def forget_unmet_demand() -> int:
    """Run each night by celery beat."""
    return demand.forget_unmet_demand(today=today())


@shared_task
def look_after_invitations() -> int:
    """Run each day by celery beat."""
    return invitations.look_after_invitations(now=timezone.now())


@shared_task
def forget_referees() -> int:
    """Run each night by celery beat."""
    return references.forget_referees(now=timezone.now())


@shared_task
def forget_callers() -> int:
    """Run each night by celery beat."""
    return callers.forget_callers(now=timezone.now())


@shared_task
def forget_holds() -> int:
    """Run every quarter of an hour by celery beat. No room waits for it."""
    return holding.forget_holds(now=timezone.now())


@shared_task
def forget_drafts() -> int:
    """Run each night by celery beat."""
    return registering.forget_drafts(now=timezone.now())
