"""The tables of spaces in the administration: kept there, or only looked at."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from core.clock import at, london, today
from spaces import services
from spaces.models import (
    DayException,
    HirerInvitation,
    InsuranceRoute,
    PeopleCheck,
    Reference,
    SiteManager,
)
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ClosureFactory,
    HirerDocumentFactory,
    HirerFactory,
    RoomFactory,
    SpaceFactory,
    a_site_manager_of,
    with_second_factor,
)
from tests.racing import while_not_committed
from tests.spaces import test_sites
from tests.spaces.test_sites import posted_while_somebody_holds

pytestmark = pytest.mark.django_db

held_by_somebody = test_sites.held_by_somebody


@pytest.fixture
def administrator(client):
    person = with_second_factor(a_person_with(ProgrammeRole.Role.ADMINISTRATOR))
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("factory", "may_change"),
    [
        (SpaceFactory, True),
        (ClosureFactory, True),
        (HirerFactory, False),
        (BookingFactory, False),
    ],
)
def test_lists_and_pages_open_and_bookings_are_only_looked_at(
    client, administrator, factory, may_change
):
    thing = factory()
    table = f"admin:spaces_{thing._meta.model_name}"

    listed = client.get(reverse(f"{table}_changelist"))
    page = client.get(reverse(f"{table}_change", args=[thing.pk]))

    assert (listed.status_code, page.status_code) == (200, 200)
    assert ('name="_save"' in page.content.decode()) == may_change


def what_is_typed_of(space, rooms, **changed):
    return {
        "site": space.site_id,
        "slug": space.slug,
        "name": space.name,
        "kind": space.kind,
        "status": space.status,
        "pending_policy": "hold",
        "turnaround_minutes": 0,
        "start_step_minutes": 30,
        "min_minutes": 60,
        "max_minutes": 480,
        "layouts-TOTAL_FORMS": 0,
        "layouts-INITIAL_FORMS": 0,
        "equipment-TOTAL_FORMS": 0,
        "equipment-INITIAL_FORMS": 0,
        "rooms": rooms,
    } | changed


@pytest.mark.parametrize("whose", ["its own", "another site's", "none"])
def test_a_space_is_made_of_rooms_of_its_own_site(client, administrator, whose):
    space = SpaceFactory()
    mine, elsewhere = RoomFactory(site=space.site), RoomFactory()
    rooms = {"its own": [mine.pk], "another site's": [mine.pk, elsewhere.pk], "none": []}[whose]
    form = what_is_typed_of(space, rooms)

    answer = client.post(reverse("admin:spaces_space_change", args=[space.pk]), form)

    if whose == "its own":
        assert answer.status_code == 302
        assert list(space.rooms.all()) == [mine]
    else:
        assert list(answer.context["adminform"].form.errors) == ["rooms"]
        assert mine not in space.rooms.all()


def form_of(site, **changed):
    form = {
        "slug": site.slug,
        "name": site.name,
        "owner": site.owner_id,
        "borough": site.borough_id,
        "district": site.district,
        "booking_authority": site.booking_authority,
        "min_notice_hours": site.min_notice_hours,
        "horizon_weeks": site.horizon_weeks,
        "cancel_notice_working_days": site.cancel_notice_working_days,
        "is_published": "on",
    }
    for inline in ("rooms", "managers", "opening_rules", "charges", "access_facts"):
        form |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    return form | changed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("se131km", ""),
        ("", ""),
        ("SE13", "Enter a full UK postcode, such as AA3 1AB"),
        ("SE6 2VC", "The postcode begins with another district."),
    ],
)
def test_a_postcode_is_kept_one_way_and_lies_in_its_district(client, administrator, typed, said):
    site = SpaceFactory(site__district="SE13").site
    page = reverse("admin:spaces_site_change", args=[site.pk])

    answer = client.post(page, form_of(site, street="1 Weir Lane", postcode=typed))

    site.refresh_from_db()
    if said:
        assert said in answer.content.decode()
        assert (site.street, site.postcode) == ("", "")
    else:
        assert answer.status_code == 302
        kept = "SE13 1KM" if typed else ""
        assert (site.street, site.postcode) == ("1 Weir Lane", kept)


def test_a_site_that_is_made_here_is_closed_on_bank_holidays(client, administrator):
    """As one that is published from an offer; a site that is changed keeps its days."""
    like = SpaceFactory().site
    with time_machine.travel(NOW, tick=False):
        made = client.post(
            reverse("admin:spaces_site_add"),
            form_of(like, name="Weir House (demo)", slug="weir-house", horizon_weeks=8),
            follow=True,
        ).content.decode()
        client.post(reverse("admin:spaces_site_change", args=[like.pk]), form_of(like))

    said = DayException.objects.values_list("site__slug", "day", "reason", "opens_minute")
    assert list(said.order_by("day")) == [
        ("weir-house", day, "bank_holiday", None)
        for day in map(date.fromisoformat, ("2026-12-25", "2026-12-26", "2026-12-28", "2027-01-01"))
    ]
    assert "It is closed on 4 bank holidays." in made


def test_giving_somebody_a_site_is_written_down(client, administrator):
    site = SpaceFactory().site
    keeper = UserFactory()
    page = reverse("admin:spaces_site_change", args=[site.pk])
    form = form_of(site)
    form |= {
        "managers-TOTAL_FORMS": 1,
        "managers-INITIAL_FORMS": 0,
        "managers-0-user": keeper.pk,
        "managers-0-site": site.pk,
        "managers-0-starts_on": "2026-11-24",
    }

    answer = client.post(page, form)

    assert answer.status_code == 302
    held = SiteManager.objects.get()
    assert (held.user, held.site, held.starts_on) == (keeper, site, date(2026, 11, 24))
    entry = AuditRecord.objects.about(site).get(verb="spaces.site_manager_added")
    assert (entry.actor, entry.detail) == (administrator, {"part": held.pk})


A_CHARGE = {"what": "hire", "per": "hour", "when": "always", "pence": "1000"}
HOURS = {"weekday": "1", "opens_minute": "540", "closes_minute": "1020"}
DAYS = {"valid_from": "2026-12-02", "valid_until": "2026-12-03"}


@pytest.mark.parametrize(
    ("inline", "right", "wrong", "words"),
    [
        ("charges", A_CHARGE | DAYS, {"valid_until": "2026-12-01"}, "The last day must not be"),
        ("opening_rules", HOURS | DAYS, {"valid_until": "2026-12-01"}, "The last day must not be"),
        ("opening_rules", HOURS, {"closes_minute": "540"}, "It must close later than it opens."),
        ("opening_rules", HOURS, {"closes_minute": "300"}, "It must close later than it opens."),
    ],
)
def test_what_ends_before_it_starts_is_refused_in_words(
    client, administrator, inline, right, wrong, words
):
    site = SpaceFactory().site
    page = reverse("admin:spaces_site_change", args=[site.pk])
    form = client.get(page).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    for part in ("rooms", "opening_rules", "managers", "charges", "access_facts"):
        typed |= {f"{part}-TOTAL_FORMS": 0, f"{part}-INITIAL_FORMS": 0}
    site.opening_rules.all().delete()
    typed |= {f"{inline}-TOTAL_FORMS": 1, f"{inline}-0-site": site.pk}
    typed |= {f"{inline}-0-{name}": value for name, value in right.items()}

    refused = client.post(page, typed | {f"{inline}-0-{name}": v for name, v in wrong.items()})
    taken = client.post(page, typed)

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert taken.status_code == 302
    assert getattr(site, inline).count() == 1


def test_what_is_said_of_a_space_can_only_name_a_space_of_this_site(client, administrator):
    mine, other = SpaceFactory(name="Hall of ours"), SpaceFactory(name="Hall of theirs")

    page = client.get(reverse("admin:spaces_site_change", args=[mine.site_id])).content.decode()

    assert "Hall of ours" in page
    assert "Hall of theirs" not in page
    assert f'value="{other.pk}">Hall' not in page


def what_belongs_to(hirer):
    """A row of every table that tells of a group."""
    reference = Reference.objects.create(
        hirer=hirer, name="Olu", part="Librarian", phone="020 7946 0123", how_known="Next door",
        asked_at=NOW, link_hash="x" * 64,
    )  # fmt: skip
    invitation = HirerInvitation.objects.create(
        hirer=hirer, group_name=str(hirer), email="g@example.org", invited_by=UserFactory(),
        secret_hash="x" * 64, state="accepted", ended_at=NOW, expires_at=NOW,
        sent_on=NOW.date(), again_from=NOW.date(),
    )  # fmt: skip
    return [
        hirer,
        BookingFactory(hirer=hirer),
        HirerDocumentFactory(hirer=hirer),
        PeopleCheck.objects.create(hirer=hirer, level="basic", people=2, seen_on=NOW.date()),
        InsuranceRoute.objects.create(
            hirer=hirer, site=SpaceFactory().site, route="own", chosen_on=NOW.date()
        ),
        reference,
        invitation,
    ]


@pytest.mark.parametrize(("is_private", "opens", "listed"), [(False, 200, 1), (True, 302, 0)])
def test_no_table_shows_what_belongs_to_a_private_group(
    client, administrator, is_private, opens, listed
):
    rows = what_belongs_to(HirerFactory(is_sensitive=is_private))

    shown = []
    for row in rows:
        table = f"admin:spaces_{row._meta.model_name}"
        page = client.get(reverse(f"{table}_change", args=[row.pk]))
        rows_listed = client.get(reverse(f"{table}_changelist")).context["cl"].result_count
        shown.append((table, page.status_code, rows_listed))

    assert shown == [(table, opens, listed) for table, _page, _rows in shown]


def a_closure():
    soon = at(today() + timedelta(days=60), time(0))
    return ClosureFactory(starts_at=soon, ends_at=soon + timedelta(days=1))


def what_an_administrator_types(closure):
    starts, ends = london(closure.starts_at), london(closure.ends_at)
    return {
        "site": closure.site_id,
        "rooms": [],
        "starts_at": f"{starts:%Y-%m-%d %H:%M:%S}",
        "ends_at": f"{ends:%Y-%m-%d %H:%M:%S}",
        "reason": "works",
        "public_note": "The roof is being mended",
    }


@pytest.mark.django_db(transaction=True)
def test_a_closure_that_was_lifted_at_that_moment_is_told_in_words(client, administrator):
    SpaceFactory(site=(closure := a_closure()).site)
    change = reverse("admin:spaces_closure_change", args=[closure.pk])
    delete = reverse("admin:spaces_closure_delete", args=[closure.pk])
    lift = "DELETE FROM spaces_closure"

    changed = posted_while_somebody_holds(
        client, change, what_an_administrator_types(closure), lift
    )
    assert changed.status_code == 302
    assert "Perhaps it was deleted?" in client.get(reverse("admin:index")).content.decode()

    closure.save(force_insert=True)
    deleted = posted_while_somebody_holds(client, delete, {"post": "yes"}, lift)
    assert deleted.status_code == 302
    assert "Somebody else has taken this away meanwhile" in client.get(deleted.url).content.decode()
    assert not AuditRecord.objects.filter(verb__startswith="spaces.rooms").exists()


@pytest.mark.django_db(transaction=True)
def test_an_administrator_who_waits_too_long_keeps_what_was_typed(
    client, administrator, held_by_somebody
):
    SpaceFactory(site=(closure := a_closure()).site)
    change = reverse("admin:spaces_closure_change", args=[closure.pk])
    several = {"action": "delete_selected", "_selected_action": [closure.pk], "post": "yes"}

    with held_by_somebody():
        changed = client.post(change, what_an_administrator_types(closure))
        lifted = client.post(reverse("admin:spaces_closure_changelist"), several, follow=True)

    assert changed.status_code == 422
    page = changed.content.decode()
    assert "Somebody else is changing this just now, so nothing was saved. Try again." in page
    assert "The roof is being mended" in page
    assert "Somebody else is changing this just now" in lifted.content.decode()
    closure.refresh_from_db()
    assert closure.public_note != "The roof is being mended"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["space", "site"])
def test_no_yes_passes_while_a_room_is_withdrawn(client, administrator, what):
    space = SpaceFactory()
    booking = BookingFactory(space=space, decisions=["site"])
    keeper = a_site_manager_of(space.site)
    if what == "space":
        typed = what_is_typed_of(space, [one.pk for one in space.rooms.all()], status="archived")
        address = reverse("admin:spaces_space_change", args=[space.pk])
    else:
        typed = form_of(space.site, booking_authority="elsewhere")
        typed |= {"external_url": "https://example.org/", "rooms-INITIAL_FORMS": 0}
        address = reverse("admin:spaces_site_change", args=[space.site_id])
    answers = []

    told = while_not_committed(
        lambda: answers.append(client.post(address, typed).status_code),
        lambda: services.approve_booking(booking, by=keeper, now=timezone.now()),
    )

    assert answers == [302]
    assert told in ("not_offered", "booked_elsewhere")
    booking.refresh_from_db()
    assert booking.state == "requested"
