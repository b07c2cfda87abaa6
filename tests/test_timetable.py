"""The one list of periodic work."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.celery import app
from core.tasks import forget_expired_sessions


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
