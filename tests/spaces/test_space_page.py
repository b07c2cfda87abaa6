"""The page of one space: its week, its access facts, what it costs and who decides."""

from datetime import date, time, timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.clock import at, london, monday_of
from spaces.models import AccessFact, Layout, OpeningRule, Site, Space
from spaces.rules import access
from spaces.rules.weeks import HourState
from spaces.services import calendar
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ClosureFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
)

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)


def page(client, space, **query):
    return client.get(reverse("spaces:space", args=[space.slug]), query)


def words(response):
    """The page as it is read: text alone, spaces tidied."""

    class Text(HTMLParser):
        heard: list[str] = []

        def handle_data(self, data):
            self.heard.append(data)

    text = Text()
    text.heard = []
    text.feed(response.content.decode())
    return " ".join(" ".join(text.heard).split())


def a_tuesday_ahead(days=10):
    """Some Tuesday after the real clock's today, for pages that read it."""
    day = timezone.localdate() + timedelta(days=days)
    return day + timedelta(days=(1 - day.weekday()) % 7)


# --- The week ------------------------------------------------------------------------------------


def states(week, day):
    [found] = [one for one in week.days if one.date == day]
    return {hour.hour: cell.state for hour, cell in zip(week.columns, found.hours, strict=True)}


def starts(week, day):
    [found] = [one for one in week.days if one.date == day]
    return [london(cell.starts_at).time() for cell in found.hours if cell.starts_at]


def test_a_week_shows_each_hour_as_free_or_taken():
    hall = SpaceFactory(site__opening=False)
    OpeningRule.objects.create(site=hall.site, weekday=1, opens_minute=540, closes_minute=900)
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(11)), ends_at=at(TUESDAY, time(12)))

    week = calendar.week(hall, MONDAY, now=NOW, minutes=60)

    assert [hour.hour for hour in week.columns] == [9, 10, 11, 12, 13, 14]
    assert starts(week, TUESDAY) == [time(9), time(10), time(12), time(13), time(14)]
    assert states(week, TUESDAY)[11] == HourState.TAKEN
    assert [day.is_shut for day in week.days] == [True, False, True, True, True, True, True]


def test_an_hour_in_which_only_the_half_is_a_start_shows_the_half():
    hall = SpaceFactory()
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(9)), ends_at=at(TUESDAY, time(10, 30)))

    week = calendar.week(hall, MONDAY, now=NOW, minutes=60)

    assert starts(week, TUESDAY)[:2] == [time(8), time(10, 30)]


def test_an_hour_too_short_for_a_use_is_not_called_taken():
    hall = SpaceFactory()

    week = calendar.week(hall, MONDAY, now=NOW, minutes=120)

    assert states(week, TUESDAY)[20] == HourState.FREE
    assert states(week, TUESDAY)[21] == HourState.SHORT


def test_days_within_the_notice_are_too_late():
    hall = SpaceFactory()

    week = calendar.week(hall, date(2026, 11, 23), now=NOW, minutes=60)

    # Now is Tuesday 9am and the site needs two days.
    assert [day.is_too_late for day in week.days] == [True, True, True] + [False] * 4
    assert starts(week, date(2026, 11, 26))[0] == time(9)
    # They only stood in the way of the first day that somebody can ask for.
    assert [day.date.day for day in week.days_to_show] == [26, 27, 28, 29]


def test_a_week_that_is_over_still_shows_its_days():
    hall = SpaceFactory()

    week = calendar.week(hall, date(2026, 11, 16), now=NOW, minutes=60)

    assert len(week.days_to_show) == 7


def test_days_after_the_horizon_are_too_far_and_nothing_is_free_there():
    hall = SpaceFactory(site__horizon_weeks=2)

    week = calendar.week(hall, date(2026, 12, 7), now=NOW, minutes=60)

    # Two weeks from Tuesday 24 November is Tuesday 8 December.
    assert [day.is_free for day in week.days] == [True, True] + [False] * 5
    assert [day.is_too_far for day in week.days] == [False, False] + [True] * 5
    assert not any(day.is_shut or day.is_too_late for day in week.days)


def test_a_bank_holiday_is_shut_and_says_why():
    hall = SpaceFactory()
    ClosureFactory(
        site=hall.site,
        starts_at=at(date(2026, 12, 25), time(0)),
        ends_at=at(date(2026, 12, 26), time(0)),
        public_note="Christmas Day",
    )

    week = calendar.week(hall, date(2026, 12, 21), now=NOW, minutes=60)

    assert [(day.is_shut, day.notes) for day in week.days if day.notes] == [
        (True, ["Christmas Day"])
    ]


@pytest.mark.parametrize(
    ("monday", "offset"),
    [(date(2027, 3, 22), timedelta(0)), (date(2027, 3, 29), timedelta(hours=1))],
    ids=["before", "after"],
)
def test_the_week_of_a_clock_change_keeps_wall_clock_times(monday, offset):
    hall = SpaceFactory()

    week = calendar.week(hall, monday, now=NOW, minutes=60)

    assert [starts(week, day.date)[0] for day in week.days] == [time(8)] * 7
    assert [len(starts(week, day.date)) for day in week.days] == [14] * 7
    assert london(week.days[0].hours[0].starts_at).utcoffset() == offset


def test_the_night_the_clocks_go_back_offers_each_wall_clock_hour_once():
    hall = SpaceFactory(site__opening=False)
    OpeningRule.objects.create(site=hall.site, weekday=6, opens_minute=0, closes_minute=1440)
    sunday = date(2027, 10, 31)

    week = calendar.week(hall, monday_of(sunday), now=NOW, minutes=60)

    assert [start.hour for start in starts(week, sunday)] == list(range(24))


def test_the_combined_space_shows_the_bookings_of_its_rooms():
    site = SiteFactory()
    one, other = RoomFactory(site=site), RoomFactory(site=site)
    small = SpaceFactory(site=site, rooms=[one])
    both = SpaceFactory(site=site, rooms=[one, other])
    BookingFactory(space=small, starts_at=at(TUESDAY, time(11)), ends_at=at(TUESDAY, time(12)))

    week = calendar.week(both, MONDAY, now=NOW, minutes=60)

    assert states(week, TUESDAY)[11] == HourState.TAKEN
    assert states(week, TUESDAY)[12] == HourState.FREE


# --- The page ------------------------------------------------------------------------------------


def test_each_free_start_is_a_link_that_asks_for_it(client):
    hall = SpaceFactory()
    day = a_tuesday_ahead()

    response = page(client, hall, week=day.isoformat())

    assert response.status_code == 200
    said = words(response)
    assert f"Ask for {day:%A} {day.day} {day:%B} {day.year}, 6pm" in said
    address = reverse("spaces:hold_space", args=[hall.slug])
    link = f"{address}?day={day.isoformat()}&amp;from=18%3A00&amp;to=19%3A00"
    assert f'href="{link}"' in response.content.decode()


def test_the_table_has_a_caption_and_headers_for_rows_and_columns(client):
    response = page(client, SpaceFactory(), week=a_tuesday_ahead().isoformat())

    text = response.content.decode()
    assert text.count("<caption") == 2
    assert text.count('<th scope="row"') == 7
    assert text.count('<th scope="col"') == 1 + 14 + 7


def test_the_week_shown_is_the_first_with_something_free(client):
    hall = SpaceFactory(site__opening=False)
    day = a_tuesday_ahead()
    OpeningRule.objects.create(
        site=hall.site, weekday=1, opens_minute=540, closes_minute=900, valid_from=day
    )

    assert page(client, hall).context["week"].monday == monday_of(day)


@time_machine.travel(at(date(2027, 4, 5), time(9)), tick=False)
def test_where_much_notice_is_needed_the_page_opens_where_something_is_free_first(client):
    """Far beyond the days that a list looks at from today, and in a week of two months."""
    hall = SpaceFactory(site__opening=False, site__min_notice_hours=45 * 24, site__horizon_weeks=20)
    day, before = date(2027, 6, 1), date(2027, 5, 25)
    OpeningRule.objects.create(
        site=hall.site, weekday=1, opens_minute=540, closes_minute=900, valid_from=before
    )
    ClosureFactory(site=hall.site, starts_at=at(before, time(8)), ends_at=at(before, time(18)))

    shown = page(client, hall).context

    first = calendar.first_free([hall], now=timezone.now())[hall.pk]
    assert first == at(day, time(9))
    assert (shown["week"].monday, shown["month"].first) == (date(2027, 5, 31), day)
    assert starts(shown["week"], day)[0] == time(9)


def test_weeks_lead_to_their_neighbours_within_the_horizon(client):
    hall = SpaceFactory(site__horizon_weeks=2)
    this_week = monday_of(timezone.localdate())

    first = page(client, hall, week=this_week.isoformat()).context
    last = page(client, hall, week=(this_week + timedelta(weeks=2)).isoformat()).context
    beyond = page(client, hall, week=(this_week + timedelta(weeks=9)).isoformat()).context

    assert first["earlier"] == ""
    assert first["later"] == f"?week={(this_week + timedelta(weeks=1)).isoformat()}#week"
    assert last["later"] == ""
    assert beyond["week"].monday == this_week + timedelta(weeks=2)


def test_every_link_of_the_last_week_can_be_followed_and_the_rest_is_said_to_be_too_far(client):
    hall = SpaceFactory(site__horizon_weeks=2, site__min_notice_hours=0)
    with time_machine.travel(NOW, tick=False):
        response = page(client, hall, week="2026-12-07")
        client.force_login(a_manager_of(HirerFactory()))
        links = [hour["url"] for row in response.context["days"] for hour in row["hours"]]
        for link in filter(None, links):
            form = client.get(link).context["form"]
            day, month, year = (int(part) for part in form["day"].value())
            assert date(year, month, day) <= date(2026, 12, 8)

    assert words(response).count("Too far ahead to ask for this day") == 5


def test_a_week_that_is_past_leads_to_this_one(client):
    response = page(client, SpaceFactory(), week="2020-01-06")

    assert response.status_code == 200
    assert response.context["week"].monday == monday_of(timezone.localdate())


def test_the_time_asked_for_is_answered_and_its_week_shown(client):
    hall = SpaceFactory()
    day = a_tuesday_ahead(40)
    BookingFactory(space=hall, starts_at=at(day, time(18)), ends_at=at(day, time(20)))

    response = page(client, hall, day=day.isoformat(), **{"from": "6pm", "to": "8pm"})

    assert response.context["is_free_then"] is False
    assert response.context["week"].monday == monday_of(day)
    said = words(response)
    assert "Not free" in said
    assert "Somebody else has it for part of that time" in said
    assert "4pm to 6pm" in said


def test_a_time_outside_opening_hours_says_the_hours(client):
    day = a_tuesday_ahead()

    response = page(client, SpaceFactory(), day=day.isoformat(), **{"from": "9pm", "to": "11pm"})

    assert "this room is open from 8am to 10pm" in words(response)


@pytest.mark.parametrize(
    ("query", "words_of_error"),
    [
        ({"week": "soon"}, "Choose a week with the links beside the table"),
        ({"people": "0"}, "Enter 1 or more people"),
        ({"layout": "pile"}, "Choose from the list how it should be laid out"),
        ({"day": "someday", "from": "6pm", "to": "8pm"}, "Enter a day, such as 1 December"),
        ({"from": "6pm", "to": "8pm"}, "Enter on which day you need it"),
        ({"people": "many"}, "Enter how many people as a number, such as 20"),
    ],
)
def test_a_bad_address_shows_the_page_with_the_error(client, query, words_of_error):
    response = page(client, SpaceFactory(), **query)

    assert response.status_code == 422
    assert words_of_error in words(response)


def test_access_facts_say_what_nobody_has_checked(client):
    hall = SpaceFactory()
    AccessFact.objects.create(
        site=hall.site,
        key=AccessFact.Key.STEP_FREE,
        value="yes",
        note="Level from the street",
        surveyed_on=date(2026, 9, 14),
    )
    AccessFact.objects.create(site=hall.site, key=AccessFact.Key.HEARING_LOOP)

    AccessFact.objects.create(
        site=hall.site,
        key=AccessFact.Key.DOOR_WIDTH,
        value="yes",
        note="95 cm",
        surveyed_on=date(2026, 9, 14),
    )

    said = words(page(client, hall))

    assert "Step-free way in Level from the street Yes" in said
    assert "Narrowest door 95 cm" in said  # a width is the answer, not "Yes"
    assert "95 cm Yes" not in said
    assert "Checked on 14 September 2026, where no other day is said." in said
    # What nobody has checked is counted and named, after what is known.
    assert "6 not yet checked Ramp How the main door opens Lip at the main door" in said
    assert "5 not yet checked Hearing loop Fixed or portable loop Staff trained" in said
    assert said.count("Checked on") == 1


def test_a_fact_that_was_checked_on_another_day_says_so(client):
    hall = SpaceFactory()
    for key, day in (("lift", 14), ("signs", 14), ("wifi", 20)):
        AccessFact.objects.create(
            site=hall.site, key=key, value="no", surveyed_on=date(2026, 9, day)
        )

    said = words(page(client, hall))

    assert "Wi-Fi Checked on 20 September 2026 No" in said
    assert "Lift No" in said


def test_every_access_question_stands_in_one_part():
    parts = access.in_parts({})

    assert [fact.key for part in parts for fact in part.not_checked] == list(AccessFact.Key)
    assert all(part.not_checked for part in parts)


def test_what_was_measured_cannot_be_left_out():
    hall = SpaceFactory()
    told = AccessFact(site=hall.site, key="door_width", value="yes", surveyed_on=TUESDAY)

    with pytest.raises(ValidationError, match="Say in the note what was found"):
        told.full_clean()
    told.note = "82 cm"
    told.full_clean()


def test_the_page_says_what_it_costs_who_decides_and_when_to_cancel(client):
    hall = SpaceFactory(
        price_text="Free until 6pm.",
        site__cancel_notice_working_days=10,
        site__programme_decides=True,
    )
    Layout.objects.create(space=hall, kind=Layout.Kind.ROWS, capacity=60)

    said = words(page(client, hall))

    assert "Up to 60 people" in said
    assert "Free until 6pm." in said
    assert (
        f"The people who run {hall.site} and programme staff both say yes or no within 5 working"
        " days. The safeguarding lead decides too where people under 18 or adults at risk come."
        f" Until then nobody else can take it. The building belongs to {hall.site.owner}."
    ) in said
    assert "cancel at least 10 working days before" in said
    assert "Every day 8am to 10pm" in said


def test_how_to_get_in_is_not_told_to_everybody(client):
    hall = SpaceFactory(site__getting_in="The code is 4711.")

    said = words(page(client, hall))

    assert "4711" not in said
    # An approved one may still miss papers or conditions, and is not told.
    assert "How to get in is told to groups whose booking is confirmed." in said


def test_a_space_booked_elsewhere_links_out_and_cannot_be_asked_for_here(client):
    there = SpaceFactory(
        site__booking_authority=Site.BookingAuthority.ELSEWHERE,
        site__external_url="https://example.org/rooms",
    )

    response = page(client, there, **{"day": "1 December", "from": "6pm", "to": "8pm"})

    assert response.status_code == 200
    text = response.content.decode()
    assert 'href="https://example.org/rooms"' in text
    assert reverse("spaces:hold_space", args=[there.slug]) not in text
    assert "<table" not in text


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Space.Status.DRAFT},
        {"status": Space.Status.ARCHIVED},
        {"site__is_published": False},
        {"rooms": []},
    ],
)
def test_a_space_that_is_not_on_offer_has_no_page(client, facts):
    assert page(client, SpaceFactory(**facts)).status_code == 404


def test_the_page_costs_the_same_number_of_queries_with_one_booking_as_with_many(client):
    hall = SpaceFactory()
    day = a_tuesday_ahead()
    counted = []

    for hour in (9, 12, 15):
        BookingFactory(space=hall, starts_at=at(day, time(hour)))
        ClosureFactory(site=hall.site, starts_at=at(day, time(21)), ends_at=at(day, time(22)))
        AccessFact.objects.create(site=hall.site, key=AccessFact.Key.values[hour % 10])
        with CaptureQueriesContext(connection) as queries:
            page(client, hall, week=day.isoformat())
        counted.append(len(queries))

    assert counted == [16, 16, 16]


def test_every_drawing_has_its_file_and_every_kind_a_drawing():
    for drawing in Space.Drawing:
        assert finders.find(f"images/spaces/{drawing.value}.svg"), drawing
    for kind in Space.Kind:
        assert Space(kind=kind).picture.value == kind.value
    assert Space(kind=Space.Kind.HALL, drawing="hall-stage").picture_file.endswith("hall-stage.svg")
