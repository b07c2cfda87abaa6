"""Nobody decides about their own: leaving the group first makes nobody somebody else."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from anchors.models import Mandate
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import permissions, services
from spaces.models import Booking, Decision, HirerAppeal, HirerDocument
from spaces.services import telling
from spaces.services.people import give
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    CHECKED,
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.spaces.test_deciding import a_programme_lead, a_safeguarding_lead
from tests.spaces.test_offers import a_sent_offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

TODAY = NOW.date()
DAY = timedelta(days=1)
STEPS = ["site", "programme", "safeguarding"]


def belonged(user, hirer, first, last=None):
    """From one day to another, counted from today; without the last: until today."""
    Mandate.objects.create(
        user=user,
        organisation=hirer.organisation,
        kind="member",
        starts_on=TODAY + timedelta(days=first),
        ends_on=None if last is None else TODAY + timedelta(days=last),
    )


def leave(user, hirer, now=NOW):
    mandate = Mandate.objects.get(user=user, organisation=hirer.organisation, ends_on=None)
    services.end_membership(mandate, hirer=hirer, by=user, now=now)


def everybody(booking):
    return {
        "site": a_site_manager_of(booking.space.site),
        "programme": a_programme_worker(),
        "safeguarding": a_safeguarding_lead(),
    }


def asked_of(booking):
    """Whom a letter to those who decide reaches now."""
    Message.objects.all().delete()
    telling.ask_for_decision(booking, STEPS, booking.decisions.first().due_on, now=NOW)
    return set(Message.objects.values_list("address", flat=True))


@pytest.mark.parametrize("part", STEPS)
@pytest.mark.parametrize(
    "how", ["asked", "left today", "left on the day it asked", "joined and left today"]
)
def test_who_left_the_group_first_takes_no_step_and_is_asked_for_none(part, how):
    booking = BookingFactory(decisions=STEPS, has_children=True)  # asked for yesterday
    hirer, own = booking.hirer, everybody(booking)[part]
    if how == "asked":
        Booking.objects.update(requested_by=own)
    elif how == "left today":
        belonged(own, hirer, -90)
        leave(own, hirer)
    elif how == "left on the day it asked":
        belonged(own, hirer, -90)
        leave(own, hirer, now=booking.requested_at)
    else:
        give(hirer, own, Mandate.Kind.MEMBER, today=TODAY)
        leave(own, hirer)
    booking = Booking.objects.get()

    for act in (services.approve_booking, services.decline_booking):
        facts = {"reason": "other"} if act is services.decline_booking else {}
        with pytest.raises(PermissionDenied, match="So somebody else must decide about it"):
            act(booking, by=own, now=NOW, **facts)

    decisions = list(booking.decisions.current())
    assert permissions.step_of(own, booking, decisions) is None
    assert not permissions.decides(own, booking, decisions)
    assert not permissions.may_run(own, booking)
    assert not permissions.may_confirm_despite(own, booking, [])
    assert not Decision.objects.waiting_for(own, TODAY).exists()
    assert not Booking.objects.answered_for_by(own, TODAY).exists()
    assert own.email not in asked_of(booking)


@pytest.mark.parametrize("part", STEPS)
@pytest.mark.parametrize("how", ["left before it asked", "answered the telephone"])
def test_who_left_before_or_only_answered_the_telephone_decides(part, how):
    booking = BookingFactory(decisions=STEPS, has_children=True)
    own = everybody(booking)[part]
    if how == "answered the telephone":
        Booking.objects.update(requested_by=own, caller_name="Ada")
    else:
        belonged(own, booking.hirer, -90, -3)
    booking = Booking.objects.get()

    decisions = booking.decisions.current()
    assert permissions.step_of(own, booking, decisions).step == part
    assert [one.step for one in Decision.objects.waiting_for(own, TODAY)] == [part]
    assert own.email in asked_of(booking)


@pytest.mark.parametrize("how", ["asked", "left"])
def test_programme_staff_stand_in_for_whoever_left_the_group_first(how):
    booking = BookingFactory()
    keeper, worker = a_site_manager_of(booking.space.site), a_programme_worker()
    assert not Decision.objects.waiting_for(worker, TODAY).exists()
    if how == "asked":
        Booking.objects.update(requested_by=keeper)
    else:
        belonged(keeper, booking.hirer, -90, -1)
    booking = Booking.objects.get()

    assert [one.step for one in Decision.objects.waiting_for(worker, TODAY)] == ["site"]
    assert list(Booking.objects.answered_for_by(worker, TODAY)) == [booking]
    assert asked_of(booking) == {worker.email}


def test_a_late_step_is_not_told_to_who_left_the_group_first():
    booking = BookingFactory(decisions=["programme"])
    own, other = a_programme_lead(), a_programme_lead()
    belonged(own, booking.hirer, -90, -1)
    later = booking.starts_at - timedelta(hours=1)

    services.escalate(now=later)

    assert [letter.address for letter in Message.objects.all()] == [other.email]


# --- About a group --------------------------------------------------------------------------------


def register(by):
    return services.register_hirer(
        by=by,
        now=NOW,
        name="Self-made Club (demo)",
        group_kind="charity",
        registered_number="1123456",
        purpose="Tea.",
        usual_size=12,
        responsible_adult="Ann Example",
        responsible_phone="020 7946 0999",
    )


def waits(user):
    sections = waiting_for(user, now=NOW, today=TODAY)
    return {line.title for section in sections for line in section.lines}


@pytest.mark.parametrize("how", ["registered", "joined since"])
def test_who_registered_a_group_or_belonged_to_it_does_not_decide_about_it(how):
    own, other = a_programme_worker(), a_programme_worker()
    hirer = register(own if how == "registered" else UserFactory())
    give(hirer, UserFactory(), Mandate.Kind.MANAGER, today=TODAY)
    if how == "joined since":
        give(hirer, own, Mandate.Kind.MEMBER, today=TODAY)
    leave(own, hirer)

    with pytest.raises(PermissionDenied, match="or once did, so somebody else must decide"):
        services.approve_hirer(hirer, by=own, now=NOW, checked=CHECKED)
    with pytest.raises(PermissionDenied):
        services.decline_hirer(hirer, by=own, now=NOW, reason="No")

    assert str(hirer) not in waits(own)
    assert str(hirer) in waits(other)
    assert not permissions.may_appoint(own, hirer)
    Message.objects.all().delete()
    telling.ask_about_hirer(hirer, now=NOW)
    assert [letter.address for letter in Message.objects.all()] == [other.email]


def test_who_registers_a_group_is_not_asked_to_decide_about_it():
    own = a_programme_worker()

    register(own)

    letters = Message.objects.filter(subject="Please decide about a new group")
    assert not letters.exists()


def test_who_belonged_to_a_group_does_not_check_its_papers():
    paper = HirerDocumentFactory(state="waiting")
    own, other = a_programme_worker(), a_programme_worker()
    belonged(own, paper.hirer, -90, -30)

    assert not permissions.may_check_papers(own, paper.hirer)
    assert not HirerDocument.objects.to_check_by(own).exists()
    assert HirerDocument.objects.to_check_by(other).exists()


@pytest.mark.parametrize("how", ["appealed and left", "declined it first"])
def test_nobody_decides_an_appeal_who_made_it_or_ever_decided_about_the_group(how):
    own, other, third = (a_programme_worker() for _number in range(3))
    hirer = HirerFactory(state="declined", decision_reason="No adult.", decided_by=other)
    by = a_manager_of(hirer)
    if how == "declined it first":
        # Declined once by this person; somebody else upheld that.
        HirerAppeal.objects.create(
            hirer=hirer,
            declined_by=own,
            words="Look again.",
            appealed_by=by,
            appealed_at=NOW,
            outcome="upheld",
            reason="No",
            decided_by=other,
            decided_at=NOW,
        )
        found = HirerAppeal.objects.create(
            hirer=hirer, declined_by=other, words="Again.", appealed_by=by, appealed_at=NOW
        )
    else:
        give(hirer, own, Mandate.Kind.MEMBER, today=TODAY)
        found = services.appeal(hirer, by=own, now=NOW, words="Look again.")
        leave(own, hirer)

    for person in (own, other):
        with pytest.raises(PermissionDenied):
            services.decide_appeal(
                found, by=person, now=NOW, outcome="overturned", reason="Good", checked=CHECKED
            )
        assert not permissions.may_decide_appeal(person, found)
        assert str(hirer) not in waits(person)

    assert permissions.may_decide_appeal(third, found)
    assert str(hirer) in waits(third)


def test_an_appeal_is_told_to_those_alone_who_may_decide_it():
    own, other, third = (a_programme_worker() for _number in range(3))
    hirer = HirerFactory(state="declined", decision_reason="No adult.", decided_by=other)
    belonged(own, hirer, -90, -30)

    services.appeal(hirer, by=a_manager_of(hirer), now=NOW, words="Look again.")

    told = Message.objects.filter(subject="Please decide about an appeal")
    assert [letter.address for letter in told] == [third.email]


def phoned(space, by, **facts):
    return BookingFactory(space=space, requested_by=by, caller_name="Amina", **facts)


def says_yes_for_the_site(booking, *people):
    """Who of these can take the step of the site now; the list of what waits for them says the same."""
    can = []
    for name, person in people:
        step = permissions.step_of(person, booking, booking.decisions.current())
        waits = Decision.objects.waiting_for(person, TODAY).filter(booking=booking, step="site")
        if step is not None and step.step == "site":
            can.append(name)
        if not permissions.is_programme_staff(person):  # who stand in for a site, asked or not
            assert waits.exists() == (name in can)
    return can


def test_who_took_the_call_leaves_the_yes_of_the_site_to_somebody_else():
    space = SpaceFactory(site__programme_decides=False)
    keeper = a_site_manager_of(space.site)
    booking = phoned(space, keeper, decisions=["site"])

    # Nobody else at all: one pair of eyes is better than an answer that never comes.
    assert says_yes_for_the_site(booking, ("keeper", keeper)) == ["keeper"]
    assert asked_of(booking) == {keeper.email}
    # A single manager of a site that decides alone: the programme stands in, and is told.
    worker = a_programme_worker()
    people = [("keeper", keeper), ("worker", worker)]
    assert says_yes_for_the_site(booking, *people) == ["worker"]
    assert Decision.objects.waiting_for(worker, TODAY).get().booking == booking
    assert asked_of(booking) == {worker.email}
    with pytest.raises(ValidationError) as refused:
        services.approve_booking(booking, by=keeper, now=NOW)
    assert refused.value.code == "said_yes"
    # Another manager: it is theirs.
    other = a_site_manager_of(space.site)
    people = [("keeper", keeper), ("other", other)]
    assert says_yes_for_the_site(booking, *people) == ["other"]
    assert not Decision.objects.waiting_for(worker, TODAY).exists()
    assert asked_of(booking) >= {other.email}
    assert keeper.email not in asked_of(booking)
    # The group may ring again: a no is anybody's.
    services.decline_booking(booking, by=keeper, now=NOW, reason="other", reason_note="Rang off.")
    assert Booking.objects.get().state == "declined"


def test_a_single_manager_says_yes_where_somebody_looks_anyway():
    space = SpaceFactory(site__programme_decides=True)
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = phoned(space, keeper, decisions=["site", "programme"])

    assert says_yes_for_the_site(booking, ("keeper", keeper)) == ["keeper"]
    services.approve_booking(booking, by=keeper, now=NOW)
    services.approve_booking(booking, by=worker, now=NOW)
    assert Booking.objects.get().is_promised
    # A yes by rule is no pair of eyes.
    by_rule = phoned(space, keeper, decisions=["site", "programme"], starts_at=NOW + 9 * DAY)
    by_rule.decisions.filter(step="programme").update(
        outcome="approved", decided_at=NOW, is_automatic=True
    )
    assert says_yes_for_the_site(by_rule, ("keeper", keeper), ("worker", worker)) == ["worker"]


def test_programme_staff_who_took_the_call_leave_the_yes_of_the_programme_too(client):
    space = SpaceFactory(site__programme_decides=True)
    taker, keeper = a_programme_worker(), a_site_manager_of(space.site)
    booking = phoned(space, taker, decisions=["site", "programme"])
    of_the_group = a_programme_worker()
    belonged(of_the_group, booking.hirer, -90)

    def who_may(*people):
        """Who takes the step of the programme; letters and what waits for people say the same."""
        steps = booking.decisions.current()
        taken = {one: permissions.step_of(one, booking, steps) for one in people}
        may = {one for one, step in taken.items() if step and step.step == "programme"}
        waits = Decision.objects.filter(step="programme")
        assert may == {one for one in people if waits.waiting_for(one, TODAY).exists()}
        Message.objects.all().delete()
        telling.ask_for_decision(booking, ["programme"], steps[0].due_on, now=NOW)
        assert set(Message.objects.values_list("address", flat=True)) == {one.email for one in may}
        return may

    # Nobody else of the staff may: one of them belongs to the group.
    assert who_may(taker, of_the_group) == {taker}
    other = a_programme_worker()
    assert who_may(taker, other, of_the_group) == {other}
    client.force_login(taker)
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "so somebody else says yes" in page
    assert reverse("spaces:decline_booking", args=[booking.uuid]) in page
    services.approve_booking(booking, by=keeper, now=NOW)
    with pytest.raises(ValidationError) as refused:
        services.approve_booking(booking, by=taker, now=NOW)
    assert refused.value.code == "said_yes"
    services.approve_booking(booking, by=other, now=NOW)
    assert Booking.objects.get().is_promised


def test_who_has_taken_one_step_is_nobody_else_for_the_yes_of_the_programme():
    """Nobody takes two steps, so leaving it to them would leave it to nobody."""
    space = SpaceFactory(site__programme_decides=True)
    taker, other = a_programme_worker(), a_programme_worker()
    booking = phoned(space, taker, decisions=["site", "programme"])
    booking.decisions.filter(step="site").update(
        outcome="approved", decided_at=NOW, decided_by=other
    )

    services.approve_booking(booking, by=taker, now=NOW)

    assert Booking.objects.get().is_promised


def test_nobody_decides_about_an_offer_of_an_organisation_they_left():
    offer, left, worker = a_sent_offer(), a_programme_worker(), a_programme_worker()
    Mandate.objects.create(
        user=left,
        organisation=offer.organisation,
        kind="editor",
        starts_on=TODAY - 90 * DAY,
        ends_on=TODAY - 30 * DAY,
    )

    with pytest.raises(PermissionDenied, match="or you belonged to it once"):
        services.decline_offer(offer, by=left, now=NOW, seen=offer.sent_at, note="No.")

    def titles(person):
        return [
            line.title for one in waiting_for(person, now=NOW, today=TODAY) for line in one.lines
        ]

    assert offer.title not in titles(left)
    assert offer.title in titles(worker)
