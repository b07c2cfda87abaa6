import logging
import uuid

import pytest

from core.logs import WithoutSecrets, without_secrets

SECRET = "dFRsMLHd5MoYRMj6a44GvrmQd1-TfZ1g9wozUnWvSek"
BOOKING = uuid.UUID("7b0c5a52-31a5-4d53-9c3c-5f5b2f0b8a11")


def written(message, *arguments):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, arguments, None)
    WithoutSecrets().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"/events/my/{SECRET}/cancel/", "/events/my/…/cancel/"),
        (f"/events/my/{SECRET}", "/events/my/…"),
        (f"/spaces/calendar/{SECRET}/bookings.ics", "/spaces/calendar/…/bookings.ics"),
        (f"/spaces/join/{SECRET}/", "/spaces/join/…/"),
        (f"/spaces/bookings/{BOOKING}/", f"/spaces/bookings/{BOOKING}/"),
        ("/events/open-evening/", "/events/open-evening/"),
    ],
)
def test_the_secret_of_a_link_stays_out_of_the_log(path, kept):
    assert written("%s: %s", "Conflict", path) == f"Conflict: {kept}"


def test_a_line_of_the_web_servers_log_goes_without_the_secret_too():
    assert without_secrets(f"GET /events/my/{SECRET}/ 200 12ms") == "GET /events/my/…/ 200 12ms"


def test_the_log_of_the_portal_is_written_without_secrets(settings):
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["without_secrets"]


def test_a_line_without_arguments_stays_as_it_is():
    assert written("Redis is away") == "Redis is away"
