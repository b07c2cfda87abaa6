"""The Celery application, and the timetable of all periodic work in one list.

No task carries a time of its own (`eta`): each tick asks Postgres what is due, so a tick that is
missed, late or doubled loses nothing and tells nobody twice.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("anchors")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "note that the timetable is alive": {
        "task": "notifications.tasks.note_beat",
        "schedule": 5.0,
    },
    "send waiting messages": {
        "task": "notifications.tasks.send_waiting",
        "schedule": 10.0,
    },
    "remind groups of their bookings": {
        "task": "spaces.tasks.send_booking_reminders",
        "schedule": 60.0,
    },
    "tell of decisions that are late": {
        "task": "spaces.tasks.escalate_decisions",
        "schedule": crontab(minute="15"),
    },
    "tell groups that nobody decided, and ask for answers once more": {
        "task": "spaces.tasks.tell_of_silence",
        "schedule": 300.0,
    },
    "confirm bookings with which nothing is missing any more": {
        "task": "spaces.tasks.confirm_ready_bookings",
        "schedule": 300.0,
    },
    "look after groups that book": {
        "task": "spaces.tasks.look_after_groups",
        "schedule": crontab(hour="6", minute="30"),
    },
    "tell groups whose papers run out": {
        "task": "spaces.tasks.warn_of_expiring_papers",
        "schedule": crontab(hour="7", minute="10"),
    },
    "delete the files of old papers": {
        "task": "spaces.tasks.forget_old_files",
        "schedule": crontab(hour="3", minute="30"),
    },
    "forget who reported a wrong fact": {
        "task": "spaces.tasks.forget_reporters",
        "schedule": crontab(hour="3", minute="40"),
    },
    "forget how referees are reached": {
        "task": "spaces.tasks.forget_referees",
        "schedule": crontab(hour="3", minute="45"),
    },
    "forget who telephoned for a group": {
        "task": "spaces.tasks.forget_callers",
        "schedule": crontab(hour="3", minute="55"),
    },
    "forget registrations that were left": {
        "task": "spaces.tasks.forget_drafts",
        "schedule": crontab(hour="3", minute="50"),
    },
    "forget holds that ran out": {
        "task": "spaces.tasks.forget_holds",
        "schedule": crontab(minute="*/15"),
    },
    "forget sessions that have run out": {
        "task": "core.tasks.forget_expired_sessions",
        "schedule": crontab(hour="3", minute="20"),
    },
    "forget what was looked for long ago": {
        "task": "spaces.tasks.forget_unmet_demand",
        "schedule": crontab(hour="3", minute="40"),
    },
    "end invitations and forget their addresses": {
        "task": "spaces.tasks.look_after_invitations",
        "schedule": crontab(hour="3", minute="35"),
    },
    "remind people of events": {
        "task": "events.tasks.send_event_reminders",
        "schedule": 60.0,
    },
}
