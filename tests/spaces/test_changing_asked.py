"""Changing what a booking is for and who comes: what must be agreed to again, and what holds at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Occupancy, SiteRequirement
from spaces.rules.changing import Asked, why_anew
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)
from tests.forms import forms_of
from tests.spaces.test_deciding import a_safeguarding_lead, kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

State = Booking.State
BEFORE = Asked("Tea", ("12_to_17", "26_to_64"), False, False, "")


@pytest.fixture
def booking():
    """Confirmed, for 12 people from 26 to 64, from six to eight in two weeks."""
    hirer = HirerFactory()
    return BookingFactory(
        space=SpaceFactory(name="Hall"),
        hirer=hirer,
        requested_by=a_member_of(hirer, name="Tom"),
        state="confirmed",
        starts_at=NOW.replace(hour=18) + timedelta(days=14),
    )


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def address(booking):
    return reverse("spaces:change_what_was_asked", args=[booking.uuid])


def shown(page):
    return " ".join(page.content.decode().split())


def filled_in(client, booking, **typed):
    """What the page holds as it stands, with other answers for some of it."""
    [form] = [
        one
        for one in forms_of(client.get(address(booking)).content.decode())
        if "has_food" in one.fields
    ]
    return form.held() | typed


def send(client, booking, **typed):
    """Fill in the page, read what becomes of it, and send it."""
    first = client.post(address(booking), filled_in(client, booking, **typed))
    assert first.status_code == 200, shown(first)
    held = forms_of(first.content.decode())[0].held()
    held.pop("again", None)
    return shown(first), client.post(address(booking), held, follow=True)


@pytest.mark.parametrize(
    ("after", "anew"),
    [
        ({"ages": ("12_to_17",)}, False),
        ({"ages": ("12_to_17", "65_and_over")}, False),
        ({"ages": ("under_5", "12_to_17")}, True),
        ({"has_adults_at_risk": True}, True),
        ({"has_food": True}, True),
        ({"purpose": "A fair"}, True),
        ({"needs": "A ramp"}, False),
    ],
    ids=str,
)
def test_more_risk_is_agreed_to_again_and_less_is_not(after, anew):
    changed = Asked(**(vars(BEFORE) | after))

    whys = why_anew(BEFORE, changed, purpose_was_judged=True, food_counts=True)

    assert bool(whys) == anew
    assert why_anew(changed, changed, purpose_was_judged=True, food_counts=True) == []
    # A rule judged no purpose, and food is nobody's matter where the site asks nothing because of it.
    by_rule = why_anew(BEFORE, changed, purpose_was_judged=False, food_counts=False)
    assert bool(by_rule) == (anew and "purpose" not in after and "has_food" not in after)


def test_children_who_were_not_asked_by_their_ages_are_no_others():
    old = Asked("Tea", ("under_18",), False, False, "")
    told = Asked("Tea", ("5_to_11",), False, False, "")

    assert why_anew(old, told, purpose_was_judged=True, food_counts=True) == []


def test_what_is_written_after_a_refusal_is_read_again_before_it_is_sent(booking):
    client = browser(booking.requested_by)
    more = filled_in(client, booking, ages=["12_to_17"], attendance="14")
    read = forms_of(client.post(address(booking), more).content.decode())[0].held()
    read.pop("again", None)

    too_many = client.post(address(booking), read | {"attendance": "900"})
    [again] = [one for one in forms_of(too_many.content.decode()) if "has_food" in one.fields]
    instead = client.post(address(booking), again.held() | {"attendance": "16"})

    assert too_many.status_code == 422
    assert "This room holds" in shown(too_many)
    assert "Nothing is changed yet." in shown(instead)
    booking.refresh_from_db()
    assert booking.attendance == 12


def test_children_who_come_after_all_are_agreed_to_by_all_who_must(booking):
    keeper, lead = a_site_manager_of(booking.space.site), a_safeguarding_lead()

    told, sent = send(
        browser(booking.requested_by), booking, ages=["under_5", "26_to_64"], attendance="12"
    )

    assert "A person must agree again" in told
    assert "Other people under 18 come." in told
    assert "Safeguarding policy: not sent to us yet, or not accepted." in told
    assert "It must be approved again before it counts." in shown(sent)
    booking.refresh_from_db()
    assert (booking.state, booking.ages) == (State.REQUESTED, ["under_5", "26_to_64"])
    assert booking.occupancies.get().status == Occupancy.Status.PENDING
    current = booking.decisions.current().order_by("pk")
    assert [(one.step, one.outcome) for one in current] == [("site", ""), ("safeguarding", "")]
    letter = Message.objects.get(address=booking.requested_by.email, subject__startswith="Changed")
    assert "Ages: Under 5 and 26 to 64 (before: 26 to 64)" in letter.body
    assert letter.calendar_method == "CANCEL"
    asked = Message.objects.filter(subject__startswith="Please decide")
    assert set(asked.values_list("address", flat=True)) == {keeper.email, lead.email}
    assert AuditRecord.objects.get(verb="spaces.booking_changed").detail["changed"] == "ages"
    assert "(ages)" in shown(sent)


def test_less_holds_at_once(booking):
    Booking.objects.update(has_food=True, has_adults_at_risk=True)
    keeper = a_site_manager_of(booking.space.site)

    told, sent = send(
        browser(booking.requested_by), booking, has_food="no", attendance="10", adults_at_risk=""
    )

    assert "This holds at once" in told
    assert "must be approved again" not in shown(sent)
    booking.refresh_from_db()
    assert (booking.state, booking.attendance, booking.has_food) == (State.CONFIRMED, 10, False)
    assert not booking.decisions.exclude(superseded_at=None).exists()
    letters = Message.objects.filter(subject__startswith="Changed")
    assert set(letters.values_list("address", flat=True)) == {
        booking.requested_by.email,
        keeper.email,
    }
    assert "Food: no (before: yes)" in letters[0].body


def test_whoever_was_slower_sees_what_is_there_now_and_sends_again(booking):
    tom, ann = browser(booking.requested_by), browser(a_member_of(booking.hirer))
    typed = filled_in(ann, booking, needs="A ramp")
    read = ann.post(address(booking), typed)
    send(tom, booking, has_food="yes")

    held = forms_of(read.content.decode())[0].held()
    del held["again"]
    late = ann.post(address(booking), held)

    assert late.status_code == 409
    assert "How the booking is now" in shown(late)
    assert "Made or served" in shown(late)
    booking.refresh_from_db()
    assert (booking.has_food, booking.needs) == (True, "")
    # What she wrote stands there, and is sent only when she sends it once more.
    again = forms_of(late.content.decode())[0].held()
    assert (again["needs"], again["has_food"]) == (["A ramp"], ["no"])
    read_anew = ann.post(address(booking), again | {"has_food": "yes"})
    assert "Nothing is changed yet." in shown(read_anew)
    held = forms_of(read_anew.content.decode())[0].held()
    del held["again"]
    assert ann.post(address(booking), held).status_code == 302
    booking.refresh_from_db()
    assert (booking.has_food, booking.needs) == (True, "A ramp")


def test_a_trusted_group_reads_that_a_rule_agrees_and_it_does(booking):
    Booking.objects.filter(pk=booking.pk).update(attendance=5)
    booking.space.site.trusts_groups = True
    booking.space.site.save()
    kept(booking.hirer, 10)
    client = browser(booking.requested_by)

    about_time = shown(client.get(reverse("spaces:change_booking", args=[booking.uuid])))
    told, sent = send(client, booking, attendance="9")
    with_children, _sent = send(client, booking, ages=["5_to_11"])

    assert "must be approved again" not in about_time
    assert "is agreed to at once, because your group has used rooms often and well" in about_time
    assert "This is agreed to at once" in told
    assert "must be approved again" not in shown(sent)
    assert "A person must agree again" in with_children


def test_food_is_agreed_to_again_only_where_the_site_asks_more_because_of_it(booking):
    client = browser(booking.requested_by)
    first = client.post(address(booking), filled_in(client, booking, has_food="yes"))
    SiteRequirement.objects.create(site=booking.space.site, kind="food", when="food")
    second = client.post(address(booking), filled_in(client, booking, has_food="yes"))

    assert "This holds at once" in shown(first)
    assert "A person must agree again" in shown(second)
    assert "Food hygiene certificate: not sent to us yet" in shown(second)


def test_a_site_changes_it_for_a_group_on_the_telephone_and_a_private_one_keeps_its_purpose(
    booking,
):
    keeper = browser(a_site_manager_of(booking.space.site))
    who = keeper.post(address(booking), filled_in(keeper, booking, attendance="11"))
    assert who.status_code == 422
    assert "Enter the name of who telephoned" in shown(who)
    send(keeper, booking, attendance="11", caller_name="Amina")
    booking.refresh_from_db()
    assert (booking.attendance, booking.caller_name) == (11, "Amina")

    booking.hirer.is_sensitive = True
    booking.hirer.save()
    page = keeper.get(address(booking))
    assert booking.purpose not in shown(page).replace("&#x27;", "'")
    Message.objects.all().delete()
    send(browser(booking.requested_by), booking, purpose="Peer support")

    booking.refresh_from_db()
    assert booking.purpose == "Peer support"
    bodies = {
        one.address: one.body for one in Message.objects.filter(subject__startswith="Changed")
    }
    assert "Peer support" in bodies.pop(booking.requested_by.email)
    assert bodies
    assert not [body for body in bodies.values() if "Peer support" in body]


def test_the_safeguarding_lead_is_not_needed_when_nobody_at_risk_comes_any_more(booking):
    Booking.objects.filter(pk=booking.pk).delete()
    asked = BookingFactory(
        hirer=booking.hirer,
        requested_by=booking.requested_by,
        has_children=True,
        decisions=["site", "safeguarding"],
        starts_at=booking.starts_at,
    )
    keeper = a_site_manager_of(asked.space.site)
    services.approve_booking(asked, by=keeper, now=NOW)

    told, _sent = send(browser(asked.requested_by), asked, ages=["26_to_64"])

    assert "Those who decide look at the request as you change it now." in told
    asked.refresh_from_db()
    assert asked.is_promised


def test_close_to_the_day_a_group_may_only_change_what_nobody_must_agree_to(booking):
    booking.space.site.cancel_notice_working_days = 20
    booking.space.site.save()
    client = browser(booking.requested_by)

    _told, more = send(client, booking, ages=["5_to_11"])
    _told, less = send(client, booking, needs="A ramp")

    assert more.status_code == 422
    assert "you can only make the booking smaller or cancel it now" in shown(more)
    assert less.status_code == 200
    booking.refresh_from_db()
    assert (booking.ages, booking.needs) == (["26_to_64"], "A ramp")
