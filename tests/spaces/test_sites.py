"""What those who run a site say of its hours, days, closures and prices; and no booking is lost by it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, time, timedelta
from time import sleep

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from core.clock import at, today
from core.templatetags.dates import long_date
from notifications.models import Message
from spaces import services
from spaces.forms.hours import HoursField
from spaces.forms.prices import PenceField
from spaces.models import Arrival, Booking, Charge, Closure, DayException, OpeningRule
from spaces.rules import times
from spaces.services import calendar
from tests.factories.accounts import UserFactory, a_person_with
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
    a_programme_worker,
    a_site_manager_of,
    on_that_day,
    with_second_factor,
)
from tests.forms import forms_of
from tests.racing import at_once
from tests.spaces.test_arrival import FULL
from tests.spaces.test_site_words import WORDS

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 12, 1)
DAY = timedelta(days=1)
EVERY_DAY_9_TO_5 = {weekday: [(540, 1020)] for weekday in range(7)}


def happened():
    return list(AuditRecord.objects.order_by("pk").values_list("verb", flat=True))


def open_on(space, day):
    known = calendar.times_of([space], *times.local_day(day), now=NOW)[space.pk]
    return times.open_minutes(known.opening, day)


def rules_of(site, space=None):
    """Each stretch of dates with its hours on Tuesdays."""
    rules = site.opening_rules.filter(space=space, weekday=1).order_by("valid_from", "opens_minute")
    return [
        (rule.valid_from, rule.valid_until, rule.opens_minute // 60, rule.closes_minute // 60)
        for rule in rules
    ]


# --- What is typed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("9am to 5pm", [(540, 1020)]),
        (" 9am  to 5:30pm ", [(540, 1050)]),
        ("09:00-17:00", [(540, 1020)]),
        ("9am to midday and 1pm to midnight", [(540, 720), (780, 1440)]),
        ("9am until midday, 1pm until 5pm", [(540, 720), (780, 1020)]),
        ("midnight to midnight", [(0, 1440)]),
        ("Closed", []),
        ("", []),
        ("9 to 5", "Say morning or evening, such as 6am or 6pm"),
        ("nine to five", "Enter a time, such as 6pm or 6:30pm"),
        ("9am", "Write it like this: 9am to 5pm, or 9am to midday and 1pm to 5pm"),
        ("5pm to 9am", "It must close later than it opens"),
        ("9am to midday and midday to 5pm", "The second time must start after the first has ended"),
        ("1pm to 5pm and 9am to 10am", "The second time must start after the first has ended"),
        ("6am to 7am, 8am to 9am, 10am to 11am", "Write two times at most"),
        ("9am to 5pm" + " " * 9 + "x" * 99, "Use 100 characters or fewer"),
    ],
)
def test_hours_are_read_as_people_write_them(typed, minutes):
    field = HoursField(required=False)

    if isinstance(minutes, str):
        with pytest.raises(ValidationError) as refused:
            field.clean(typed)
        assert refused.value.messages == [minutes]
    else:
        assert field.clean(typed) == minutes
        # What stands in the box is read back as the same.
        assert field.clean(field.prepare_value(minutes)) == minutes


@pytest.mark.parametrize(
    ("typed", "pence"),
    [
        ("12.50", 1250),
        ("£12.5", 1250),
        ("1,250", 125000),
        ("0", 0),
        ("12", 1200),
        ("0.05", 5),
        ("٣", 300),
    ],
)
def test_money_is_read_as_people_write_it(typed, pence):
    assert PenceField().clean(typed) == pence


@pytest.mark.parametrize("typed", ["-1", "12.505", "a lot", "1e3", "99999", "²"])
def test_money_that_makes_no_sense_is_refused(typed):
    with pytest.raises(ValidationError):
        PenceField().clean(typed)


# --- Weekly hours --------------------------------------------------------------------------------


def change(site, by, starts_on=TUESDAY, ends_on=None, hours=EVERY_DAY_9_TO_5, **more):
    return services.change_hours(
        site,
        by=by,
        now=NOW,
        hours=hours,
        starts_on=starts_on,
        ends_on=ends_on,
        **({"seen": set()} | more),
    )


def test_new_hours_end_the_old_ones_the_day_before():
    space = SpaceFactory()
    site, by = space.site, a_site_manager_of(space.site)

    change(site, by)

    assert rules_of(site) == [(TUESDAY, None, 9, 17), (None, TUESDAY - DAY, 8, 22)]
    assert open_on(space, TUESDAY - 7 * DAY) == [(480, 1320)]
    assert open_on(space, TUESDAY) == [(540, 1020)]
    entry = AuditRecord.objects.get()
    assert (entry.verb, entry.actor, entry.subject_id) == (
        "spaces.hours_changed",
        by,
        str(site.pk),
    )


def test_hours_until_a_day_let_the_old_ones_hold_again():
    space = SpaceFactory()
    site, by = space.site, a_site_manager_of(space.site)
    change(site, by, starts_on=TUESDAY + 70 * DAY, hours={1: [(600, 660)]})

    change(site, by, ends_on=TUESDAY + 6 * DAY)
    change(site, by, starts_on=TUESDAY - DAY, ends_on=TUESDAY, hours={})

    assert [open_on(space, TUESDAY + number * 7 * DAY) for number in (-1, 0, 1, 9, 10)] == [
        [(480, 1320)],
        [],
        [(480, 1320)],
        [(480, 1320)],
        [(600, 660)],
    ]
    assert open_on(space, TUESDAY + DAY) == [(540, 1020)]


def test_a_space_keeps_the_hours_of_its_site_until_its_own_begin():
    space, other = SpaceFactory(), SpaceFactory()
    other.site = space.site
    other.save()
    site, by = space.site, a_site_manager_of(space.site)

    change(site, by, space=space, ends_on=TUESDAY)

    assert [open_on(space, TUESDAY + number * DAY) for number in (-1, 0, 1)] == [
        [(480, 1320)],
        [(540, 1020)],
        [(480, 1320)],
    ]
    assert open_on(other, TUESDAY) == [(480, 1320)]
    services.follow_site_hours(space, by=by, now=NOW, seen=set())
    assert space.opening_rules.count() == 0
    assert open_on(space, TUESDAY) == [(480, 1320)]
    assert happened() == ["spaces.hours_changed"] * 2


@pytest.mark.parametrize(
    ("starts", "facts", "is_outside"),
    [
        (time(15), {}, False),
        (time(16), {}, True),
        (time(15), {"cleardown_minutes": 15}, True),
        (time(9), {"setup_minutes": 15}, True),
        (time(18), {"state": "confirmed"}, True),
        (time(18), {"state": "declined"}, False),
    ],
)
def test_shorter_hours_are_saved_only_by_somebody_who_saw_what_is_outside(
    starts, facts, is_outside
):
    booking = BookingFactory(starts_at=at(TUESDAY, starts), **facts)
    site, by = booking.space.site, a_site_manager_of(booking.space.site)
    colleague = a_site_manager_of(site)
    before = booking.state

    if not is_outside:
        assert change(site, by) == []
        assert Message.objects.count() == 0
        return
    with pytest.raises(ValidationError) as refused:
        change(site, by)
    assert (refused.value.code, refused.value.params["bookings"]) == (services.UNSEEN, [booking])
    assert rules_of(site) == [(None, None, 8, 22)]
    assert (happened(), Message.objects.count()) == ([], 0)

    assert change(site, by, seen={str(booking.uuid)}) == [booking]
    booking.refresh_from_db()
    assert booking.state == before
    assert rules_of(site)[0] == (TUESDAY, None, 9, 17)
    [letter] = Message.objects.all()
    assert letter.address == colleague.email
    assert letter.subject == f"A booking at {site} is outside its hours"
    assert booking.get_absolute_url() in letter.body


def test_bookings_elsewhere_and_before_are_not_outside():
    booking = BookingFactory(starts_at=at(TUESDAY, time(18)))
    site, by = booking.space.site, a_site_manager_of(booking.space.site)
    BookingFactory(starts_at=at(TUESDAY, time(18)))

    assert change(site, by, starts_on=TUESDAY + DAY) == []
    assert change(site, by, space=SpaceFactory(site=site)) == []


# --- Days ----------------------------------------------------------------------------------------


def say(of, by, *stretches, day=TUESDAY, seen=frozenset(), **facts):
    said = DayException(site=of.site, space=of, day=day, minutes=list(stretches), **facts)
    return services.say_of_day(said, by=by, now=NOW, seen=seen)


def test_a_day_is_said_changed_and_taken_back_with_a_record_each():
    space = SpaceFactory()
    by = a_site_manager_of(space.site)

    say(space, by, (720, 1380), reason="event", public_note="Open late")
    said = DayException.objects.get()
    said.minutes = []
    services.say_of_day(said, by=by, now=NOW, seen=set())
    assert open_on(space, TUESDAY) == []
    services.take_back_day(said, by=by, now=NOW, seen=set())

    assert open_on(space, TUESDAY) == [(480, 1320)]
    assert happened() == [
        "spaces.day_exception_set",
        "spaces.day_exception_set",
        "spaces.day_exception_removed",
    ]


def test_a_second_thing_about_one_day_is_refused_in_words():
    space = SpaceFactory()
    by = a_site_manager_of(space.site)
    say(space, by)

    with pytest.raises(ValidationError) as refused:
        say(space, by, (540, 600))

    assert (refused.value.code, refused.value.messages) == (
        "said_already",
        ["Other hours are set for this day already. Change those instead."],
    )


@pytest.mark.parametrize(
    ("shut", "hours", "is_refused"),
    [
        ([(0, 24)], [(600, 1080)], True),
        ([(0, 24)], [], False),
        ([(0, 12), (12, 20)], [(600, 1080)], True),
        ([(0, 12)], [(600, 1080)], False),
        ([(12, 14)], [(600, 1080)], False),
        ([(0, 12)], [(600, 720), (780, 1080)], False),
    ],
    ids=["all day", "closed too", "by two", "until noon", "at noon", "its morning alone"],
)
def test_other_hours_are_refused_while_a_closure_shuts_the_building_for_all_of_them(
    shut, hours, is_refused
):
    space = SpaceFactory()
    by = a_site_manager_of(space.site)
    for first, last in shut:
        ClosureFactory(
            site=space.site,
            starts_at=at(TUESDAY, time(first)),
            ends_at=at(TUESDAY + DAY, time(0)) if last == 24 else at(TUESDAY, time(last)),
            public_note="The roof is mended",
        )

    if is_refused:
        with pytest.raises(ValidationError, match="The roof is mended") as refused:
            say(space, by, *hours)
        assert refused.value.code == "shut_anyway"
    else:
        say(space, by, *hours)

    assert DayException.objects.exists() != is_refused


def test_a_closure_of_some_rooms_is_no_reason_to_refuse_other_hours():
    space = SpaceFactory()
    closure = ClosureFactory(site=space.site)
    closure.rooms.set(space.rooms.all())

    say(space, a_site_manager_of(space.site), (600, 1080), day=closure.starts_at.date())

    assert DayException.objects.exists()


@pytest.mark.parametrize(
    "act", ["shorter", "longer, for another space", "taken back", "moved closing"]
)
def test_what_a_day_leaves_outside_is_seen_first(act):
    late = BookingFactory(starts_at=at(TUESDAY, time(20)))
    space, by = late.space, a_site_manager_of(late.space.site)
    if act == "shorter":
        with pytest.raises(ValidationError) as refused:
            say(space, by, (540, 1260))
    elif act == "longer, for another space":
        assert say(SpaceFactory(site=space.site), by) == []
        return
    else:
        say(space, by, (540, 1380))
        Booking.objects.update(starts_at=at(TUESDAY, time(21)), ends_at=at(TUESDAY, time(23)))
        said = DayException.objects.get()
        do = services.take_back_day
        if act == "moved closing":
            said.minutes, do = [(540, 1320)], services.say_of_day
        with pytest.raises(ValidationError) as refused:
            do(said, by=by, now=NOW, seen=set())
        assert DayException.objects.get().minutes == [(540, 1380)]
    assert (refused.value.code, refused.value.params["bookings"]) == (services.UNSEEN, [late])


def test_bank_holidays_are_offered_while_somebody_could_book_on_them():
    site = SiteFactory()
    SpaceFactory(site=site)
    christmas = date(2026, 12, 25)

    def offered():
        return [
            name
            for day, name in services.bank_holidays_open(site, today=NOW.date())
            if day.year == 2026
        ]

    assert offered() == ["Christmas Day", "Boxing Day", "Boxing Day (substitute day)"]
    on_that_day(site, christmas)
    ClosureFactory(
        site=site,
        starts_at=at(christmas + DAY, time(0)),
        ends_at=at(christmas + 2 * DAY, time(0)),
    )
    assert offered() == ["Boxing Day (substitute day)"]
    site.opening_rules.filter(weekday=0).delete()
    assert offered() == []


# --- Who may -------------------------------------------------------------------------------------


def test_only_those_who_run_the_site_change_anything():
    site, elsewhere = SiteFactory(), SiteFactory()
    space, charge = SpaceFactory(site=site), ChargeFactory(site=site, space=None)
    said = on_that_day(site, TUESDAY)
    lead = with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD))

    for by in (a_site_manager_of(elsewhere), a_manager_of(HirerFactory()), lead, UserFactory()):
        for act in (
            lambda: change(site, by),  # noqa: B023
            lambda: services.follow_site_hours(space, by=by, now=NOW, seen=set()),  # noqa: B023
            lambda: services.say_of_day(said, by=by, now=NOW, seen=set()),  # noqa: B023
            lambda: services.take_back_day(said, by=by, now=NOW, seen=set()),  # noqa: B023
            lambda: price(site, by),  # noqa: B023
            lambda: services.end_price(charge, by=by, now=NOW, ends_on=TUESDAY),  # noqa: B023
        ):
            with pytest.raises(PermissionDenied):
                act()
    assert happened() == []
    change(site, a_programme_worker())
    assert happened() == ["spaces.hours_changed"]


def pages_of(site):
    """Every address of a site that those who run it may open."""
    space = SpaceFactory(site=site)
    OpeningRule.objects.create(
        site=site, space=space, weekday=0, opens_minute=540, closes_minute=600
    )
    said = on_that_day(site, today() + DAY)
    soon = at(today() + 3 * DAY, time(12))
    closure = ClosureFactory(site=site, starts_at=soon, ends_at=soon + DAY)
    charge = ChargeFactory(site=site, space=None)
    parts = [
        ("site",),
        ("change_hours",),
        ("change_space_hours", space.slug),
        ("follow_site_hours", space.slug),
        ("days",),
        ("add_day",),
        ("change_day", said.pk),
        ("remove_day", said.pk),
        ("add_closure",),
        ("change_closure", closure.pk),
        ("end_closure", closure.pk),
        ("set_price",),
        ("end_price", charge.pk),
    ]
    return [reverse(f"spaces:{name}", args=[site.slug, *rest]) for name, *rest in parts]


def test_whoever_runs_one_site_finds_no_page_of_another(client):
    mine, other = SiteFactory(), SiteFactory()
    my_pages, their_pages = pages_of(mine), pages_of(other)
    client.force_login(a_site_manager_of(mine))

    assert [client.get(page).status_code for page in my_pages] == [200] * len(my_pages)
    assert {client.get(page).status_code for page in their_pages} == {404}
    assert {client.post(page).status_code for page in their_pages} <= {404, 405}
    # Nor by a number of the other under the name of one's own.
    for page in their_pages:
        mixed = page.replace(f"/{other.slug}/", f"/{mine.slug}/")
        if mixed not in my_pages:
            assert client.get(mixed).status_code == 404, mixed
    assert (DayException.objects.count(), Closure.objects.count()) == (2, 2)


def test_the_programme_lead_looks_and_changes_nothing(client):
    site = SiteFactory()
    look, *acts = pages_of(site)
    client.force_login(with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD)))

    assert client.get(look).status_code == 200
    assert "Change" not in client.get(look).content.decode().partition("<main")[2]
    assert {client.get(page).status_code for page in acts} == {403}


def test_the_page_of_a_site_leads_only_to_rooms_that_have_a_page(client):
    site = SiteFactory()
    SpaceFactory(site=site, name="Hall", slug="hall")
    SpaceFactory(site=site, name="Ward", slug="ward", is_clinical=True)
    SpaceFactory(site=site, name="Attic", slug="attic", rooms=[])
    SpaceFactory(site=site, name="Shed", slug="shed", status="draft")
    client.force_login(a_site_manager_of(site))

    shown = client.get(reverse("spaces:site", args=[site.slug])).content.decode()

    linked = [slug for slug in ("hall", "ward", "attic", "shed") if f'"/spaces/{slug}/"' in shown]
    found = [slug for slug in linked if client.get(f"/spaces/{slug}/").status_code == 200]
    assert linked == found == ["hall"]
    assert "for patient care alone, so groups do not see it" in shown


def test_the_page_of_a_site_costs_the_same_for_one_as_for_many(client):
    site = SiteFactory()
    client.force_login(a_site_manager_of(site))
    weights = []
    for number in range(3):
        rooms = [RoomFactory(site=site) for _room in range(2)]
        space = SpaceFactory(site=site, rooms=rooms)
        OpeningRule.objects.create(
            site=site, space=space, weekday=0, opens_minute=540, closes_minute=600
        )
        ChargeFactory(of=space)
        on_that_day(space, today() + (number + 1) * DAY)
        soon = at(today() + 3 * DAY, time(12 + number))
        ClosureFactory(site=site, starts_at=soon, ends_at=soon + DAY).rooms.set(rooms)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("spaces:site", args=[site.slug]))
        weights.append(len(queries))

    assert weights[0] == weights[1] == weights[2]


# --- On the pages --------------------------------------------------------------------------------


@pytest.fixture
def keeper(client):
    """Somebody who runs a site with one hall, signed in."""
    site = SiteFactory(name="Lee Health Centre (demo)", slug="lee")
    SpaceFactory(site=site, name="Hall", slug="lee-hall")
    person = a_site_manager_of(site)
    client.force_login(person)
    return person


def as_shown(client, address):
    """What a page hands on of the version that it showed."""
    return {"version": client.get(address).context["form"]["version"].value()}


def typed_day(day, name="day"):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def test_closing_shows_the_bookings_inside_and_saves_once_they_were_seen(client, keeper):
    hall = keeper.managed_sites.get().site.spaces.get()
    day = today() + 10 * DAY
    private = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    booking = BookingFactory(space=hall, hirer=private, starts_at=at(day, time(12)))
    address = reverse("spaces:add_closure", args=["lee"])
    typed = {
        "what": "whole",
        "reason": "works",
        "public_note": "The roof is mended",
        **typed_day(day, "starts_on"),
        **typed_day(day + DAY, "ends_on"),
        "ends": "1pm",
    }

    first = client.post(address, typed)

    words = first.content.decode()
    assert (first.status_code, Closure.objects.count()) == (200, 0)
    assert "1 booking lies in this time" in words
    assert booking.get_absolute_url() in words
    assert "Rainbow" not in words
    assert '<input type="hidden" name="public_note" value="The roof is mended">' in words
    # Back to the form, with everything typed.
    again = client.post(address, typed | {"change": "1"})
    assert again.status_code == 200
    assert again.context["form"]["public_note"].value() == "The roof is mended"
    # Somebody else asked meanwhile: the list is shown anew.
    late = BookingFactory(space=hall, starts_at=at(day, time(15)))
    raced = client.post(address, typed | {"seen": str(booking.uuid)})
    assert (raced.status_code, Closure.objects.count()) == (409, 0)
    assert late.get_absolute_url() in raced.content.decode()

    done = client.post(address, typed | {"seen": f"{booking.uuid} {late.uuid}"})

    # Who saved it goes on to the bookings that are to be decided about now.
    assert done.url == reverse("spaces:bookings_outside", args=["lee"])
    left = client.get(done.url).content.decode()
    assert booking.get_absolute_url() in left
    assert late.get_absolute_url() in left
    assert "This room is closed for part of that time: The roof is mended." in left
    assert "Rainbow" not in left
    assert "2 bookings no longer fit" in client.get("/spaces/sites/lee/").content.decode()
    closure = Closure.objects.get()
    assert (closure.starts_at, closure.ends_at, closure.reason) == (
        at(day, time(0)),
        at(day + DAY, time(13)),
        "works",
    )
    assert set(Booking.objects.values_list("state", flat=True)) == {"requested"}


def test_a_busy_site_closes_however_many_bookings_lie_inside(client, keeper, settings):
    hall = keeper.managed_sites.get().site.spaces.get()
    day = today() + 10 * DAY
    for hour in range(9, 21, 2):
        BookingFactory(space=hall, starts_at=at(day, time(hour)), ends_at=at(day, time(hour + 2)))
    address = reverse("spaces:add_closure", args=["lee"])
    typed = {
        "what": "whole",
        "reason": "works",
        **typed_day(day, "starts_on"),
        **typed_day(day, "ends_on"),
    }
    shown = forms_of(client.post(address, typed).content.decode())[0].held()
    # A form may have some hundred fields; here so few that six bookings are many.
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = len(typed) + 3
    sent = {name: value for name, value in shown.items() if name != "change"}

    assert client.post(address, sent).url == reverse("spaces:bookings_outside", args=["lee"])
    assert Closure.objects.count() == 1


def test_a_closure_is_changed_to_some_rooms_and_lifted(client, keeper):
    site = keeper.managed_sites.get().site
    room = site.rooms.get()
    soon = at(today() + 5 * DAY, time(9, 30))
    closure = ClosureFactory(site=site, starts_at=soon, ends_at=at(today() + 7 * DAY, time(0)))
    address = reverse("spaces:change_closure", args=["lee", closure.pk])
    form = client.get(address).context["form"]
    assert form.initial["ends_on"] == today() + 6 * DAY

    bad = client.post(address, {"what": "some", "reason": "works"})
    typed = {
        "what": "some",
        "rooms": [str(room.pk)],
        "reason": "clinical",
        **typed_day(today() + 5 * DAY, "starts_on"),
        **typed_day(today() + 5 * DAY, "ends_on"),
    }
    client.post(address, typed | as_shown(client, address))

    assert bad.status_code == 422
    assert bad.context["form"].errors["rooms"] == ["Choose one room or more"]
    closure.refresh_from_db()
    assert list(closure.rooms.all()) == [room]
    assert closure.ends_at == at(today() + 6 * DAY, time(0))
    lift = reverse("spaces:end_closure", args=["lee", closure.pk])
    client.post(lift, as_shown(client, lift))
    assert not Closure.objects.exists()
    assert happened() == ["spaces.rooms_closed", "spaces.rooms_opened"]


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"starts_on_day": "40"}, "starts_on", "Enter a real date, such as 1 12 2026"),
        ({"ends_on_year": "2020"}, "ends_on", "It must end later than it starts"),
        ({"starts": "3pm", "ends": "2pm"}, "ends", "It must end later than it starts"),
        (
            {"starts_on_year": "2020", "ends_on_year": "2021"},
            "ends_on",
            "That time is over. Choose a later day",
        ),
        ({"what": ""}, "what", "Choose what is closed"),
        (
            {"ends_on_year": str(today().year + 4)},
            "ends_on",
            "A closure can end two years from now at most. Choose an earlier last day, and make it"
            " longer when that day comes near.",
        ),
    ],
)
def test_a_closure_that_makes_no_sense_is_refused(client, keeper, changed, field, words):
    day = today() + 10 * DAY
    typed = {
        "what": "whole",
        "reason": "works",
        "public_note": "The roof",
        **typed_day(day, "starts_on"),
        **typed_day(day, "ends_on"),
    }

    answer = client.post(reverse("spaces:add_closure", args=["lee"]), typed | changed)

    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [words]}
    assert 'value="The roof"' in answer.content.decode()


def test_a_bank_holiday_is_closed_with_one_press(client, keeper):
    page = client.get(reverse("spaces:days", args=["lee"]))
    day, name = page.context["bank_holidays"][0]
    assert long_date(day) in page.content.decode()

    answer = client.post(
        reverse("spaces:add_day", args=["lee"]),
        {
            "space": "all",
            "day": day.isoformat(),
            "is_open": "closed",
            "reason": "bank_holiday",
            "public_note": name,
        },
    )

    assert answer.url == reverse("spaces:days", args=["lee"])
    said = DayException.objects.get()
    assert (said.day, said.minutes, said.public_note, said.space) == (day, [], name, None)
    after = client.get(answer.url)
    assert day not in [day for day, _name in after.context["bank_holidays"]]
    assert "closed all day" in after.content.decode()


def test_a_day_is_added_for_one_room_and_bad_answers_come_back(client, keeper):
    address = reverse("spaces:add_day", args=["lee"])
    day = today() + 10 * DAY
    typed = {
        "space": "lee-hall",
        "is_open": "open",
        "hours": "noonish",
        "reason": "event",
        "public_note": "A fair",
        **typed_day(day),
    }

    bad = client.post(address, typed)
    empty = client.post(address, typed | {"hours": ""})
    gone = client.post(address, typed | {"hours": "midday to 11pm"} | typed_day(today() - DAY))
    good = client.post(address, typed | {"hours": "midday to 11pm"})
    twice = client.post(address, typed | {"hours": "midday to 11pm"})

    assert [one.status_code for one in (bad, empty, gone, good, twice)] == [422, 422, 422, 302, 422]
    assert 'value="noonish"' in bad.content.decode()
    assert empty.context["form"].errors == {"hours": ["Write when it is open"]}
    assert gone.context["form"].errors == {"day": ["Choose today or a later day"]}
    assert list(twice.context["form"].errors) == ["day"]
    said = DayException.objects.get()
    assert (said.space.name, said.minutes) == ("Hall", [(720, 1380)])
    change_page = client.get(reverse("spaces:change_day", args=["lee", said.pk]))
    assert 'value="midday to 11pm"' in change_page.content.decode()


def test_hours_on_a_closed_day_are_refused_beside_their_field_with_the_closure(client, keeper):
    site, day = keeper.managed_sites.get().site, today() + 10 * DAY
    closed = {"starts_at": at(day, time(0)), "ends_at": at(day + DAY, time(0))}
    ClosureFactory(site=site, public_note="Boxing Day", **closed)
    typed = {"space": "all", "is_open": "open", "hours": "10am to 6pm", "reason": "event"}
    said = DayException.objects.create(site=site, day=day, minutes=[])
    typed_whole = typed | typed_day(day)

    added = client.post(reverse("spaces:add_day", args=["lee"]), typed_whole)
    address = reverse("spaces:change_day", args=["lee", said.pk])
    changed = client.post(address, typed | as_shown(client, address))

    for answer in (added, changed):
        assert answer.status_code == 422
        [(field, [words])] = answer.context["form"].errors.items()
        assert field == "is_open"
        assert "Boxing Day”. End or change that closure first." in words
        assert 'value="10am to 6pm"' in answer.content.decode()


def test_hours_are_changed_on_the_page(client, keeper):
    site = keeper.managed_sites.get().site
    address = reverse("spaces:change_hours", args=["lee"])
    page = client.get(address).content.decode()
    assert page.count('value="8am to 10pm"') == 7
    starts_on = today() + 7 * DAY
    typed = {f"hours_{weekday}": "9am to midday and 1pm to 5pm" for weekday in range(6)}

    bad = client.post(
        address, typed | {"hours_6": "5pm to 9am"} | typed_day(starts_on, "starts_on")
    )
    past = client.post(address, typed | typed_day(today() - DAY, "starts_on"))
    good = client.post(
        address, typed | typed_day(starts_on, "starts_on") | as_shown(client, address)
    )

    assert [one.status_code for one in (bad, past, good)] == [422, 422, 302]
    assert bad.context["form"].errors == {"hours_6": ["Sunday: it must close later than it opens"]}
    new = site.opening_rules.filter(valid_from=starts_on)
    assert new.count() == 12
    assert site.opening_rules.filter(valid_until=starts_on - DAY).count() == 7


def test_prices_are_set_and_ended_on_the_page(client, keeper):
    address = reverse("spaces:set_price", args=["lee"])
    typed = {
        "space": "lee-hall",
        "what": "cleaning",
        "amount": "£12.50",
        "per": "use",
        "when": "always",
        **typed_day(today(), "starts_on"),
    }

    bad = client.post(address, typed | {"amount": "a tenner"})
    good = client.post(address, typed | as_shown(client, address))
    charge = Charge.objects.get()
    page = client.get(good.url).content.decode()
    end = reverse("spaces:end_price", args=["lee", charge.pk])
    ended = client.post(end, typed_day(today() + DAY, "ends_on") | as_shown(client, end))

    assert (bad.status_code, good.status_code, ended.status_code) == (422, 302, 302)
    assert (charge.pence, charge.per, charge.space.name) == (1250, "use", "Hall")
    assert "£12.50 each time" in page
    charge.refresh_from_db()
    assert charge.valid_until == today() + DAY


def test_what_was_set_is_named_when_it_is_done(client, keeper):
    day = today() + 5 * DAY
    closure = {"what": "whole", "reason": "works", "public_note": "New floor"}
    closure |= typed_day(day, "starts_on") | typed_day(day, "ends_on")
    price = {"space": "all", "what": "cleaning", "amount": "12.50", "per": "use", "when": "always"}
    price |= typed_day(today(), "starts_on")
    prices = reverse("spaces:set_price", args=["lee"])
    price |= as_shown(client, prices)
    said = []

    for address, typed in ((reverse("spaces:add_closure", args=["lee"]), closure), (prices, price)):
        done = client.post(address, typed, follow=True)
        said += [str(one) for one in done.context["messages"]]

    assert said == [
        f"The closure is set. {long_date(day)}: New floor. The whole building.",
        "The price is set. Cleaning: £12.50 each time. At any time. The whole building.",
    ]
    # A word of its own: “Lift” is what takes people upstairs.
    assert "End this closure" in done.content.decode()
    assert ">Lift" not in done.content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("25 to 99", "Tuesday: enter a time, such as 6pm or 6:30pm"),
        ("9 to 5pm", "Tuesday: say morning or evening, such as 6am or 6pm"),
        ("9am", "Tuesday: write it like this: 9am to 5pm, or 9am to midday and 1pm to 5pm"),
    ],
)
def test_what_is_wrong_with_the_hours_of_a_day_names_the_day(client, keeper, typed, words):
    address = reverse("spaces:change_hours", args=["lee"])

    answer = client.post(address, {"hours_1": typed} | typed_day(today(), "starts_on"))

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"hours_1": [words]}
    assert answer.context["form"]["hours_1"].value() == typed


def test_a_site_is_called_yours_by_whoever_runs_it_alone(client, keeper):
    address = reverse("spaces:site", args=["lee"])
    own = client.get(address).content.decode()
    client.force_login(a_programme_worker())

    assert "Your site" in own
    assert "Your site" not in client.get(address).content.decode()


def test_those_who_run_a_site_are_led_to_its_page(client, keeper):
    address = reverse("spaces:site", args=["lee"])

    assert address in client.get(reverse("spaces:space", args=["lee-hall"])).content.decode()
    for name in ("spaces:bookings", "home:waiting"):
        assert reverse("spaces:sites") in client.get(reverse(name)).content.decode(), name
    assert address in client.get(reverse("spaces:sites")).content.decode()
    client.force_login(a_manager_of(HirerFactory()))
    assert address not in client.get(reverse("spaces:space", args=["lee-hall"])).content.decode()
    assert client.get(reverse("spaces:sites")).status_code == 403


def test_the_page_says_which_rooms_make_up_a_space_and_what_shares_them(client, keeper):
    site = keeper.managed_sites.get().site
    both = [site.rooms.get(), RoomFactory(site=site, name="Kitchen")]
    SpaceFactory(site=site, name="Hall and kitchen", rooms=both, turnaround_minutes=30)
    SpaceFactory(site=site, name="Studio")

    page = client.get(reverse("spaces:site", args=["lee"]))

    told = {
        one["space"].name: (
            [room.name for room in one["rooms"]],
            [other.name for other in one["shares"]],
        )
        for one in page.context["spaces"]
    }
    assert told == {
        "Hall": (["Hall"], ["Hall and kitchen"]),
        "Hall and kitchen": (["Hall", "Kitchen"], ["Hall"]),
        "Studio": (["Studio"], []),
    }
    words = " ".join(page.content.decode().split())
    assert "Made up of: Hall, Kitchen" in words
    assert "30 minutes kept free after each booking" in words


# --- Prices --------------------------------------------------------------------------------------


def price(site, by, pence=1250, starts_on=TUESDAY, ends_on=None, **more):
    what = {"what": "hire", "per": "hour", "when": "always"} | more
    return services.set_price(
        site, by=by, now=NOW, pence=pence, starts_on=starts_on, ends_on=ends_on, **what
    )


def charged(site):
    charges = site.charges.order_by("valid_from", "pk")
    return [(charge.pence, charge.valid_from, charge.valid_until) for charge in charges]


def test_a_new_price_ends_the_old_and_does_not_rewrite_it():
    site = SiteFactory()
    by, old = a_site_manager_of(site), ChargeFactory(site=site, space=None)
    cleaning = ChargeFactory(site=site, space=None, what="cleaning", pence=400)

    price(site, by)
    price(site, by, pence=0, starts_on=TUESDAY + 10 * DAY, ends_on=TUESDAY + 12 * DAY)

    assert charged(site) == [
        (1250, TUESDAY, TUESDAY + 9 * DAY),
        (0, TUESDAY + 10 * DAY, TUESDAY + 12 * DAY),
        (1250, TUESDAY + 13 * DAY, None),
        (1000, None, TUESDAY - DAY),
        (400, None, None),
    ]
    old.refresh_from_db()
    assert (old.pence, old.valid_until) == (1000, TUESDAY - DAY)
    assert cleaning.valid_until is None
    assert happened() == [
        "spaces.price_ended",
        "spaces.price_set",
        "spaces.price_ended",
        "spaces.price_set",
    ]


def test_a_price_does_not_run_into_a_later_one_or_begin_in_the_past():
    site = SiteFactory()
    by = a_site_manager_of(site)
    price(site, by, starts_on=TUESDAY + 10 * DAY)

    for starts_on, code in ((TUESDAY, "later_price"), (NOW.date() - DAY, "past")):
        with pytest.raises(ValidationError) as refused:
            price(site, by, starts_on=starts_on)
        assert refused.value.code == code
    price(site, by, pence=900, ends_on=TUESDAY + 9 * DAY)
    price(site, by, pence=800, starts_on=TUESDAY + 10 * DAY)
    assert charged(site) == [
        (900, TUESDAY, TUESDAY + 9 * DAY),
        (800, TUESDAY + 10 * DAY, None),
    ]


def test_a_price_ends_on_a_day_and_one_that_never_began_goes():
    site = SiteFactory()
    by, now_charged = a_site_manager_of(site), ChargeFactory(site=site, space=None)
    coming = price(site, by, what="cleaning", starts_on=TUESDAY)

    services.end_price(now_charged, by=by, now=NOW, ends_on=NOW.date())
    services.end_price(coming, by=by, now=NOW, ends_on=TUESDAY - DAY)

    assert charged(site) == [(1000, None, NOW.date())]
    for ends_on, code in ((NOW.date() - DAY, "past"), (TUESDAY, "ended")):
        with pytest.raises(ValidationError) as refused:
            services.end_price(now_charged, by=by, now=NOW, ends_on=ends_on)
        assert refused.value.code == code


# --- At the same moment --------------------------------------------------------------------------


def posted_while_somebody_holds(client, address, typed, *statements):
    """The answer to a post that waits for somebody who holds the site and then does these things."""

    def post():
        try:
            return client.post(address, typed)
        finally:
            connection.close()

    with (
        closing(connections.create_connection("default")) as rival,
        rival.cursor() as cursor,
        connection.cursor() as watch,
        ThreadPoolExecutor(1) as pool,
    ):
        cursor.execute("BEGIN")
        for table in ("spaces_room", "spaces_site"):
            cursor.execute(f"SELECT id FROM {table} ORDER BY id FOR NO KEY UPDATE")
        answer = pool.submit(post)
        waiting = "datname = current_database() AND wait_event_type = 'Lock'"
        for _try in range(100):
            watch.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")
            if watch.fetchone() == (1,) or answer.done():
                break
            sleep(0.02)
        else:
            pytest.fail("Nobody waited.")
        for statement in statements:
            cursor.execute(statement)
        if statements:
            cursor.execute("COMMIT")
        return answer.result()


TAKEN_AWAY = "Somebody else has taken this away meanwhile, so nothing was saved. Go back and look."


@pytest.mark.django_db(transaction=True)
def test_a_price_that_somebody_else_has_taken_away_is_not_ended_again(client, keeper):
    charge = ChargeFactory(site=keeper.managed_sites.get().site, space=None)

    answer = posted_while_somebody_holds(
        client,
        reverse("spaces:end_price", args=["lee", charge.pk]),
        typed_day(today() + DAY, "ends_on"),
        f"DELETE FROM spaces_charge WHERE id = {charge.pk}",
    )

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors() == [TAKEN_AWAY]
    assert answer.context["form"]["ends_on"].value()[0] == str((today() + DAY).day)
    assert (Charge.objects.count(), happened()) == (0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["change_closure", "end_closure", "change_day", "remove_day"])
def test_a_closure_or_day_that_somebody_else_has_taken_away_does_not_come_back(client, keeper, act):
    site, day = keeper.managed_sites.get().site, today() + 5 * DAY
    said, noon = on_that_day(site, day, (9, 12)), at(day, time(12))
    closure = ClosureFactory(site=site, starts_at=noon, ends_at=noon + DAY)
    typed = {
        "what": "whole",
        "reason": "works" if "closure" in act else "event",
        "public_note": "A fair",
        "is_open": "closed",
        **typed_day(day, "starts_on"),
        **typed_day(day, "ends_on"),
    }

    answer = posted_while_somebody_holds(
        client,
        reverse(f"spaces:{act}", args=["lee", (closure if "closure" in act else said).pk]),
        typed,
        "DELETE FROM spaces_closure",
        "DELETE FROM spaces_dayexception",
    )

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors() == [TAKEN_AWAY]
    if act.startswith("change"):
        assert answer.context["form"]["public_note"].value() == "A fair"
    assert (Closure.objects.count(), DayException.objects.count(), happened()) == (0, 0, [])


CROWDED = "Somebody else is changing this just now, so nothing was saved. Try again."


@pytest.fixture
def held_by_somebody():
    """Hold what belongs to a site, for as long as the block lasts; nobody waits for it for long."""

    @contextmanager
    def held():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with closing(connections.create_connection("default")) as rival, rival.cursor() as cursor:
            cursor.execute("BEGIN")
            for table in ("spaces_room", "spaces_site"):
                cursor.execute(f"SELECT id FROM {table} ORDER BY id FOR NO KEY UPDATE")
            yield

    yield held
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_every_change_of_a_site_that_waits_too_long_is_refused(held_by_somebody):
    space = SpaceFactory()
    site, by = space.site, a_site_manager_of(space.site)
    said, charge = on_that_day(site, TUESDAY), ChargeFactory(site=site, space=None)
    noon = at(TUESDAY, time(12))
    closure = ClosureFactory(site=site, starts_at=noon, ends_at=noon + DAY)
    who = {"by": by, "now": NOW}
    numbers = ("min_notice_hours", "horizon_weeks", "cancel_notice_working_days")
    deeds = {
        "hours": lambda: change(site, by),
        "no own hours": lambda: services.follow_site_hours(space, **who, seen=set()),
        "day": lambda: services.say_of_day(said, **who, seen=set()),
        "no day": lambda: services.take_back_day(said, **who, seen=set()),
        "close": lambda: services.close_rooms(closure, rooms=[], **who),
        "open": lambda: services.open_rooms(closure, by=by),
        "price": lambda: price(site, by),
        "no price": lambda: services.end_price(charge, **who, ends_on=TUESDAY),
        "arrival": lambda: services.say_how_to_get_in(
            site, **who, seen="", arrival=Arrival(door="The back door.")
        ),
        "address": lambda: services.change_address(
            site, **who, version="", street="1 Weir Lane", postcode="SE13 1KM"
        ),
        "words": lambda: services.describe_site(site, by=by, version="", **WORDS),
        "rules": lambda: services.set_rules_of_asking(
            site, by=by, seen="", trusts_groups=True, competing=[], **dict.fromkeys(numbers, 9)
        ),
    }

    with held_by_somebody():
        for name, deed in deeds.items():
            with pytest.raises(ValidationError) as refused:
                deed()
            assert (refused.value.code, refused.value.messages) == ("crowded", [CROWDED]), name
    assert happened() == []


@pytest.mark.django_db(transaction=True)
def test_pages_that_waited_too_long_come_back_with_all_that_was_typed(
    client, keeper, held_by_somebody
):
    day = today() + 5 * DAY
    pages = {
        "set_price": {
            "space": "all",
            "what": "hire",
            "amount": "12.50",
            "per": "hour",
            "when": "always",
            **typed_day(day, "starts_on"),
        },
        "add_closure": {
            "what": "whole",
            "reason": "works",
            "public_note": "12.50",
            **typed_day(day, "starts_on"),
            **typed_day(day, "ends_on"),
        },
        "change_hours": {"hours_0": "9am to 5pm", **typed_day(day, "starts_on")},
        "site_arrival": asdict(FULL) | {"seen": "as it was"},
        "change_address": {"street": "1 Weir Lane", "postcode": "SE13 1KM"},
        "describe_site": WORDS,
        "set_rules_of_asking": {
            "trusts_groups": "yes",
            "min_notice_hours": "24",
            "horizon_weeks": "26",
            "cancel_notice_working_days": "3",
        },
    }

    with held_by_somebody():
        for page, typed in pages.items():
            answer = client.post(reverse(f"spaces:{page}", args=["lee"]), typed)

            form = answer.context["form"]
            assert (answer.status_code, form.non_field_errors()) == (409, [CROWDED]), page
            assert {name: form.data[name] for name in typed} == {
                name: str(value) for name, value in typed.items()
            }
    assert happened() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("way", ["closure", "day", "hours"])
def test_a_request_while_somebody_shuts_is_seen_or_refused(way, number):
    """Never both: shut unseen, with the booking inside."""
    space, hirer = SpaceFactory(), HirerFactory()
    site, by, asker = space.site, a_site_manager_of(space.site), a_manager_of(hirer)
    noon = at(TUESDAY, time(18))

    def ask():
        services.request_booking(
            space,
            by=asker,
            hirer=hirer,
            now=NOW,
            form_id=f"00000000-0000-0000-0000-00000000000{number}",
            starts_at=noon,
            ends_at=noon + timedelta(hours=2),
            attendance=5,
            purpose="Tea",
            ages=["26_to_64"],
        )

    def shut():
        if way == "closure":
            closure = Closure(site=site, starts_at=noon, ends_at=noon + DAY)
            services.close_rooms(closure, rooms=[], by=by, now=NOW, seen=set())
        elif way == "day":
            say(space, by)
        else:
            change(site, by)

    done = at_once(ask, shut)

    refused = {"closure": "closed", "day": "not_open", "hours": "outside_hours"}[way]
    assert done in (["done", services.UNSEEN], sorted([refused, "done"]))
    assert Booking.objects.count() == (services.UNSEEN in done)


def test_all_bank_holidays_are_closed_in_one_act(client, keeper):
    site = keeper.managed_sites.get().site
    hall = site.spaces.get()
    days = services.bank_holidays_open(site, today=today())
    (first, _name), (second, _other), *_more = days
    on_that_day(site, first, (10, 12))
    booked = BookingFactory(space=hall, starts_at=at(second, time(12)))
    address = reverse("spaces:close_bank_holidays", args=["lee"])
    last = today() + 400 * DAY

    past = client.post(address, typed_day(today() - DAY, "until"))
    far = client.post(address, typed_day(today() + 1200 * DAY, "until"))
    asked = client.post(address, typed_day(last, "until"))

    assert [one.status_code for one in (past, far, asked)] == [422, 422, 200]
    assert "Choose a day in the next three years." in far.content.decode()
    assert asked.context["bookings"] == [booked]
    assert DayException.objects.count() == 1
    done = client.post(address, typed_day(last, "until") | {"seen": str(booked.uuid)})
    assert done.status_code == 302
    assert services.bank_holidays_open(site, today=today(), until=last) == [days[0]]
    assert DayException.objects.get(day=first).minutes == [(600, 720)]
    assert Booking.objects.get().state == booked.state
    assert client.get(reverse("spaces:days", args=["lee"])).status_code == 200
