"""Whether what the portal stands on answers."""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from notifications.models import Beat

BEAT_IS_LATE_AFTER = timedelta(minutes=2)


def health(*, now: datetime) -> dict[str, str]:
    """`ok` or what is wrong, for the database, Redis and the timetable."""
    parts = {"database": "ok", "redis": "ok", "timetable": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        beat = Beat.objects.first()
    except DatabaseError:
        return parts | {"database": "does not answer", "timetable": "not known"}
    if beat is None:
        parts["timetable"] = "has not ticked yet"
    elif now - beat.ticked_at > BEAT_IS_LATE_AFTER:
        parts["timetable"] = "is late"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2).ping()
    except redis.RedisError:
        parts["redis"] = "does not answer"
    return parts
