"""/healthz/ and /readyz/ tell the truth."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from notifications.models import Beat


def test_the_process_answers_without_the_database(client):
    answer = client.get(reverse("core:healthz"))

    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ticked_ago", "status", "timetable"),
    [
        (None, 503, "has not ticked yet"),
        (timedelta(seconds=20), 200, "ok"),
        (timedelta(minutes=3), 503, "is late"),
    ],
    ids=["never", "just now", "long ago"],
)
def test_ready_means_that_the_timetable_ticks(client, ticked_ago, status, timetable):
    if ticked_ago:
        Beat.objects.create(ticked_at=timezone.now() - ticked_ago)

    answer = client.get(reverse("home:readyz"))

    assert answer.status_code == status
    assert answer.json() == {"database": "ok", "redis": "ok", "timetable": timetable}


@pytest.mark.django_db
def test_ready_says_when_redis_is_away(client, settings):
    Beat.objects.create(ticked_at=timezone.now())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get(reverse("home:readyz"))

    assert answer.status_code == 503
    assert answer.json()["redis"] == "does not answer"
