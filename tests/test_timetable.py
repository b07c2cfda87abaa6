"""The one list of periodic work."""

from collections import Counter
from copy import copy
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
from celery.schedules import crontab
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.celery import app
from core.clock import london
from core.tasks import forget_expired_sessions
from tests.clocks import CHANGES


def test_every_line_of_the_timetable_names_a_task():
    app.loader.import_default_modules()
    for line in app.conf.beat_schedule.values():
        import_module(line["task"].rpartition(".")[0])

        assert line["task"] in app.tasks
        assert line["schedule"]


@pytest.mark.django_db
def test_a_session_is_kept_no_longer_than_it_lasts():
    ends = {"over": timezone.now(), "going": timezone.now() + timedelta(hours=1)}
    for key, expires in ends.items():
        Session.objects.create(session_key=key, session_data="", expire_date=expires)

    forget_expired_sessions()

    assert [session.session_key for session in Session.objects.all()] == ["going"]


AT_AN_HOUR = {
    name: line["schedule"]
    for name, line in app.conf.beat_schedule.items()
    if isinstance(line["schedule"], crontab) and len(line["schedule"].hour) < 24
}
"""Once a day, at a time of the clock."""


def days_it_runs(schedule: crontab, first: date, last: date) -> Counter[date]:
    """How often it runs on each day in London, as beat finds out: it looks whether anything is due,
    and looks again when the next may be, or after half an hour.
    """
    now = datetime.combine(first, datetime.min.time(), tzinfo=UTC) - timedelta(hours=2)
    ends, last_run, runs = now + timedelta(days=(last - first).days + 2), now, Counter[date]()
    watched = copy(schedule)
    watched.app, watched.nowfun = app, lambda: now
    while now < ends:
        is_due, wait = watched.is_due(last_run)
        if is_due:
            runs[london(now).date()] += 1
            last_run = now
        now += timedelta(seconds=min(max(wait, 1), 1800))
    return runs


@pytest.mark.parametrize("name", sorted(AT_AN_HOUR))
def test_it_runs_once_on_every_day_around_a_clock_change(name):
    """By the clock of UTC, so at half past eleven at night it would be twice on a day in October."""
    for change in CHANGES:
        days = [change + timedelta(days=beside) for beside in (-1, 0, 1)]
        runs = days_it_runs(AT_AN_HOUR[name], days[0], days[-1])

        assert {day: runs[day] for day in days} == dict.fromkeys(days, 1)


def test_there_are_lines_with_an_hour():
    assert len(AT_AN_HOUR) > 8
