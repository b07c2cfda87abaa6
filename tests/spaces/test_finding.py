"""Finding a space: what fits, what is really free, what comes near, and the page that asks."""

import random
import re
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.clock import at
from core.templatetags.dates import long_date
from spaces.forms.finding import DayField
from spaces.models import AccessFact, DayException, Layout, Occupancy, OpeningRule, Site, Space
from spaces.models.minutes import moment_of
from spaces.rules import bookings, times
from spaces.rules.fit import Wish
from spaces.services import calendar, finding, misses
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    ClosureFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    on_that_day,
)

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 12, 1)
SIX, EIGHT = at(TUESDAY, time(18)), at(TUESDAY, time(20))


def names(spaces):
    return [space.name for space in spaces]


def free_then(starts_at=SIX, ends_at=EIGHT):
    return names(Space.objects.free_between(starts_at, ends_at, now=NOW).order_by("name"))


# --- The same question in SQL and in Python ------------------------------------------------------


def pure_answer(space, known, starts_at, ends_at):
    """What the rules say of one space, told every row there is."""
    taken = times.taken_period(starts_at, ends_at, 0, 0, space.turnaround_minutes)
    try:
        times.check_open(known.opening, known.closures, starts_at, ends_at)
    except ValidationError:
        return False
    return not any(begin < taken[1] and taken[0] < end for begin, end in known.taken)


def a_random_estate(chance, day):
    """Sites with odd hours, spaces of one room or several, closures and occupancies around a day."""
    spaces = []
    for number in range(5):
        site = SiteFactory(opening=False)
        rooms = [RoomFactory(site=site) for _room in range(3)]
        _random_hours(chance, site, None, day)
        for room in rooms:
            spaces.append(
                SpaceFactory(site=site, rooms=[room], turnaround_minutes=chance.choice([0, 15, 30]))
            )
        spaces.append(SpaceFactory(site=site, rooms=rooms[:2], turnaround_minutes=30))
        if number % 2:
            _random_hours(chance, site, spaces[-1], day)
        _random_hours(chance, site, spaces[chance.choice([-4, -3, -2])], day)
        for room in rooms:
            for begin, end in _some_periods(chance, day, chance.randrange(4)):
                if not room.occupancies.overlapping(begin, end).taken().exists():
                    status = chance.choice(Occupancy.Status.values)
                    runs_out = NOW + timedelta(minutes=chance.choice([-1, 0, 1]))
                    room.occupancies.create(
                        starts_at=begin,
                        used_until=end,
                        ends_at=end,
                        status=status,
                        hold_expires_at=runs_out if status == Occupancy.Status.HELD else None,
                    )
        for begin, end in _some_periods(chance, day, chance.randrange(2)):
            shut = ClosureFactory(site=site, starts_at=begin, ends_at=end)
            shut.rooms.set(chance.choice([[], rooms[:1], rooms[1:]]))
        for space, likely in ((None, 0.7), *((space, 0.3) for space in spaces[-4:])):
            if chance.random() < likely:
                on = day + timedelta(days=chance.choice([0, 0, 0, 1]))
                _random_exception(chance, site, space, on)
    return spaces


def _random_exception(chance, site, space, day):
    """Closed all day, open for one stretch, or for two with a break."""
    edges = sorted(chance.sample(range(0, 1441, 30), 4))
    stretches = [(edges[0], edges[1]), (edges[2], edges[3])][: chance.randrange(3)]
    DayException.objects.create(site=site, space=space, day=day, minutes=stretches)


def _random_hours(chance, site, space, day):
    edges = sorted(chance.sample(range(0, 1441, 30), 4))
    if chance.random() < 0.4:
        edges[2] = edges[1]
    validity = chance.choice([(None, None), (day, None), (None, day - timedelta(days=1))])
    for opens, closes in (edges[:2], edges[2:]):
        if opens < closes:
            OpeningRule.objects.create(
                site=site,
                space=space,
                weekday=day.weekday(),
                opens_minute=opens,
                closes_minute=closes,
                valid_from=validity[0],
                valid_until=validity[1],
            )


def _some_periods(chance, day, how_many):
    start = times.local_day(day)[0] - timedelta(hours=3)
    for _period in range(how_many):
        begin = start + timedelta(minutes=chance.randrange(0, 28 * 60, 15))
        yield begin, begin + timedelta(minutes=chance.randrange(15, 6 * 60, 15))


@pytest.mark.parametrize(
    "day", [TUESDAY, date(2026, 10, 25), date(2027, 3, 28)], ids=["usual", "back", "forward"]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_search_and_the_rules_always_agree(day, seed):
    chance = random.Random(seed)
    spaces = a_random_estate(chance, day)
    asked = [
        (start, start + timedelta(minutes=chance.choice([30, 60, 120, 300])))
        for start in (moment_of(day, minute) for minute in range(0, 1440, 45))
    ]

    start, end = times.local_day(day)
    known = calendar.times_of(spaces, start - timedelta(days=2), end + timedelta(days=2), now=NOW)
    answers = set()
    for starts_at, ends_at in asked:
        found = set(Space.objects.free_between(starts_at, ends_at, now=NOW))
        expected = {
            space for space in spaces if pure_answer(space, known[space.pk], starts_at, ends_at)
        }
        assert found == expected, (starts_at, ends_at)
        answers |= {bool(expected)}
    assert answers == {True, False}


@pytest.mark.parametrize("minutes", [30, 60, 90, 480, 510])
@pytest.mark.parametrize("start", [time(9), time(9, 15), time(18, 30)])
@pytest.mark.parametrize("ahead", [-1, 0, 2, 3, 363, 364, 365], ids=lambda days: f"{days}d")
def test_the_search_takes_the_lengths_and_notice_that_a_request_may_have(ahead, start, minutes):
    space = SpaceFactory()
    starts_at = at(date(2026, 11, 24) + timedelta(days=ahead), start)
    ends_at = starts_at + timedelta(minutes=minutes)

    found = Space.objects.taking(starts_at, ends_at, now=NOW).exists()

    try:
        bookings.check_when(space, starts_at, ends_at, now=NOW)
        bookings.check_length(space, starts_at, ends_at, (starts_at, ends_at))
    except ValidationError:
        assert found is False
    else:
        assert found is True


def test_the_search_is_bounded_comparisons_and_never_a_range():
    sql = str(Space.objects.free_between(SIX, EIGHT, now=NOW).query)

    assert "&&" not in sql
    assert "RANGE" not in sql.upper()
    # An occupancy lasts a day at most, so nothing that starts earlier can reach.
    assert f"o.starts_at > {SIX - timedelta(hours=24)}" in sql


# --- What is free --------------------------------------------------------------------------------


def test_a_room_that_is_taken_is_not_found_and_one_beside_it_is():
    taken = SpaceFactory(name="Taken")
    SpaceFactory(name="Free", site=taken.site)
    BookingFactory(space=taken, starts_at=SIX, ends_at=EIGHT)

    assert free_then() == ["Free"]


@pytest.mark.parametrize(
    ("status", "found"),
    [("held", []), ("pending", []), ("confirmed", []), ("released", ["Hall"])],
)
def test_only_a_released_room_is_free_again(status, found):
    hall = SpaceFactory(name="Hall")
    runs_out = NOW + timedelta(minutes=1) if status == Occupancy.Status.HELD else None
    hall.rooms.get().occupancies.create(
        starts_at=SIX, used_until=EIGHT, ends_at=EIGHT, status=status, hold_expires_at=runs_out
    )

    assert free_then() == found


def test_two_rooms_that_make_a_bigger_one_take_each_other():
    site = SiteFactory()
    one, other = RoomFactory(site=site, name="A"), RoomFactory(site=site, name="B")
    a = SpaceFactory(site=site, name="Room A", rooms=[one])
    SpaceFactory(site=site, name="Room B", rooms=[other])
    both = SpaceFactory(site=site, name="Rooms A and B", rooms=[one, other])

    BookingFactory(space=a, starts_at=SIX, ends_at=EIGHT)
    assert free_then() == ["Room B"]

    BookingFactory(space=both, starts_at=SIX - timedelta(days=7), ends_at=EIGHT - timedelta(days=7))
    assert free_then(SIX - timedelta(days=7), EIGHT - timedelta(days=7)) == []


def test_the_turnaround_after_a_use_must_fit_too():
    hall = SpaceFactory(name="Hall", turnaround_minutes=30)
    BookingFactory(space=hall, starts_at=EIGHT, ends_at=EIGHT + timedelta(hours=1))

    assert free_then() == []
    assert free_then(SIX, EIGHT - timedelta(minutes=30)) == ["Hall"]


def test_a_site_that_is_closed_is_not_found():
    hall = SpaceFactory(name="Hall")
    ClosureFactory(site=hall.site, starts_at=at(TUESDAY, time(0)), ends_at=SIX + timedelta(hours=1))

    assert free_then() == []


def test_closing_one_room_leaves_the_others_of_the_site():
    hall = SpaceFactory(name="Hall")
    SpaceFactory(name="Studio", site=hall.site)
    ClosureFactory(site=hall.site, starts_at=SIX, ends_at=EIGHT).rooms.set(hall.rooms.all())

    assert free_then() == ["Studio"]


# --- What fits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "layout", "found"),
    [
        (None, "", ["Hall", "Nook"]),
        (12, "", ["Hall", "Nook"]),
        (13, "", ["Hall"]),
        (61, "", []),
        (40, "circle", ["Hall"]),
        (41, "circle", []),
        (50, "rows", ["Hall"]),
        (None, "rows", ["Hall"]),
    ],
)
def test_a_space_fits_when_it_holds_everybody_in_the_layout_asked_for(people, layout, found):
    hall = SpaceFactory(name="Hall", capacity=40)
    Layout.objects.create(space=hall, kind=Layout.Kind.ROWS, capacity=60)
    SpaceFactory(name="Nook", capacity=12)

    fitting = finding.fitting(Wish(people=people, layout=layout), now=NOW)

    assert sorted(names(fitting)) == found


def a_fact(site, value, space=None, key=AccessFact.Key.HEARING_LOOP):
    return AccessFact.objects.create(
        site=site, space=space, key=key, value=value, surveyed_on=date(2026, 9, 14)
    )


@pytest.mark.parametrize(
    ("of_site", "of_space", "found"),
    [
        ("yes", None, True),
        ("no", None, False),
        ("not_checked", None, False),
        (None, None, False),
        ("no", "yes", True),
        ("yes", "no", False),
        ("yes", "not_checked", False),
        (None, "yes", True),
    ],
)
def test_only_a_known_yes_counts_and_the_space_goes_before_its_site(of_site, of_space, found):
    hall = SpaceFactory()
    if of_site:
        a_fact(hall.site, of_site)
    if of_space:
        a_fact(hall.site, of_space, hall)

    fits = finding.fitting(Wish(needs=("hearing_loop",)), now=NOW).exists()
    facts = finding.access_of([hall])[hall.pk]

    assert fits is found
    # The list and the page of the space must never disagree.
    assert ("hearing_loop" in facts and facts["hearing_loop"].value == "yes") is found


def test_the_space_of_one_site_does_not_lend_its_facts_to_another():
    with_loop = SpaceFactory()
    SpaceFactory(site=with_loop.site)
    a_fact(with_loop.site, "yes", with_loop)

    assert list(finding.fitting(Wish(needs=("hearing_loop",)), now=NOW)) == [with_loop]


def test_borough_kind_and_price_narrow_the_list():
    SpaceFactory(name="Far", site__borough=BoroughFactory(name="Bexley"))
    SpaceFactory(name="Kitchen", kind=Space.Kind.KITCHEN)
    ChargeFactory(of=SpaceFactory(name="Dear"))
    SpaceFactory(name="Nobody knows")
    ChargeFactory(of=SpaceFactory(name="Right"), pence=0)

    wish = Wish(borough="lewisham", kind=Space.Kind.HALL, free_of_charge=True)

    assert names(finding.fitting(wish, now=NOW)) == ["Right"]


def test_drafts_unpublished_sites_and_spaces_without_rooms_are_never_found():
    SpaceFactory(status=Space.Status.DRAFT)
    SpaceFactory(rooms=[])
    SpaceFactory(site__is_published=False)

    assert list(finding.find(Wish(), now=NOW)) == []


def test_a_space_for_patient_care_is_never_found_and_has_no_page(client):
    clinical = SpaceFactory(name="Treatment room", is_clinical=True)
    SpaceFactory(name="Hall")

    assert names(finding.fitting(Wish(), now=NOW)) == ["Hall"]
    assert names(finding.find(Wish(starts_at=SIX, ends_at=EIGHT), now=NOW)) == ["Hall"]
    assert client.get(clinical.get_absolute_url()).status_code == 404


def test_a_space_booked_elsewhere_is_listed_but_never_said_to_be_free():
    there = SpaceFactory(site__booking_authority=Site.BookingAuthority.ELSEWHERE)

    assert list(finding.find(Wish(), now=NOW)) == [there]
    assert list(finding.find(Wish(starts_at=SIX, ends_at=EIGHT), now=NOW)) == []


# --- The next free time --------------------------------------------------------------------------


def test_the_first_free_time_respects_notice_bookings_and_hours():
    hall = SpaceFactory()
    in_two_days = at(date(2026, 11, 26), time(9))
    BookingFactory(space=hall, starts_at=in_two_days, ends_at=in_two_days + timedelta(hours=3))

    assert calendar.first_free([hall], now=NOW) == {hall.pk: at(date(2026, 11, 26), time(12))}


def test_a_space_that_is_shut_for_weeks_has_no_first_free_time():
    hall = SpaceFactory(site__opening=False)

    assert calendar.first_free([hall], now=NOW) == {hall.pk: None}


# --- Near misses ---------------------------------------------------------------------------------


def nearest(**wish):
    wish = Wish(**{"starts_at": SIX, "ends_at": EIGHT, **wish})
    assert not finding.find(wish, now=NOW).exists()
    return [(miss.space.name, miss.differs) for miss in misses.near_misses(wish, now=NOW)]


def test_another_time_that_day_comes_first():
    hall = SpaceFactory(name="Hall")
    BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)

    assert nearest() == [("Hall", ["It is free at another time that day: 4pm to 6pm."])]


def test_each_miss_says_what_differs():
    bexley = BoroughFactory(name="Bexley")
    elsewhere = SpaceFactory(name="Elsewhere", site__borough=bexley)
    a_fact(elsewhere.site, "yes")
    SpaceFactory(name="Unchecked")
    small = SpaceFactory(name="Small", capacity=6)
    a_fact(small.site, "yes")

    found = nearest(people=15, borough="lewisham", needs=("hearing_loop",))

    assert found == [
        ("Elsewhere", ["It is in Bexley."]),
        ("Unchecked", ["Hearing loop: not yet checked."]),
        ("Small", ["It holds 6 people, chairs in a circle."]),
    ]


def test_a_day_on_which_nothing_is_open_leads_to_the_next_that_is():
    hall = SpaceFactory(name="Hall")
    ClosureFactory(
        site=hall.site, starts_at=at(TUESDAY, time(0)), ends_at=at(date(2026, 12, 2), time(0))
    )

    closed = "This room is closed for part of that time: Closed. Choose another time."
    assert nearest() == [
        ("Hall", [closed, "It is free next on Wednesday 2 December 2026, 6pm to 8pm."])
    ]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 25), "This site needs to know 2 days ahead. Choose a later time."),
        (
            date(2028, 12, 5),
            "You can ask for times up to 23 November 2027. Choose an earlier day.",
        ),
    ],
    ids=["too soon", "too far"],
)
def test_a_day_that_nobody_may_ask_for_is_told_why_and_leads_to_one_that_one_may(day, why):
    SpaceFactory(name="Hall")

    assert nearest(starts_at=at(day, time(18)), ends_at=at(day, time(20))) == [
        ("Hall", [why, "It is free next on Thursday 26 November 2026, 6pm to 8pm."])
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "why", "instead"),
    [
        (
            time(18),
            time(18, 10),
            "Start and end in steps of 30 minutes, such as 6pm or 6:30pm.",
            "6pm to 7pm",
        ),
        (time(18), time(18, 30), "The shortest booking here is 1 hour.", "6pm to 7pm"),
        (time(9), time(18), "The longest booking here is 8 hours.", "9am to 5pm"),
    ],
)
def test_a_length_that_no_room_takes_is_told_why_and_leads_to_one_that_it_does(
    starts, ends, why, instead
):
    SpaceFactory(name="Hall")

    assert nearest(starts_at=at(TUESDAY, starts), ends_at=at(TUESDAY, ends)) == [
        ("Hall", [why, f"It is free at another time that day: {instead}."])
    ]


def test_the_next_free_time_is_as_long_as_was_wished_or_as_the_space_takes():
    """At 8am on the next day there is one hour, which is not enough for two."""
    hall = SpaceFactory(name="Hall")
    BookingFactory(
        space=hall,
        starts_at=at(date(2026, 12, 2), time(9)),
        ends_at=at(date(2026, 12, 2), time(20)),
    )
    short = SpaceFactory(name="Short", max_minutes=60)
    for space in (hall, short):
        ClosureFactory(
            site=space.site, starts_at=at(TUESDAY, time(0)), ends_at=at(date(2026, 12, 2), time(0))
        )

    closed = "This room is closed for part of that time: Closed. Choose another time."
    longest = "The longest booking here is 1 hour."
    assert nearest() == [
        ("Short", [longest, "It is free next on Wednesday 2 December 2026, 6pm to 7pm."]),
        ("Hall", [closed, "It is free next on Wednesday 2 December 2026, 8pm to 10pm."]),
    ]


def test_who_asks_for_an_evening_is_told_of_the_next_evening_and_of_a_morning_the_next_morning():
    hall = SpaceFactory(name="Hall")
    ClosureFactory(
        site=hall.site, starts_at=at(TUESDAY, time(0)), ends_at=at(date(2026, 12, 2), time(0))
    )

    for asked, told in ((18, "6pm to 8pm"), (10, "10am to midday")):
        [(_name, [*_why, next_free])] = nearest(
            starts_at=at(TUESDAY, time(asked)), ends_at=at(TUESDAY, time(asked + 2))
        )
        assert next_free == f"It is free next on Wednesday 2 December 2026, {told}."


def test_a_space_whose_horizon_is_near_has_no_first_free_time_after_it():
    hall = SpaceFactory(site__opening=False, site__horizon_weeks=1)
    OpeningRule.objects.create(
        site=hall.site,
        weekday=1,
        opens_minute=540,
        closes_minute=900,
        valid_from=date(2026, 12, 2),
    )

    assert calendar.first_free([hall], now=NOW) == {hall.pk: None}
    Site.objects.update(horizon_weeks=2)
    hall.site.refresh_from_db()
    assert calendar.first_free([hall], now=NOW) == {hall.pk: at(date(2026, 12, 8), time(9))}


def test_a_wish_without_a_time_has_near_misses_too():
    SpaceFactory(name="Hall", capacity=40)

    wish = Wish(people=50)

    assert [(miss.space.name, miss.differs) for miss in misses.near_misses(wish, now=NOW)] == [
        ("Hall", ["It holds 40 people, chairs in a circle."])
    ]


def test_there_are_three_misses_at_most_and_none_twice():
    for _number in range(5):
        SpaceFactory(capacity=10)

    found = misses.near_misses(Wish(people=30, starts_at=SIX, ends_at=EIGHT), now=NOW)

    assert len({miss.space for miss in found}) == len(found) == 3


# --- Alternatives after a lost race --------------------------------------------------------------


def test_alternatives_are_other_times_here_and_other_spaces_then_the_nearest_first():
    hall = SpaceFactory(name="Hall", site__borough=BoroughFactory(name="Lewisham"))
    SpaceFactory(name="Far", site__borough=BoroughFactory(name="Bexley"))
    SpaceFactory(name="Same borough", site__borough=hall.site.borough)
    SpaceFactory(name="Same site", site=hall.site)
    SpaceFactory(name="Too small", site=hall.site, capacity=5)
    BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)

    found = finding.alternatives(hall, SIX, EIGHT, 12, now=NOW)

    assert names(other.space for other in found.others) == ["Same site", "Same borough", "Far"]
    assert [start for start, _end in found.times] == [
        at(TUESDAY, time(15)),
        at(TUESDAY, time(15, 30)),
        at(TUESDAY, time(16)),
        at(TUESDAY, time(20)),
    ]
    for start, end in found.times:
        assert Space.objects.filter(pk=hall.pk).free_between(start, end, now=NOW).exists()


@pytest.mark.parametrize("setup", [0, 30])
@pytest.mark.parametrize("cleardown", [0, 60])
def test_alternatives_leave_time_to_set_up_and_clear_away(setup, cleardown):
    hall = SpaceFactory(name="Hall", turnaround_minutes=15)
    other = SpaceFactory(name="Other", site=hall.site)
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(15)), ends_at=SIX, turnaround_minutes=15)
    BookingFactory(space=other, starts_at=at(TUESDAY, time(16)), ends_at=SIX)
    aside = {"setup_minutes": setup, "cleardown_minutes": cleardown}

    found = finding.alternatives(hall, SIX, EIGHT, 12, now=NOW, **aside)

    assert (SIX, EIGHT) not in found.times
    assert names(other.space for other in found.others) == ([] if setup else ["Other"])
    offered = [(hall, *stretch) for stretch in found.times]
    offered += [(space, SIX, EIGHT) for space in (other.space for other in found.others)]
    assert len(found.times) == 4
    for space, start, end in offered:
        first, last = start - timedelta(minutes=setup), end + timedelta(minutes=cleardown)
        assert Space.objects.filter(pk=space.pk).free_between(first, last, now=NOW).exists(), start


def test_the_time_that_was_refused_is_not_offered_even_if_it_is_free_again():
    found = finding.alternatives(SpaceFactory(), SIX, EIGHT, 12, now=NOW)

    assert [start for start, _end in found.times] == [
        at(TUESDAY, time(17)),
        at(TUESDAY, time(17, 30)),
        at(TUESDAY, time(18, 30)),
        at(TUESDAY, time(19)),
    ]


def test_there_may_be_no_alternative_at_all():
    hall = SpaceFactory()
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(8)), ends_at=at(TUESDAY, time(16)))
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(17)), ends_at=at(TUESDAY, time(22)))

    assert not finding.alternatives(hall, SIX, EIGHT, 12, now=NOW)


# --- The page ------------------------------------------------------------------------------------

IN_TEN_DAYS = timedelta(days=10)


def a_weekday_ahead():
    """A Tuesday at least ten days after the real clock's today, for pages that read it."""
    day = timezone.localdate() + IN_TEN_DAYS
    return day + timedelta(days=(1 - day.weekday()) % 7)


def find(client, **blanks):
    return client.get(reverse("spaces:spaces"), blanks)


def a_time(day=None, starts="6pm", ends="8pm"):
    return {"day": (day or a_weekday_ahead()).isoformat(), "from": starts, "to": ends}


def shown(response):
    return [offer["space"].name for offer in response.context["offers"]]


def test_without_blanks_every_space_is_listed_with_its_next_free_time(client):
    SpaceFactory(name="Hall")

    response = find(client)

    assert response.status_code == 200
    assert shown(response) == ["Hall"]
    assert "Next free" in response.content.decode()


def test_a_result_says_of_which_access_facts_it_counts_those_not_checked(client):
    hall = SpaceFactory(name="Hall")
    a_fact(hall.site, "yes")

    shown = client.get(reverse("spaces:spaces")).content.decode()

    assert "9 of the 10 access facts you can search for are not yet checked" in shown


def test_with_a_time_only_what_is_really_free_is_listed(client):
    taken = SpaceFactory(name="Taken")
    SpaceFactory(name="Free", site=taken.site)
    day = a_weekday_ahead()
    BookingFactory(space=taken, starts_at=at(day, time(19)), ends_at=at(day, time(21)))

    response = find(client, **a_time(day))

    assert response.status_code == 200
    assert shown(response) == ["Free"]


def test_a_day_alone_lists_what_is_free_that_day_and_from_when(client):
    morning = SpaceFactory(name="Free from 1pm")
    full = SpaceFactory(name="Taken all day", site=morning.site)
    SpaceFactory(name="Small", site=morning.site)
    small = Layout.objects.get(space__name="Small")
    small.capacity = 2
    small.save()
    shut = SpaceFactory(name="Shut")
    day = a_weekday_ahead()
    on_that_day(shut.site, day)
    BookingFactory(space=morning, starts_at=at(day, time(8)), ends_at=at(day, time(13)))
    for hour in (8, 15):
        BookingFactory(space=full, starts_at=at(day, time(hour)), ends_at=at(day, time(hour + 7)))

    found = find(client, day=day.isoformat(), people="12")

    assert shown(found) == ["Free from 1pm"]
    [offer] = found.context["offers"]
    assert offer["next_free"] == at(day, time(13))
    assert offer["url"].endswith(f"?people=12&week={day.isoformat()}")
    assert f"day={day.isoformat()}&from=13%3A00&people=12" in offer["ask_url"]
    assert f"1 room has free time on {long_date(day)}" in found.content.decode()
    for address in (offer["url"], offer["ask_url"]):
        assert client.get(address, follow=True).status_code == 200
    assert find(client, day=day.isoformat(), **{"from": "6pm"}).status_code == 422


def taken_all_day(space, *days):
    for day in days:
        for hour in (8, 15):
            BookingFactory(
                space=space, starts_at=at(day, time(hour)), ends_at=at(day, time(hour + 7))
            )


def test_a_day_with_nothing_free_leads_to_days_near_it_and_to_what_differs_that_day(client):
    day = a_weekday_ahead()
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    shut, full = SpaceFactory(name="Shut", capacity=40), SpaceFactory(name="Full", capacity=40)
    on_that_day(shut.site, day, public_note="Stocktaking")
    taken_all_day(full, day, after)
    SpaceFactory(name="Small", capacity=10)

    none = find(client, day=day.isoformat(), people="30")

    shown = none.content.decode()
    assert (none.context["offers"], none.context["page"].paginator.count) == ([], 0)
    assert [(miss["space"].name, miss["differs"]) for miss in none.context["misses"]] == [
        (
            "Shut",
            ["It is closed that day: Stocktaking.", f"It has free time on {long_date(after)}."],
        ),
        ("Full", [f"It has free time on {long_date(before)}."]),
        ("Small", ["It holds 10 people, chairs in a circle."]),
    ]
    assert f"No room like that is free on {long_date(day)}" in shown
    for miss, that_day in zip(none.context["misses"], (after, before, day), strict=True):
        assert miss["next_free"] == at(that_day, time(8))
        assert miss["url"].endswith(f"?people=30&week={that_day.isoformat()}")
        assert f"day={that_day.isoformat()}&from=08%3A00&people=30" in miss["ask_url"]
        for address in (miss["url"], miss["ask_url"]):
            assert client.get(address, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 25), "This site needs to know 2 days ahead."),
        (date(2028, 12, 5), "You can ask for times up to 23 November 2027."),
    ],
    ids=["too soon", "too far"],
)
def test_a_whole_day_that_nobody_may_ask_for_is_told_why_and_leads_to_one_that_one_may(day, why):
    SpaceFactory(name="Hall")

    [miss] = misses.near_misses(Wish(day=day, people=12), now=NOW)

    free = "It has free time on Thursday 26 November 2026."
    assert (miss.differs, miss.starts_at) == ([why, free], at(date(2026, 11, 26), time(9)))


@pytest.mark.parametrize("people", ["", "5000"], ids=["free", "nothing free"])
def test_a_day_alone_costs_the_same_for_one_room_as_for_many(client, people):
    day, weights = a_weekday_ahead(), []
    find(client, day=day.isoformat())  # some things are read once
    for _more in range(2):
        site = SpaceFactory.create_batch(2)[0].site
        SpaceFactory(site=site)
        with CaptureQueriesContext(connection) as queries:
            find(client, day=day.isoformat(), people=people, page="1")
        weights.append(len(queries))

    assert weights[0] == weights[1]


def test_a_link_can_be_shared_and_carries_what_was_asked_for(client):
    hall = SpaceFactory(name="Hall")
    day = a_weekday_ahead()

    first = find(client, people="12", layout="circle", borough="", **a_time(day))
    again = client.get(first.request["PATH_INFO"] + "?" + first.request["QUERY_STRING"])

    assert shown(again) == shown(first) == ["Hall"]
    carried = f"?day={day.isoformat()}&from=18%3A00&to=20%3A00&people=12&layout=circle"
    [offer] = again.context["offers"]
    assert offer["url"] == reverse("spaces:space", args=[hall.slug]) + carried
    assert offer["ask_url"] == reverse("spaces:hold_space", args=[hall.slug]) + carried


def test_the_page_of_a_space_understands_the_link_of_the_search(client):
    SpaceFactory(name="Hall")

    [offer] = find(client, people="12", **a_time()).context["offers"]
    response = client.get(offer["url"])

    assert response.status_code == 200
    assert response.context["is_free_then"] is True
    assert response.context["ask_url"] == offer["ask_url"]


@pytest.mark.parametrize(
    ("blanks", "wrong"),
    [
        ({"people": "lots"}, {"people": ["Enter how many people as a number, such as 20"]}),
        ({"people": "0"}, {"people": ["Enter 1 or more people"]}),
        ({"people": "9" * 400}, {"people": ["Enter 5000 people or fewer"]}),
        ({"borough": "atlantis"}, {"borough": ["Choose a borough from the list"]}),
        (
            {"day": "32 May", "from": "6pm", "to": "8pm"},
            {"day": ["Enter a day, such as 1 December or 1/12/2026"]},
        ),
        (
            {"day": "1 1 " + "9" * 30, "from": "6pm", "to": "8pm"},
            {"day": ["Enter a day, such as 1 December or 1/12/2026"]},
        ),
        (
            {"day": "31/12/9999", "from": "6pm", "to": "midnight"},
            {"day": ["This day is too far ahead. Enter a day in the next 3 years"]},
        ),
        (
            {"day": "1/1/2020", "from": "6pm", "to": "8pm"},
            {"day": ["This day has passed. Enter today or a later day"]},
        ),
        (
            {"from": "6pm"},
            {
                "day": ["Enter on which day you need it"],
                "ends": ["Enter until what time you need it, such as 8pm"],
            },
        ),
        (
            {"day": "1 December", "from": "6", "to": "8pm"},
            {"starts": ["Say if it starts in the morning or evening, such as 6am or 6pm"]},
        ),
        (
            {"day": "1 December", "from": "25:99", "to": "25:99"},
            {
                "starts": ["Enter a time for the start, such as 6pm or 6:30pm"],
                "ends": ["Enter a time for the end, such as 8pm or 8:30pm"],
            },
        ),
        (
            {"day": "1 December", "from": "8pm", "to": "6pm"},
            {"ends": ["The end must be later than the start, on the same day"]},
        ),
        ({"need": "helipad"}, {"need": ["Choose from the list what it must have"]}),
        ({"layout": "pile"}, {"layout": ["Choose from the list how it should be laid out"]}),
        ({"kind": "castle"}, {"kind": ["Choose from the list what kind of room"]}),
    ],
)
def test_bad_blanks_come_back_with_an_error_beside_them_and_nothing_lost(client, blanks, wrong):
    SpaceFactory()

    response = find(client, **blanks)

    assert response.status_code == 422
    assert response.context["form"].errors == wrong
    page = response.content.decode()
    assert "<title>Error: Find a room" in page
    for name, typed in blanks.items():
        is_box = name in ("people", "day", "from", "to")
        is_time_or_number = is_box and name != "day"
        if is_time_or_number or (name == "day" and "-" not in typed):
            assert f'value="{typed}"' in page
    for words in wrong.values():
        assert words[0] in page.replace("&#x27;", "'")


@pytest.mark.parametrize("typed", ["monkey", "today tomorrow", "sunday sunday", "yesterday"])
def test_what_is_no_day_is_asked_for_again(typed):
    field = DayField()
    field.today = date(2026, 11, 24)

    with pytest.raises(ValidationError, match="Enter a day"):
        field.clean(typed)


@pytest.mark.parametrize("page", ["spaces", "space"])
def test_both_pages_say_how_a_day_may_be_written(client, page):
    space = SpaceFactory()

    shown = client.get(reverse(f"spaces:{page}", args=[space.slug] if page == "space" else []))

    assert "Write the day as 1 December, tomorrow or Sunday" in shown.content.decode()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1 December", date(2026, 12, 1)),
        ("1st dec", date(2026, 12, 1)),
        ("Tuesday 1 December 2026", date(2026, 12, 1)),
        ("Tue, 1 Dec", date(2026, 12, 1)),
        ("Tuesday 1st of December", date(2026, 12, 1)),
        ("1/12/2026", date(2026, 12, 1)),
        ("1.12.26", date(2026, 12, 1)),
        ("2026-12-01", date(2026, 12, 1)),
        ("١/١٢/٢٠٢٦", date(2026, 12, 1)),
        ("23 November", date(2027, 11, 23)),
        ("29 February", date(2028, 2, 29)),
        ("today", date(2026, 11, 24)),
        ("Tomorrow", date(2026, 11, 25)),
        ("Sunday", date(2026, 11, 29)),
        ("thurs", date(2026, 11, 26)),
        # It is a Tuesday.
        ("Tuesday", date(2026, 12, 1)),
        ("Monday", date(2026, 11, 30)),
    ],
)
def test_a_day_is_understood_as_people_write_it(typed, day):
    field = DayField()
    field.today = date(2026, 11, 24)

    assert field.clean(typed) == day


def test_an_hour_that_the_clocks_skip_is_refused_in_words(client):
    day = next(
        day
        for day in (timezone.localdate() + timedelta(days=number) for number in range(1, 500))
        if times.local_day(day)[1] - times.local_day(day)[0] == timedelta(hours=23)
    )

    response = find(client, **a_time(day, "1:30am", "4am"))

    assert response.status_code == 422
    assert "The clocks go forward that night" in response.content.decode()


def test_until_midnight_means_the_end_of_that_day(client):
    site = SiteFactory(opening=False)
    day = a_weekday_ahead()
    OpeningRule.objects.create(site=site, weekday=1, opens_minute=1080, closes_minute=1440)
    SpaceFactory(name="Late", site=site)

    assert shown(find(client, **a_time(day, "10pm", "midnight"))) == ["Late"]


def test_when_nothing_is_free_the_nearest_misses_say_what_differs(client):
    hall = SpaceFactory(name="Hall")
    day = a_weekday_ahead()
    BookingFactory(space=hall, starts_at=at(day, time(18)), ends_at=at(day, time(20)))

    response = find(client, **a_time(day))

    assert response.status_code == 200
    assert [miss["differs"] for miss in response.context["misses"]] == [
        ["It is free at another time that day: 4pm to 6pm."]
    ]
    assert "from=16%3A00&amp;to=18%3A00" in response.content.decode()


@pytest.mark.parametrize(
    ("wish", "differs"),
    [
        ({"people": "60"}, "It holds 20 people, chairs in a circle."),
        ({"layout": "rows"}, "It can only be laid out for 20 people, chairs in a circle."),
        ({"people": "20", "need": "lift"}, "Lift: not yet checked."),
    ],
)
def test_a_near_miss_says_once_how_many_it_holds(client, wish, differs):
    SpaceFactory(name="Hall", capacity=20)

    response = find(client, **wish)

    assert [miss["differs"] for miss in response.context["misses"]] == [[differs]]
    assert response.content.decode().count("20 people, chairs in a circle") == 1


def test_every_near_miss_leads_to_pages_that_open_and_carry_a_whole_time(client):
    """Shut on the day, too small that week, in another borough: whatever the reason."""
    day = a_weekday_ahead()
    hall = SpaceFactory(name="Hall", site__borough=BoroughFactory(name="Lewisham"), capacity=12)
    ClosureFactory(
        site=hall.site, starts_at=at(day, time(0)), ends_at=at(day + timedelta(days=1), time(0))
    )

    for blanks in ({}, {"people": 50}, {"need": ["lift"]}):
        response = find(client, **a_time(day), **blanks)

        assert len(response.context["misses"]) == 1
        (miss,) = response.context["misses"]
        page = client.get(miss["url"])
        assert page.status_code == 200
        assert page.context["is_free_then"] is True
        client.force_login(a_manager_of(HirerFactory()))
        form = client.get(miss["ask_url"]).context["form"]
        assert form["ends"].value() > form["starts"].value()


def test_an_empty_portal_says_what_will_be_here(client):
    response = find(client)

    assert response.status_code == 200
    assert "When a site offers a room, it will be here." in response.content.decode()


def test_a_space_booked_elsewhere_links_out_and_cannot_be_asked_for_here(client):
    SpaceFactory(
        site__booking_authority=Site.BookingAuthority.ELSEWHERE,
        site__external_url="https://example.org/rooms",
    )

    response = find(client)

    [offer] = response.context["offers"]
    assert offer["ask_url"] == ""
    assert 'href="https://example.org/rooms"' in response.content.decode()


def a_full_space(**facts):
    space = SpaceFactory(**facts)
    a_fact(space.site, "yes")
    a_fact(space.site, "no", space)
    ClosureFactory(site=space.site)
    BookingFactory(space=space, starts_at=at(a_weekday_ahead(), time(9)))
    return space


@pytest.mark.parametrize(
    "blanks", [{}, {"people": "5"}, "time", {"people": "5000"}], ids=["all", "fit", "free", "none"]
)
def test_the_page_costs_the_same_number_of_queries_for_one_as_for_many(client, blanks):
    blanks = a_time(starts="6pm", ends="8pm") if blanks == "time" else blanks
    counted = []

    for how_many in (1, 3):
        while Space.objects.count() < how_many:
            a_full_space()
        find(client)  # boroughs are remembered for a minute
        with CaptureQueriesContext(
            connection,
        ) as queries:
            find(client, page="1", **blanks)  # a page by its number leaves no record of demand
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_search_with_a_time_takes_five_queries(client, django_assert_num_queries):
    for _number in range(3):
        a_full_space()
    a_full_space(site__booking_authority=Site.BookingAuthority.ELSEWHERE)
    find(client)  # boroughs are remembered for a minute

    # Spaces, how many, and rooms that are booked elsewhere; layouts, photographs, charges and access
    # facts of all of them.
    with django_assert_num_queries(5):
        response = find(client, **a_time())

    assert len(response.context["offers"]) == 3
    assert len(response.context["elsewhere"]) == 1


def test_a_long_list_comes_in_pages_of_ten(client):
    site = SiteFactory()
    for _number in range(11):
        SpaceFactory(site=site)

    first, second = find(client, people="2"), find(client, people="2", page="2")

    assert [len(first.context["offers"]), len(second.context["offers"])] == [10, 1]
    day = a_weekday_ahead()
    taken_all_day(SpaceFactory(site=site), day)
    of_day = [find(client, day=day.isoformat(), page=page) for page in ("1", "2")]
    assert [len(page.context["offers"]) for page in of_day] == [10, 1]
    assert {page.context["page"].paginator.count for page in of_day} == {11}
    assert "people=2&amp;page=2" in first.content.decode()


def test_a_blank_with_a_mistake_keeps_what_was_typed_and_is_described_by_what_is_wrong(client):
    answer = client.get("/spaces/", {"day": '"noonish"', "people": "0", "layout": "upside_down"})
    page = answer.content.decode()

    for name, error in {
        "day": "Enter a day, such as 1 December or 1/12/2026",
        "people": "Enter 1 or more people",
        "layout": "Choose from the list how it should be laid out",
    }.items():
        [blank] = re.findall(
            rf'<(?:input|select) class="[^"]*app-find__input"[^>]*id="id_{name}"[^>]*>', page
        )
        assert f'aria-describedby="id_{name}-error"' in blank
        [told] = re.findall(rf'id="id_{name}-error"><span[^>]*>Error: </span>([^<]*)<', page)
        assert told == error
    assert 'value="&quot;noonish&quot;"' in page
    assert answer.status_code == 422
