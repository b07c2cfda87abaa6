"""One day with other hours than usual: what it means for a space, and that it holds everywhere alike."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import at
from spaces import services
from spaces.models import Booking, DayException, OpeningRule, Space
from spaces.rules import times
from spaces.services import calendar, finding
from tests.factories.spaces import (
    NOW,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    on_that_day,
)
from tests.spaces.test_finding import TUESDAY, a_time, a_weekday_ahead, find, shown

pytestmark = pytest.mark.django_db

WEDNESDAY = TUESDAY + timedelta(days=1)


def hours_of(space, day=TUESDAY):
    """From which to which hour it is open, by the rules and by the search, which must agree."""
    known = calendar.times_of([space], *times.local_day(day), now=NOW)[space.pk]
    minutes = times.open_minutes(known.opening, day)
    for hour in range(24):
        starts_at = at(day, time(hour))
        ends_at = starts_at + timedelta(hours=1)
        is_inside = any(
            opens <= hour * 60 and hour * 60 + 60 <= closes for opens, closes in minutes
        )
        assert (
            Space.objects.free_between(starts_at, ends_at, now=NOW).contains(space) is is_inside
        ), hour
    return [(opens / 60, closes / 60) for opens, closes in minutes]


def weekly(space, opens, closes, day=TUESDAY):
    OpeningRule.objects.create(
        site=space.site,
        space=space,
        weekday=day.weekday(),
        opens_minute=opens * 60,
        closes_minute=closes * 60,
    )


@pytest.mark.parametrize(
    ("own_weekly", "of_space", "of_site", "expected"),
    [
        (None, None, None, [(8, 22)]),
        (None, None, [(10, 23)], [(10, 23)]),
        (None, None, [], []),
        (None, [(9, 12), (13, 24)], None, [(9, 12), (13, 24)]),
        (None, [], None, []),
        (None, [(6, 7)], [(10, 23)], [(6, 7)]),
        (None, [], [(10, 23)], []),
        (None, [(6, 7)], [], []),
        ((9, 17), None, None, [(9, 17)]),
        ((9, 17), None, [(8, 23)], [(9, 17)]),
        ((9, 17), None, [(10, 12), (16, 23)], [(10, 12), (16, 17)]),
        ((9, 17), None, [(18, 23)], []),
        ((9, 17), None, [], []),
        ((9, 17), [(8, 23)], [(10, 12)], [(8, 23)]),
    ],
)
def test_what_is_said_of_a_day_meets_the_weekly_hours(own_weekly, of_space, of_site, expected):
    space = SpaceFactory()
    if own_weekly:
        weekly(space, *own_weekly)
    if of_space is not None:
        on_that_day(space, TUESDAY, *of_space)
    if of_site is not None:
        on_that_day(space.site, TUESDAY, *of_site)

    assert hours_of(space) == expected
    # The days beside it are as ever.
    assert hours_of(space, WEDNESDAY) == ([] if own_weekly else [(8, 22)])


def test_what_is_said_of_one_space_or_site_is_said_of_no_other():
    one, other, elsewhere = SpaceFactory(), SpaceFactory(), SpaceFactory()
    other.site = one.site
    other.save()
    on_that_day(one, TUESDAY, (9, 10))
    on_that_day(elsewhere.site, TUESDAY)

    assert [hours_of(space) for space in (one, other, elsewhere)] == [[(9, 10)], [(8, 22)], []]


@pytest.mark.parametrize(
    ("stretches", "constraint"),
    [
        ([(600, 600)], "an_exceptional_time_ends_after_it_starts"),
        ([(600, 540)], "an_exceptional_time_ends_after_it_starts"),
        ([(600, 1441)], "an_exceptional_time_ends_after_it_starts"),
        ([(600, None)], "an_exceptional_time_ends_after_it_starts"),
        ([(540, 600), (600, 660)], "exceptional_times_have_a_break_between"),
        ([(540, 600), (590, 660)], "exceptional_times_have_a_break_between"),
        ([(540, 600), (700, 660)], "exceptional_times_have_a_break_between"),
        ([(540, 600), (700, 1441)], "exceptional_times_have_a_break_between"),
        ([(540, 600), (700, None)], "exceptional_times_have_a_break_between"),
        ([(None, None), (700, 800)], "exceptional_times_have_a_break_between"),
    ],
)
def test_postgres_refuses_times_that_make_no_sense(stretches, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        DayException.objects.create(site=SiteFactory(), day=TUESDAY, minutes=stretches)


def test_one_thing_is_said_of_a_day():
    space = SpaceFactory()
    for of in (space, space.site):
        on_that_day(of, TUESDAY, (9, 12))
        on_that_day(of, WEDNESDAY)
        with (
            pytest.raises(IntegrityError, match="one_thing_is_said_of_a_day"),
            transaction.atomic(),
        ):
            on_that_day(of, TUESDAY)
    with pytest.raises(ValidationError, match="Something is said of this day already"):
        DayException(site=space.site, day=TUESDAY).full_clean()


def test_a_request_is_held_to_the_hours_of_the_day():
    space, hirer = SpaceFactory(), HirerFactory()
    by = a_manager_of(hirer)
    on_that_day(space, TUESDAY, (12, 23), reason="event", public_note="Open late for a fair.")
    on_that_day(space.site, WEDNESDAY, public_note="Staff training")

    def ask(day, hour):
        return services.request_booking(
            space,
            by=by,
            hirer=hirer,
            now=NOW,
            form_id=f"00000000-0000-0000-0000-0000000000{hour:02}",
            starts_at=at(day, time(hour)),
            ends_at=at(day, time(hour)) + timedelta(hours=1),
            attendance=5,
            purpose="Tea",
            ages=["26_to_64"],
        )

    assert ask(TUESDAY, 22).state == Booking.State.REQUESTED
    with pytest.raises(ValidationError) as early:
        ask(TUESDAY, 11)
    with pytest.raises(ValidationError) as closed:
        ask(WEDNESDAY, 12)
    assert (early.value.code, early.value.messages) == (
        "outside_hours",
        [
            "On Tuesday 1 December 2026 this room is open from midday to 11pm."
            " Choose a time inside that."
        ],
    )
    assert (closed.value.code, closed.value.messages) == (
        "not_open",
        ["This room is closed on Wednesday 2 December 2026: Staff training. Choose another day."],
    )
    assert Booking.objects.count() == 1


def test_first_free_time_week_and_month_know_of_it():
    space = SpaceFactory()
    for number in range(2, 4):
        on_that_day(space.site, NOW.date() + timedelta(days=number), public_note="Staff training")
    on_that_day(space, TUESDAY, (12, 23), public_note="Open late for a fair")

    first = at(NOW.date() + timedelta(days=4), time(8))
    assert calendar.first_free([space], now=NOW) == {space.pk: first}
    week, month = calendar.week_and_month(
        space, date(2026, 11, 30), date(2026, 12, 1), now=NOW, minutes=60
    )
    assert (week.columns[0], week.columns[-1]) == (time(8), time(22))
    tuesday = week.days[1]
    starts = [hour.starts_at for hour in tuesday.hours if hour.starts_at]
    assert (starts[0], starts[-1]) == (at(TUESDAY, time(12)), at(TUESDAY, time(22)))
    assert tuesday.said == "Tuesday 1 December 2026: midday to 11pm. Open late for a fair."
    assert month.weeks[0][1].state == "free"
    earlier = calendar.week(space, date(2026, 11, 23), now=NOW, minutes=60)
    assert [(day.is_shut, day.notes) for day in earlier.days[3:5]] == [
        (True, ["Staff training"]),
        (True, ["Staff training"]),
    ]


def test_the_page_of_a_space_tells_the_days_with_other_hours(client):
    space = SpaceFactory()
    day = a_weekday_ahead()
    on_that_day(space, day, (10, 12), (13, 23.5), reason="event")
    on_that_day(space.site, day + timedelta(days=1), reason="training")
    on_that_day(space, day + timedelta(days=1), (8, 9))
    on_that_day(space.site, day + timedelta(days=2), (9, 10))
    on_that_day(SpaceFactory(site=space.site), day, (9, 10))
    on_that_day(space, date(2020, 1, 1))

    page = client.get(space.get_absolute_url(), {"week": day.isoformat()})

    told = page.context["exceptions"]
    assert [line.partition(": ")[2] for line in told] == [
        "10am to midday and 1pm to 11:30pm. An event.",
        "closed. Staff training.",
        "9am to 10am.",
    ]
    assert all(line in page.content.decode() for line in told)
    assert "Closed: Staff training" in page.content.decode()


def test_the_search_finds_a_room_that_is_open_late_that_day(client):
    hall = SpaceFactory(name="Hall")
    day = a_weekday_ahead()
    late = a_time(day) | {"from": "10pm", "to": "11pm"}

    assert shown(find(client, **late)) == []
    on_that_day(hall, day, (12, 23))
    assert shown(find(client, **late)) == ["Hall"]
    page = client.get(reverse("spaces:space", args=[hall.slug]), late)
    assert page.context["is_free_then"] is True


def test_what_is_said_of_days_costs_one_query_however_much_it_is():
    counted = []
    spaces = [SpaceFactory()]
    for number in range(3):
        spaces.append(SpaceFactory(site=spaces[0].site))
        on_that_day(spaces[-1], TUESDAY, (9, 10 + number))
        with CaptureQueriesContext(connection) as queries:
            calendar.first_free(spaces, now=NOW)
            finding.is_free(spaces[0], at(TUESDAY, time(9)), at(TUESDAY, time(10)), now=NOW)
        counted.append(len(queries))

    assert counted == [5, 5, 5]
