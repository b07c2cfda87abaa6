import pytest
from django.contrib.admin import site

from accounts.models import ProgrammeRole
from events.models import Event
from tests.factories.accounts import a_person_with
from tests.factories.events import EventFactory, SignUpFactory

pytestmark = pytest.mark.django_db


def test_what_people_were_told_cannot_be_changed_behind_their_backs(rf):
    pages = site._registry[Event]
    request = rf.get("/")
    request.user = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)

    free = pages.get_form(request, EventFactory()).base_fields
    promised = pages.get_form(request, SignUpFactory().event).base_fields

    assert free.keys() - promised.keys() == {"starts_at", "ends_at", "mode", "place", "borough"}
    assert free.keys() & {"cancelled_at", "cancelled_because", "sequence"} == set()
