"""A search that finds nothing leaves a record of what was missing, and nobody in it."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from core.clock import LONDON, at, today
from home.demonstration import demand as demonstrated
from spaces.models import AccessFact, UnmetDemand
from spaces.rules import demand as rules
from spaces.rules.fit import Wish
from spaces.services import demand
from spaces.tasks import forget_unmet_demand
from tests.factories.accounts import a_person_with
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    SpaceFactory,
    a_programme_worker,
    with_second_factor,
)

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 12, 1)
SIX = at(TUESDAY, time(18))
AT_SIX = {"day": "2026-12-01", "from": "6pm", "to": "8pm"}
LAST_MONDAY = date(2026, 11, 23)


def search(client, headers=None, **blanks):
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse("spaces:spaces"), blanks, headers=headers)


def kept():
    return UnmetDemand.objects.count()


# --- What is kept --------------------------------------------------------------------------------


def test_a_search_that_finds_nothing_is_kept_in_coarse_words_and_no_others(client):
    BoroughFactory(name="Lewisham")
    client.force_login(a_programme_worker())

    response = search(
        client,
        what="grief circle for Amina",
        people="34",
        wheelchairs="3",
        layout="circle",
        borough="lewisham",
        need=["step_free", "hearing_loop"],
        kind="group",
        free="on",
        setup="30",
        **AT_SIX,
    )

    assert response.status_code == 200
    [row] = UnmetDemand.objects.values()
    row.pop("id")
    assert row.pop("borough_id") is not None
    assert row == {
        "asked_in_week": LAST_MONDAY,
        "size": "21-40",
        "layout": "circle",
        "kind": "group",
        "needs": ["hearing_loop", "step_free"],
        "wheelchairs": "3-5",
        "free_of_charge": True,
        "weekday": 1,
        "part_of_day": "evening",
        "found": 0,
    }
    assert not AuditRecord.objects.exists()


def test_no_field_could_hold_a_person_or_a_moment():
    fields = {field.name: type(field).__name__ for field in UnmetDemand._meta.get_fields()}

    assert fields == {
        "id": "BigAutoField",
        "asked_in_week": "DateField",
        "borough": "ForeignKey",
        "size": "CharField",
        "layout": "CharField",
        "kind": "CharField",
        "needs": "ArrayField",
        "wheelchairs": "CharField",
        "free_of_charge": "BooleanField",
        "weekday": "PositiveSmallIntegerField",
        "part_of_day": "CharField",
        "found": "PositiveSmallIntegerField",
    }


@pytest.mark.parametrize(
    ("rooms", "blanks", "is_kept"),
    [
        (0, AT_SIX, True),
        (1, AT_SIX, True),
        (2, AT_SIX, False),
        (0, {"people": "30"}, True),
        (1, {"people": "10"}, False),
        (1, {"people": "30"}, True),
        (1, {"wheelchairs": "1"}, True),
        (0, {}, False),
        (0, {"people": ""}, False),
        (0, {"what": "yoga"}, False),
        (0, {"setup": "30"}, False),
    ],
)
def test_only_nothing_or_too_little_is_kept_and_only_when_it_says_something(
    client, rooms, blanks, is_kept
):
    for _number in range(rooms):
        SpaceFactory(capacity=20)

    search(client, **blanks)

    assert kept() == is_kept
    if is_kept:
        found = rooms if blanks is AT_SIX else 0
        assert UnmetDemand.objects.get().found == found


def test_a_word_that_nobody_knows_is_no_missing_room(client):
    for _number in range(2):
        SpaceFactory()

    search(client, what="zumba", **AT_SIX)
    assert kept() == 0
    search(client, what="zumba", people="200", **AT_SIX)
    assert kept() == 1


def test_a_thing_that_stands_nowhere_is_no_missing_room(client):
    """The row does not say that a piano was looked for, so it must not count as a room."""
    for _number in range(2):
        SpaceFactory()

    search(client, has="piano", **AT_SIX)
    assert kept() == 0
    search(client, has="piano", people="200", **AT_SIX)
    assert kept() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"site__min_notice_hours": 14 * 24},
        {"site__horizon_weeks": 1},
        {"min_minutes": 180},
        {"max_minutes": 60},
    ],
    ids=["too soon", "too far ahead", "too short", "too long"],
)
def test_a_room_that_is_free_is_not_missing_because_it_is_asked_for_in_another_way(client, facts):
    day = {"day": "2026-12-03", "from": "6pm", "to": "8pm"}
    rooms = [SpaceFactory(**facts) for _number in range(2)]

    search(client, **day)
    assert kept() == 0
    BookingFactory(space=rooms[0], starts_at=at(date(2026, 12, 3), time(18)))
    search(client, **day)

    assert UnmetDemand.objects.get().found == 1


def test_a_day_with_nothing_free_is_kept_as_any_time_of_that_weekday(client):
    """And not where it was only asked for too soon, or a word or a thing was the reason."""
    hall = SpaceFactory(name="Hall")
    for hour in (8, 15):
        starts_at = at(date(2026, 12, 3), time(hour))
        BookingFactory(space=hall, starts_at=starts_at, ends_at=starts_at + timedelta(hours=7))

    for other in ({"day": "tomorrow"}, {"day": "2 December", "has": "piano", "what": "zumba"}):
        assert search(client, **other).context["offers"] == []
    assert kept() == 0
    search(client, day="3 December", people="12")

    [row] = UnmetDemand.objects.all()
    assert (row.weekday, row.part_of_day, row.size, row.found) == (3, "any", "11-20", 0)


def test_a_search_with_an_error_is_not_kept(client):
    search(client, people="lots", **AT_SIX)

    assert kept() == 0


@pytest.mark.parametrize(
    ("people", "size"),
    [(None, ""), (1, "1-10"), (10, "1-10"), (11, "11-20"), (20, "11-20"), (21, "21-40")]
    + [(40, "21-40"), (41, "41-80"), (80, "41-80"), (81, "81+"), (5000, "81+")],
)
def test_people_are_told_in_five_sizes(people, size):
    assert rules.size_of(people) == size


def test_places_for_wheelchairs_are_told_in_three_bands_none_of_which_is_one_person():
    bands = [rules.wheelchairs_of(number) for number in (None, 1, 2, 3, 5, 6, 5000)]

    assert bands == ["", "1-2", "1-2", "3-5", "3-5", "6+", "6+"]


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "morning"), (11, "morning"), (12, "afternoon"), (16, "afternoon"), (17, "evening")],
)
@pytest.mark.parametrize("month", [1, 7])
def test_the_part_of_the_day_is_that_of_londons_clock(hour, part, month):
    assert rules.part_of_day(datetime(2026, month, 5, hour, 30, tzinfo=LONDON)) == part


def test_the_week_is_that_of_londons_clock():
    """Just after midnight on Monday in London it is still Sunday in UTC."""
    sunday_night = datetime(2026, 6, 7, 23, 30, tzinfo=NOW.tzinfo)

    kept = rules.coarse(Wish(people=5), today=sunday_night.astimezone(LONDON).date())

    assert kept["asked_in_week"] == date(2026, 6, 8)


@pytest.mark.parametrize(
    "facts",
    [
        {"asked_in_week": date(2026, 11, 24)},
        {"weekday": 1},
        {"part_of_day": "evening"},
        {"weekday": 7, "part_of_day": "evening"},
    ],
)
def test_postgres_keeps_no_finer_day_and_no_half_of_a_time(facts):
    with pytest.raises(IntegrityError):
        UnmetDemand.objects.create(**{"asked_in_week": LAST_MONDAY, "found": 0} | facts)


# --- What does not count -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"User-Agent": "SomeCrawler/1.0"},
    ],
)
def test_what_nobody_reads_is_not_counted(client, headers):
    response = search(client, headers=headers, **AT_SIX)

    assert (response.status_code, kept()) == (200, 0)
    search(client, headers={"User-Agent": "Mozilla/5.0", "Sec-Fetch-Dest": "document"}, **AT_SIX)
    assert kept() == 1


def test_neither_a_head_request_nor_a_later_page_counts(client):
    with time_machine.travel(NOW, tick=False):
        assert client.head(reverse("spaces:spaces"), AT_SIX).status_code == 200
    search(client, page="2", **AT_SIX)

    assert kept() == 0


def test_a_reload_counts_once_and_another_search_again(client):
    for _number in range(3):
        search(client, people="30", **AT_SIX)
    assert kept() == 1

    search(client, people="31", **AT_SIX)
    assert kept() == 1  # as coarse as the first
    search(client, people="50", **AT_SIX)
    assert kept() == 2

    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        client.get(reverse("spaces:spaces"), {"people": "30", **AT_SIX})
    assert kept() == 3


def test_everybody_together_has_a_limit_and_the_page_never_knows(client, monkeypatch):
    monkeypatch.setattr(demand, "MOST_IN_AN_HOUR", 2)

    pages = [search(client, people=people, **AT_SIX) for people in ("5", "15", "30", "60")]

    assert [page.status_code for page in pages] == [200] * 4
    assert kept() == 2


def test_the_week_has_a_limit_that_needs_no_redis(client, monkeypatch):
    monkeypatch.setattr(demand, "MOST_IN_A_WEEK", 2)

    for people in ("5", "15", "30"):
        search(client, people=people, **AT_SIX)
        cache.clear()

    assert kept() == 2


# --- How long ------------------------------------------------------------------------------------


def test_what_is_older_than_two_years_is_deleted():
    for weeks in (0, 103, 104, 105, 300):
        UnmetDemand.objects.create(asked_in_week=LAST_MONDAY - timedelta(weeks=weeks), found=0)

    with time_machine.travel(NOW, tick=False):
        assert forget_unmet_demand() == 2

    left = UnmetDemand.objects.order_by("-asked_in_week").values_list("asked_in_week", flat=True)
    assert list(left) == [LAST_MONDAY - timedelta(weeks=weeks) for weeks in (0, 103, 104)]


# --- The page for staff --------------------------------------------------------------------------


def asked(weeks_ago=0, **facts):
    UnmetDemand.objects.create(
        **{"asked_in_week": LAST_MONDAY - timedelta(weeks=weeks_ago), "found": 0} | facts
    )


def a_quarter():
    lewisham, bexley = BoroughFactory(name="Lewisham"), BoroughFactory(name="Bexley")
    for weeks_ago in (0, 5, 12):
        asked(weeks_ago, borough=lewisham, weekday=1, part_of_day="evening", size="21-40", found=1)
    asked(borough=bexley, weekday=5, part_of_day="morning", needs=["lift", "hearing_loop"])
    asked(needs=["lift"], size="81+", wheelchairs="6+")
    asked(12, wheelchairs="1-2", found=1)
    asked(13, borough=bexley, size="1-10")


def demand_page(client, person):
    client.force_login(person)
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse("spaces:unmet_demand"))


def test_staff_see_what_was_missing_by_borough_time_size_need_and_wheelchairs(client):
    a_quarter()

    response = demand_page(client, a_programme_worker())

    times, tables = response.context["times"], response.context["tables"]
    assert response.context["demand"].total == 6
    assert response.context["demand"].found_nothing == 2
    assert times["rows"][1] == ["Tuesday", "0", "0", "3", "0"]
    assert times["rows"][5] == ["Saturday", "1", "0", "0", "0"]
    assert times["sentence"] == "Most often: Tuesday evening, in 3 of 6 searches."
    assert [table["rows"] for table in tables] == [
        [["Lewisham", "3", "0"], ["Any borough", "2", "1"], ["Bexley", "1", "1"]],
        [["21 to 40 people", "3", "0"], ["81 people or more", "1", "1"]],
        [["Lift", "2", "2"], ["Hearing loop", "1", "1"]],
        [["1 or 2 wheelchairs", "1", "0"], ["6 wheelchairs or more", "1", "1"]],
    ]
    assert [table["sentence"] for table in tables] == [
        "Most often: Lewisham, in 3 of 6 searches.",
        "Most often: 21 to 40 people, in 3 of 6 searches.",
        "Most often: Lift, in 2 of 6 searches.",
        "Most often: 1 or 2 wheelchairs and 6 wheelchairs or more, in 1 of 6 searches.",
    ]
    page = response.content.decode()
    assert "2 searches named no time." in page
    assert "A room of which nobody has checked how many it takes counts as too small." in page
    assert "No person is in them" in page


def test_before_anything_is_missing_the_page_says_so(client):
    page = demand_page(client, a_programme_worker()).content.decode()

    assert "Every search has found a room" in page
    assert "<table" not in page


@pytest.mark.parametrize(
    ("role", "status"), [("PROGRAMME_STAFF", 200), ("PROGRAMME_LEAD", 200), ("FACILITATOR", 403)]
)
def test_only_programme_staff_and_lead_may_look(client, role, status):
    person = with_second_factor(a_person_with(ProgrammeRole.Role[role]))

    assert demand_page(client, person).status_code == status


def test_the_page_costs_the_same_number_of_queries_for_one_search_as_for_many(client):
    person = a_programme_worker()
    asked(borough=BoroughFactory(name="Lewisham"), weekday=1, part_of_day="evening", size="1-10")
    counted = []
    demand_page(client, person)
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("spaces:unmet_demand"))
        counted.append(len(queries))
        a_quarter()

    assert counted[0] == counted[1]


def test_the_demonstration_shows_a_quarter_with_every_kind_of_number(demonstration):
    found = demand.unmet_demand(today=today())

    assert found.total == sum(len(plan.weeks_ago) for plan in demonstrated.SEARCHES)
    assert found.boroughs[0].name == "Lewisham"
    assert found.needs[0].name == str(AccessFact.Key.STEP_FREE.label)
    assert found.without_time == 2
