import pytest

from tests.notifications.sink import post_office


@pytest.fixture
def office(settings):
    """A real post office on this machine, and the portal's mail going there."""
    with post_office() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = office.port
        settings.EMAIL_TIMEOUT = 2
        yield office
