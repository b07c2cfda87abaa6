"""Nobody decides about their own: leaving the group first makes nobody somebody else."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

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
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.spaces.test_deciding import a_programme_lead, a_safeguarding_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

TODAY = NOW.date()
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
