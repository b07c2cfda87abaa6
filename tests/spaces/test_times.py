"""When a space is open and what is left free: the pure rules."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import LONDON, at, london
from spaces.models import Closure, OpeningRule
from spaces.models.minutes import MINUTES, minutes_around, moment_of
from spaces.rules import times
from tests.clocks import AROUND

TUESDAY = date(2026, 12, 1)
FORWARD = date(2026, 3, 29)
BACK = date(2026, 10, 25)


def rule(opens, closes, *, weekday=1, space=None, valid_from=None, valid_until=None):
    return OpeningRule(
        site_id=1,
        space_id=space,
        weekday=weekday,
        opens_minute=opens * 60,
        closes_minute=closes * 60,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def closure(starts_at, ends_at, note="", reason=Closure.Reason.OTHER):
    return Closure(site_id=1, starts_at=starts_at, ends_at=ends_at, public_note=note, reason=reason)


def on(hour, minute=0, day=TUESDAY):
    return at(day, time(hour, minute))


OPEN_8_TO_20 = [rule(8, 20)]


# --- Wall clock and moments ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"), [(TUESDAY, 24), (FORWARD, 23), (BACK, 25)], ids=["usual", "forward", "back"]
)
def test_a_local_day_has_23_24_or_25_hours(day, hours):
    start, end = times.local_day(day)

    assert (end - start) == timedelta(hours=hours)


@pytest.mark.parametrize("day", [TUESDAY, FORWARD, BACK])
def test_moments_never_go_backwards_as_the_minutes_of_a_day_go_on(day):
    moments = [moment_of(day, minute) for minute in MINUTES]

    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == times.local_day(day)


@pytest.mark.parametrize("day", [TUESDAY, FORWARD, BACK])
def test_every_wall_clock_time_that_exists_means_the_moment_that_shows_it(day):
    for minute in range(24 * 60):
        shown = london(moment_of(day, minute))
        is_skipped = day == FORWARD and 60 <= minute < 120

        if is_skipped:
            assert shown == datetime(2026, 3, 29, 2, 0, tzinfo=LONDON)
        else:
            assert (shown.date(), shown.hour * 60 + shown.minute) == (day, minute)
            assert shown.fold == 0


def test_six_in_the_evening_stays_six_on_both_sides_of_the_clock_change():
    weekly = [rule(18, 20, weekday=1)]

    before, after = (
        times.open_stretches(weekly, day) for day in (date(2026, 10, 20), date(2026, 10, 27))
    )

    assert [london(start).hour for start, _end in (*before, *after)] == [18, 18]
    assert after[0][0] - before[0][0] == timedelta(days=7, hours=1)


@pytest.mark.parametrize("day", [TUESDAY, FORWARD, BACK])
def test_the_minutes_around_a_use_are_just_wide_enough(day):
    start, end = times.local_day(day)
    moment = start
    while moment + timedelta(minutes=20) <= end:
        found = minutes_around(moment, moment + timedelta(minutes=20))

        assert found is not None
        on_day, first, last = found
        assert on_day == day
        assert moment_of(day, first) <= moment
        assert first == MINUTES[-1] or moment_of(day, first + 1) > moment
        assert moment_of(day, last) >= moment + timedelta(minutes=20)
        assert moment_of(day, last - 1) < moment + timedelta(minutes=20)
        moment += timedelta(minutes=7)


# --- Opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "refusal"),
    [
        ((8, 0), (20, 0), None),
        ((18, 0), (20, 0), None),
        ((7, 30), (9, 0), "open from 8am to 8pm"),
        ((19, 0), (20, 30), "open from 8am to 8pm"),
        ((6, 0), (7, 0), "open from 8am to 8pm"),
    ],
    ids=["all day", "last hours", "too early", "too late", "before opening"],
)
def test_a_use_must_be_wholly_inside_opening_hours(starts, ends, refusal):
    if refusal is None:
        times.check_open(OPEN_8_TO_20, [], on(*starts), on(*ends))
    else:
        with pytest.raises(ValidationError, match=refusal):
            times.check_open(OPEN_8_TO_20, [], on(*starts), on(*ends))


def test_opening_times_that_meet_count_as_one():
    times.check_open([rule(8, 12), rule(12, 17)], [], on(11), on(13))


def test_opening_times_with_a_break_do_not():
    with pytest.raises(ValidationError, match="8am to midday and 1pm to 5pm"):
        times.check_open([rule(8, 12), rule(13, 17)], [], on(11), on(14))


def test_a_day_without_hours_is_named():
    wednesday = date(2026, 12, 2)

    with pytest.raises(ValidationError, match="not open on Wednesday 2 December 2026"):
        times.check_open(OPEN_8_TO_20, [], on(9, day=wednesday), on(10, day=wednesday))


def test_a_use_past_midnight_is_refused():
    always = [rule(0, 24, weekday=day) for day in range(7)]

    times.check_open(always, [], on(23), on(0, day=TUESDAY + timedelta(days=1)))
    with pytest.raises(ValidationError, match="ends on the day it starts"):
        times.check_open(always, [], on(23), on(1, day=TUESDAY + timedelta(days=1)))


def test_a_closure_is_refused_with_its_note():
    shut = closure(on(0), on(13), note="Staff training.")

    times.check_open(OPEN_8_TO_20, [shut], on(13), on(14))
    with pytest.raises(ValidationError, match=r"closed for part of that time: Staff training\. "):
        times.check_open(OPEN_8_TO_20, [shut], on(12), on(14))


def test_a_closure_without_a_note_says_what_kind_it_is():
    shut = closure(on(0), on(13), reason=Closure.Reason.BANK_HOLIDAY)

    with pytest.raises(ValidationError, match="Bank holiday"):
        times.check_open(OPEN_8_TO_20, [shut], on(12), on(14))


def test_a_space_with_rules_of_its_own_is_open_by_those_alone():
    summer = rule(9, 17, space=7, valid_from=date(2027, 4, 1), valid_until=date(2027, 9, 30))
    rules = [*OPEN_8_TO_20, summer]

    assert times.open_minutes(rules, TUESDAY) == []
    assert times.open_minutes(rules, date(2027, 4, 6)) == [(9 * 60, 17 * 60)]
    assert times.open_minutes(OPEN_8_TO_20, TUESDAY) == [(8 * 60, 20 * 60)]


def test_opening_hours_are_told_as_people_say_them():
    rules = [*(rule(8, 20, weekday=day) for day in range(5)), rule(9, 13, weekday=5)]

    assert times.seasons(rules, TUESDAY) == [
        (
            (None, None),
            [("Monday to Friday", "8am to 8pm"), ("Saturday", "9am to 1pm"), ("Sunday", "closed")],
        )
    ]


def test_a_season_that_is_over_is_not_told():
    last_year = rule(9, 17, valid_from=date(2025, 4, 1), valid_until=date(2025, 9, 30))
    every_day = [rule(8, 22, weekday=day) for day in range(7)]

    assert times.seasons([last_year], TUESDAY) == []
    assert times.seasons(every_day, TUESDAY) == [((None, None), [("Every day", "8am to 10pm")])]


# --- What a use takes ----------------------------------------------------------------------------


def test_a_use_takes_set_up_before_and_clear_down_and_turnaround_after():
    taken = times.taken_period(on(12), on(14), 15, 10, 30)

    assert taken == (on(11, 45), on(14, 40))


def test_the_next_group_waits_for_the_turnaround_and_sets_up_after_it():
    taken = times.taken_period(on(10), on(12), 0, 0, 30)

    starts = times.starts_in(
        times.free_stretches(OPEN_8_TO_20, [], [taken], TUESDAY, turnaround_minutes=30),
        TUESDAY,
        step_minutes=30,
        length_minutes=60,
    )

    assert [london(start).time() for start in starts][:4] == [
        time(8),
        time(8, 30),
        time(12, 30),
        time(13),
    ]


def test_neighbours_may_touch_when_no_turnaround_is_needed():
    free = times.free_stretches(OPEN_8_TO_20, [], [(on(10), on(12))], TUESDAY)

    assert free == [(on(8), on(10)), (on(12), on(20))]


def test_nothing_starts_before_the_notice_is_over_and_short_rests_are_left_out():
    free = times.free_stretches(
        OPEN_8_TO_20,
        [],
        [(on(12), on(19, 30))],
        TUESDAY,
        earliest=on(10),
        shortest_minutes=60,
    )

    assert free == [(on(10), on(12))]


@pytest.mark.parametrize(
    ("now", "notice", "earliest"),
    [
        (on(9), 48, on(9, day=date(2026, 12, 3))),
        # Two days before 10am is 10am, whatever the clocks do in between.
        (on(10, day=date(2026, 10, 24)), 48, on(10, day=date(2026, 10, 26))),
        (on(10, day=date(2026, 3, 28)), 48, on(10, day=date(2026, 3, 30))),
        (on(1, 30, day=date(2026, 3, 28)), 24, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
    ids=["usual", "over the change back", "over the change forward", "into the skipped hour"],
)
def test_notice_counts_hours_of_the_wall_clock(now, notice, earliest):
    assert times.earliest_start(now, notice) == earliest


DAYS = st.sampled_from([TUESDAY, date(2026, 6, 15), *AROUND])


@st.composite
def days_with_bookings(draw):
    day = draw(DAYS)
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    rules = [
        OpeningRule(site_id=1, weekday=day.weekday(), opens_minute=opens, closes_minute=closes)
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    ]
    start = times.local_day(day)[0] - timedelta(hours=3)
    moments = st.integers(0, 31 * 60).map(lambda minute: start + timedelta(minutes=minute))
    lengths = st.integers(1, 300).map(lambda minutes: timedelta(minutes=minutes))
    taken = [
        (begin, begin + length)
        for begin, length in draw(st.lists(st.tuples(moments, lengths), max_size=6))
    ]
    shut = [
        closure(begin, begin + length)
        for begin, length in draw(st.lists(st.tuples(moments, lengths), max_size=2))
    ]
    return day, rules, taken, shut, draw(st.sampled_from([0, 15, 30]))


@given(days_with_bookings())
@settings(max_examples=500, deadline=None)
def test_a_free_stretch_is_open_and_never_touches_what_is_taken(case):
    day, rules, taken, shut, turnaround = case

    stretches = times.free_stretches(rules, shut, taken, day, turnaround_minutes=turnaround)

    for start, end in stretches:
        assert start < end
        times.check_open(rules, shut, start, end)
        rest = (start, end + timedelta(minutes=turnaround))
        assert not any(begin < rest[1] and rest[0] < finish for begin, finish in taken)
    assert stretches == sorted(stretches)


@given(days_with_bookings(), st.sampled_from([15, 30, 60]), st.sampled_from([15, 60, 90]))
@settings(max_examples=300, deadline=None)
def test_every_start_on_the_grid_that_fits_is_offered_and_no_other(case, step, length):
    day, rules, taken, shut, turnaround = case
    stretches = times.free_stretches(rules, shut, taken, day, turnaround_minutes=turnaround)

    offered = set(times.starts_in(stretches, day, step_minutes=step, length_minutes=length))

    expected = set()
    for minute in range(0, 24 * 60, step):
        start = moment_of(day, minute)
        end = start + timedelta(minutes=length)
        exists = london(start).hour * 60 + london(start).minute == minute
        if exists and any(begin <= start and end <= finish for begin, finish in stretches):
            expected.add(start)
    assert offered == expected


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_every_hour_of_the_night_of_a_clock_change_is_offered_once(day):
    all_day = [rule(0, 24, weekday=day.weekday())]

    starts = list(
        times.starts_in(
            times.free_stretches(all_day, [], [], day), day, step_minutes=60, length_minutes=60
        )
    )

    hours = [london(start).hour for start in starts]
    assert hours == ([0, *range(2, 24)] if day == FORWARD else list(range(24)))


# --- Closures in words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "words"),
    [
        (on(0), on(0, day=date(2026, 12, 2)), "Tuesday 1 December 2026: Closed"),
        (
            on(0),
            on(0, day=date(2026, 12, 4)),
            "Tuesday 1 December 2026 to Thursday 3 December 2026: Closed",
        ),
        (on(9), on(13), "Tuesday 1 December 2026, 9am to 1pm: Closed"),
    ],
    ids=["a day", "some days", "some hours"],
)
def test_a_closure_is_told_with_its_last_day(starts_at, ends_at, words):
    assert times.closure_in_words(closure(starts_at, ends_at)) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(60, "1 hour"), (90, "90 minutes"), (120, "2 hours"), (48 * 60, "2 days")],
)
def test_a_length_is_told_as_people_say_it(minutes, words):
    assert times.length_in_words(minutes) == words
