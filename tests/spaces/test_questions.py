"""More information needed: the question, the answer, and the clocks that stand still meanwhile."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import services
from spaces.models import Booking, BookingQuestion, Decision, Hirer, Occupancy, SiteManager
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

State = Booking.State
LATER = NOW + timedelta(days=2)


@pytest.fixture
def hirer():
    return HirerFactory()


@pytest.fixture
def member(hirer):
    return a_member_of(hirer, name="Tom")


@pytest.fixture
def booking(hirer, member):
    return BookingFactory(
        space=SpaceFactory(name="Hall"),
        hirer=hirer,
        requested_by=member,
        starts_at=NOW.replace(hour=18) + timedelta(days=21),
    )


@pytest.fixture
def keeper(booking):
    return a_site_manager_of(booking.space.site, name="Kwame")


def test_a_question_goes_to_the_group_and_its_answer_to_those_who_decide(booking, keeper, member):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    booking.refresh_from_db()
    assert booking.state == State.INFORMATION_NEEDED
    assert booking.occupancies.get().status == Occupancy.Status.PENDING
    assert not Decision.objects.waiting_for(keeper, NOW.date()).exists()
    letter = Message.objects.get(address=member.email)
    assert letter.subject == f"A question about your request for Hall ({booking.reference})"
    assert "Will you cook?" in letter.body

    services.answer_question(booking, by=member, now=LATER, answer="Only tea.")

    booking.refresh_from_db()
    assert booking.state == State.REQUESTED
    (step,) = Decision.objects.waiting_for(keeper, NOW.date())
    assert step.due_on == date(2026, 12, 3)
    answered = Message.objects.get(address=keeper.email)
    assert answered.subject == "Answered, please decide: Hall on Tuesday 15 December 2026"
    assert "Only tea." not in answered.body
    assert [one.verb for one in AuditRecord.objects.about(booking).order_by("pk")] == [
        "spaces.question_asked",
        "spaces.question_answered",
    ]
    assert not [one for one in AuditRecord.objects.all() if "tea" in str(one.detail)]


def test_whoever_asked_and_runs_the_site_no_longer_is_not_told_of_the_answer(
    booking, keeper, member
):
    colleague = a_site_manager_of(booking.space.site)
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    SiteManager.objects.filter(user=keeper).update(ends_on=NOW.date() - timedelta(days=1))

    services.answer_question(booking, by=member, now=LATER, answer="Only tea.")

    told = Message.objects.filter(subject__startswith="Answered, please decide")
    assert set(told.values_list("address", flat=True)) == {colleague.email}


def test_while_a_question_waits_nobody_says_yes_but_anybody_who_decides_may_say_no(booking, keeper):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    with pytest.raises(ValidationError, match="more information needed, so it cannot be approved"):
        services.approve_booking(booking, by=keeper, now=NOW)
    with pytest.raises(ValidationError, match="so it cannot be more information needed"):
        services.ask_question(booking, by=keeper, now=NOW, question="And sing?")
    services.decline_booking(booking, by=keeper, now=NOW, reason="safety")

    booking.refresh_from_db()
    assert booking.state == State.DECLINED


def test_a_late_decision_is_not_late_while_the_group_is_asked(booking, keeper, member):
    long_after = NOW + timedelta(days=15)
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    assert services.escalate(now=long_after) == 0

    services.answer_question(booking, by=member, now=long_after, answer="No.")
    assert services.escalate(now=long_after) == 0


def test_after_an_answer_what_is_late_once_more_is_told_once_more(client, booking, keeper, member):
    a_programme_worker()
    first, again = NOW + timedelta(days=8), NOW + timedelta(days=20)
    late = Message.objects.filter(subject__startswith="A decision is late")

    def is_called_late():
        with time_machine.travel(first, tick=False):
            client.force_login(member)
            page = client.get(booking.get_absolute_url()).content.decode()
        return "It is late, so we have asked somebody else to help." in page

    services.escalate(now=first)
    told = late.count()
    assert told
    assert is_called_late()

    services.ask_question(booking, by=keeper, now=first, question="Will you cook?")
    assert not is_called_late()
    services.answer_question(booking, by=member, now=first, answer="No.")
    assert not is_called_late()

    services.escalate(now=again)
    services.escalate(now=again)
    assert late.count() == 2 * told


def test_no_day_is_named_and_nothing_is_late_while_a_question_waits(
    client, booking, keeper, member
):
    client.force_login(keeper)
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "By Monday 30 November 2026." in page

    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    [waiting] = services.standings(Booking.objects.get(pk=booking.pk), today=date(2027, 1, 1))
    assert not waiting.is_late
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "Until then nobody needs to decide." in page
    assert "We ask for an answer within 5 working days." in page
    assert "30 November" not in page
    services.answer_question(booking, by=member, now=LATER, answer="No.")
    assert "By Thursday 3 December 2026." in client.get(booking.get_absolute_url()).content.decode()


def test_who_decides_writes_down_what_the_group_said_on_the_telephone(client, booking, keeper):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    client.force_login(keeper)
    address = f"{booking.get_absolute_url()}answer/"

    assert "told you on the telephone" in client.get(address).content.decode()
    assert client.post(address, {"answer": "They will not."}).status_code == 302

    question = BookingQuestion.objects.get()
    assert (question.answer, question.answered_by) == ("They will not.", keeper)


def test_a_stranger_neither_asks_nor_answers(booking, keeper):
    stranger = a_member_of(HirerFactory())
    with pytest.raises(PermissionDenied):
        services.ask_question(booking, by=stranger, now=NOW, question="Who are you?")
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    with pytest.raises(PermissionDenied):
        services.answer_question(booking, by=stranger, now=NOW, answer="Yes")


def test_an_answer_is_given_once(booking, keeper, member):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.answer_question(booking, by=member, now=NOW, answer="No.")

    with pytest.raises(ValidationError, match="answered already"):
        services.answer_question(booking, by=member, now=NOW, answer="Yes.")

    assert BookingQuestion.objects.get().answer == "No."


def test_whoever_was_slower_with_an_answer_reads_what_they_wrote(client, booking, keeper, member):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.answer_question(booking, by=member, now=NOW, answer="No.")
    client.force_login(a_member_of(booking.hirer))
    address = f"{booking.get_absolute_url()}answer/"

    answer = client.post(address, {"answer": "Yes, <soup> for 40."})

    assert answer.status_code == 409
    assert "Yes, &lt;soup&gt; for 40." in answer.content.decode()
    assert client.get(address).status_code == 302
    assert BookingQuestion.objects.get().answer == "No."


def test_whoever_was_slower_with_a_question_or_a_no_reads_what_they_wrote(client, booking, keeper):
    other = a_site_manager_of(booking.space.site)
    services.ask_question(booking, by=other, now=NOW, question="Will you cook?")
    client.force_login(keeper)
    address = booking.get_absolute_url()

    asked = client.post(f"{address}question/", {"question": "Who cleans?"})
    services.decline_booking(booking, by=other, now=NOW, reason=Booking.Reason.CLOSED)
    said_no = client.post(f"{address}decline/", {"reason": "other", "reason_note": "It floods."})

    assert (asked.status_code, said_no.status_code) == (409, 409)
    assert "Who cleans?" in asked.content.decode()
    assert "It floods." in said_no.content.decode()


def test_postgres_keeps_one_question_at_a_time(booking, keeper):
    facts = {"booking": booking, "asked_by": keeper, "asked_at": NOW}
    BookingQuestion.objects.create(question="One?", **facts)

    with pytest.raises(IntegrityError, match="one_question_waits_at_a_time"):
        BookingQuestion.objects.create(question="Two?", **facts)


def test_question_and_answer_stay_on_the_booking_and_an_empty_answer_loses_nothing(
    client, booking, keeper, member
):
    client.force_login(keeper)
    asked = f"{booking.get_absolute_url()}question/"
    assert client.post(asked, {"question": ""}).status_code == 422
    assert client.post(asked, {"question": "x" * 401}).status_code == 422
    assert client.post(asked, {"question": "Will you cook?"}).status_code == 302

    client.force_login(member)
    assert "Will you cook?" in client.get(booking.get_absolute_url()).content.decode()
    listed = client.get("/spaces/bookings/").content.decode()
    assert listed.index("Needs you") < listed.index("Answer the question")
    answer = f"{booking.get_absolute_url()}answer/"
    assert client.post(answer, {"answer": " "}).status_code == 422
    assert client.post(answer, {"answer": "Only tea."}).status_code == 302

    for reader in (member, keeper):
        client.force_login(reader)
        page = client.get(booking.get_absolute_url()).content.decode()
        assert page.index("Will you cook?") < page.index("Only tea.")


def test_who_answers_for_a_private_group_is_not_named_to_the_site(client):
    hirer = HirerFactory(is_sensitive=True)
    own = a_member_of(hirer, name="Zofia Hidden")
    booking = BookingFactory(hirer=hirer, requested_by=own)
    keeper = a_site_manager_of(booking.space.site)
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.answer_question(booking, by=own, now=NOW, answer="No.")
    client.force_login(keeper)

    page = client.get(booking.get_absolute_url()).content.decode()

    assert "No." in page
    assert "Zofia" not in page


def test_what_the_programme_asks_a_private_group_is_not_for_the_site(client):
    hirer = HirerFactory(is_sensitive=True)
    booking = BookingFactory(
        hirer=hirer, requested_by=a_member_of(hirer), decisions=["site", "programme"]
    )
    keeper, worker = a_site_manager_of(booking.space.site), a_programme_worker()
    services.ask_question(booking, by=worker, now=NOW, question="Whom do you shelter?")

    for reader, reads in ((keeper, False), (worker, True)):
        client.force_login(reader)
        page = client.get(booking.get_absolute_url()).content.decode()
        assert ("Whom do you shelter?" in page) == reads
        assert "Waiting for the answer of the group." in page


def test_a_stand_in_who_asked_hears_of_the_answer(booking, member, keeper):
    worker = a_programme_worker()
    services.ask_question(booking, by=worker, now=NOW, question="Will you cook?")

    services.answer_question(booking, by=member, now=NOW, answer="No.")

    told = Message.objects.filter(subject__startswith="Answered")
    assert sorted(one.address for one in told) == sorted([worker.email, keeper.email])


def test_an_open_question_is_the_first_thing_that_waits_for_the_group(booking, member, keeper):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    sections = waiting_for(member, now=NOW, today=NOW.date())

    (asks,) = [one for one in sections if one.title == "Your group asks you"]
    assert [line.url for line in asks.lines] == [f"{booking.get_absolute_url()}answer/"]


def test_once_its_time_has_come_a_question_is_neither_answered_nor_the_request_declined(
    booking, keeper, member
):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    begun = {"now": booking.starts_at}

    with pytest.raises(ValidationError) as answered:
        services.answer_question(booking, by=member, answer="No.", **begun)
    with pytest.raises(ValidationError) as declined:
        services.decline_booking(booking, by=keeper, reason="safety", **begun)

    assert (answered.value.code, declined.value.code) == ("begun", "begun")
    booking.refresh_from_db()
    assert booking.state == State.INFORMATION_NEEDED


def test_a_group_is_asked_so_often_in_an_hour_and_not_flooded(client, booking, keeper, settings):
    settings.BOOKING_LETTERS_PER_HOUR = 1
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.answer_question(booking, by=keeper, now=NOW, answer="No.")

    with pytest.raises(ValidationError) as refusal:
        services.ask_question(booking, by=keeper, now=NOW, question="And sing?")

    assert refusal.value.code == "too_often"
    settings.BOOKING_LETTERS_PER_HOUR = 0
    client.force_login(keeper)
    page = client.post(f"{booking.get_absolute_url()}question/", {"question": "And sing?"})
    assert page.status_code == 429
    assert "And sing?" in page.content.decode()
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


@pytest.mark.parametrize("page", ["approve", "decline", "question"])
def test_who_decides_reads_there_what_was_asked_and_what_the_group_needs(
    client, booking, keeper, member, page
):
    layout = booking.space.layouts.get()
    Booking.objects.update(setup_minutes=30, cleardown_minutes=15, layout=layout)
    Hirer.objects.update(communication_needs="Somebody who signs")
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.answer_question(booking, by=member, now=NOW, answer="Only tea.")
    client.force_login(keeper)

    shown = client.get(f"{booking.get_absolute_url()}{page}/").content.decode()

    assert shown.index("Will you cook?") < shown.index("Only tea.")
    assert "The room is kept from 5:30pm to 8:15pm" in shown
    assert layout.get_kind_display() in shown
    assert "Somebody who signs" in shown


@pytest.mark.parametrize("page", ["approve", "decline"])
def test_what_a_private_group_answered_the_programme_is_not_shown_to_a_site_that_decides(
    client, page
):
    hirer = HirerFactory(is_sensitive=True)
    own = a_member_of(hirer, name="Zofia Hidden")
    booking = BookingFactory(hirer=hirer, requested_by=own, decisions=["site", "programme"])
    keeper, worker = a_site_manager_of(booking.space.site), a_programme_worker()
    services.ask_question(booking, by=worker, now=NOW, question="Whom do you shelter?")
    services.answer_question(booking, by=own, now=NOW, answer="Families.")

    for reader, reads in ((keeper, False), (worker, True)):
        client.force_login(reader)
        shown = client.get(f"{booking.get_absolute_url()}{page}/").content.decode()
        assert ("Families." in shown) == reads
        assert ("Zofia" in shown) == reads
