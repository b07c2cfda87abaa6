import pytest

from tests.journeys.walking import SCRIPTS_OFF, SCRIPTS_ON, Street


@pytest.fixture(params=[SCRIPTS_OFF, SCRIPTS_ON])
def street(request, chromium, live_server, settings):
    """Everybody of a journey: once on small phones without scripts, once with axe looking on."""
    settings.SITE_ADDRESS = live_server.url  # links in letters lead to the server of this test
    street = Street(chromium, live_server, scripts=request.param == SCRIPTS_ON)
    yield street
    street.close()


@pytest.fixture
def with_a_demonstration(settings):
    """The demonstration's own pages are part of what is looked at."""
    settings.DEMONSTRATION = True
