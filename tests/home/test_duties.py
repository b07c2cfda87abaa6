"""The parts somebody plays, which one hand-written statement reads: as `held_on` says of each table."""

from datetime import date, timedelta

import pytest
from django.db import models

from anchors.models import Mandate
from core.models import held_on
from home.permissions import CHAIRS, RUNS_A_SITE, duties_of
from housing.models import Seat
from spaces.models import SiteManager
from tests.factories.accounts import UserFactory
from tests.factories.anchors import OrganisationFactory
from tests.factories.spaces import SiteFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 1)
DAYS = [DAY + timedelta(days=number) for number in (-1, 0, 1)]
PERIODS = [(start, end) for start in DAYS for end in (None, *DAYS) if end is None or end >= start]


@pytest.fixture(autouse=True)
def on_the_day(time_machine):
    time_machine.move_to("2026-12-01 12:00+00:00")


def parts_by_the_rule(user) -> set[str]:
    mine = models.Q(user=user) & held_on(DAY)
    chairs = Seat.objects.filter(held_on(DAY), held_by=user, part=Seat.Part.CHAIR)
    return {
        *Mandate.objects.filter(mine).values_list("kind", flat=True),
        *([RUNS_A_SITE] if SiteManager.objects.filter(mine).exists() else []),
        *([CHAIRS] if chairs.exists() else []),
    }


@pytest.mark.parametrize(("starts_on", "ends_on"), PERIODS)
def test_a_part_is_played_from_its_first_day_to_its_last(starts_on, ends_on):
    held = {"starts_on": starts_on, "ends_on": ends_on}
    institution = OrganisationFactory()
    people = {kind: UserFactory() for kind in Mandate.Kind}
    for kind, user in people.items():
        Mandate.objects.create(user=user, organisation=institution, kind=kind, **held)
    keeper, chair, member = UserFactory(), UserFactory(), UserFactory()
    SiteManager.objects.create(user=keeper, site=SiteFactory(), **held)
    Seat.objects.create(organisation=institution, part="chair", held_by=chair, **held)
    Seat.objects.create(organisation=institution, part="member", held_by=member, **held)

    parts = {user: duties_of(user)._parts for user in (*people.values(), keeper, chair, member)}

    assert parts == {user: parts_by_the_rule(user) for user in parts}
    assert any(parts.values()) == (starts_on <= DAY and (ends_on is None or ends_on >= DAY))


def test_one_person_may_play_several_parts():
    user, institution = UserFactory(), OrganisationFactory()
    long_ago = {"starts_on": date(2020, 1, 1)}
    Mandate.objects.create(user=user, organisation=institution, kind="editor", **long_ago)
    SiteManager.objects.create(user=user, site=SiteFactory(), **long_ago)

    assert duties_of(user)._parts == {"editor", RUNS_A_SITE} == parts_by_the_rule(user)
    assert duties_of(user).is_staff
    assert not duties_of(UserFactory()).is_staff
