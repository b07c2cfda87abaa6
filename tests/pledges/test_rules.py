from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from pledges import rules
from pledges.models import ENDS, DeliveryStatus, Pledge
from tests.factories.pledges import (
    PledgeFactory,
    PledgeStatusChangeFactory,
    PledgeUpdateFactory,
    it_stands,
)

TODAY = date(2026, 11, 23)
S = DeliveryStatus


def days_ago(days):
    return TODAY - timedelta(days=days)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "updated", "status", "due", "stale"),
    [
        (days_ago(90), None, S.IN_PROGRESS, TODAY, False),
        (days_ago(91), None, S.IN_PROGRESS, days_ago(1), True),
        (days_ago(400), days_ago(90), S.IN_PROGRESS, TODAY, False),
        (days_ago(400), days_ago(97), S.IN_PROGRESS, days_ago(7), True),
        (days_ago(400), None, None, days_ago(310), True),
        (days_ago(400), days_ago(300), S.DELIVERED, None, False),
        (days_ago(400), days_ago(300), S.WITHDRAWN, None, False),
        (None, None, S.NOT_STARTED, days_ago(100) + timedelta(days=90), True),
    ],
    ids=[
        "last day to hear",
        "a day too late",
        "updated in time",
        "no update for 97 days",
        "nothing known",
        "delivered",
        "withdrawn",
        "made on an unknown day",
    ],
)
def test_when_a_pledge_is_stale(made, updated, status, due, stale):
    pledge = PledgeFactory(made_on=made)
    Pledge.objects.filter(pk=pledge.pk).update(created_at=datetime(2026, 8, 15, 12, tzinfo=UTC))
    if updated:
        PledgeUpdateFactory(pledge=pledge, published_on=updated)
    if status:
        it_stands(pledge, status)

    found = Pledge.objects.with_standing().get()

    assert rules.next_update_due(found) == due
    assert rules.is_stale(found, today=TODAY) == stale
    # The list of stale pledges and the rule must never disagree.
    assert Pledge.objects.with_standing().stale(TODAY).exists() == stale


@pytest.mark.django_db
def test_a_correction_is_not_news():
    pledge = PledgeFactory()
    first = PledgeUpdateFactory(pledge=pledge, published_on=days_ago(97))
    PledgeUpdateFactory(pledge=pledge, published_on=days_ago(1), corrects=first)

    found = Pledge.objects.with_standing().get()

    assert found.last_update_on == days_ago(97)
    assert rules.is_stale(found, today=TODAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("due", "status", "days_late"),
    [
        (None, S.IN_PROGRESS, 0),
        (TODAY, S.IN_PROGRESS, 0),
        (days_ago(12), S.IN_PROGRESS, 12),
        (days_ago(12), S.NOT_KNOWN, 12),
        (days_ago(12), S.DELIVERED, 0),
    ],
    ids=["no date", "today", "late", "date passed, nothing known", "delivered"],
)
def test_when_a_pledge_is_late(due, status, days_late):
    pledge = PledgeFactory(due_on=due)
    it_stands(pledge, status)

    found = Pledge.objects.with_standing().get()

    assert rules.standing(found, today=TODAY).days_late == days_late
    # The list of late pledges and the rule must never disagree.
    assert Pledge.objects.with_standing().past_due(TODAY).exists() == (days_late > 0)


@pytest.mark.django_db
def test_the_summary_counts_every_pledge_once():
    for status in (S.IN_PROGRESS, S.IN_PROGRESS, S.NOT_KNOWN, S.DELIVERED):
        it_stands(PledgeFactory(made_on=days_ago(10)), status)
    PledgeFactory(made_on=days_ago(100), due_on=days_ago(1))  # no line in its log

    found = rules.summary(Pledge.objects.with_standing(), today=TODAY)

    assert found == rules.Summary(
        everything=5,
        by_status={S.IN_PROGRESS: 2, S.NOT_KNOWN: 2, S.DELIVERED: 1},
        late=1,
        stale=1,
    )
    assert (found.in_progress, found.not_known, found.ended) == (2, 2, 1)


def test_every_status_says_how_it_may_go_on():
    assert set(rules.MAY_BECOME) == set(DeliveryStatus)
    assert all(rules.MAY_BECOME[end] == {S.IN_PROGRESS} for end in ENDS)


def test_one_person_is_never_offered_an_end():
    offered = {status: rules.may_become(status) for status in DeliveryStatus}

    assert not {choice for choices in offered.values() for choice in choices} & set(ENDS)
    assert offered[S.NOT_KNOWN] == [S.NOT_STARTED, S.IN_PROGRESS]
    assert offered[S.DELIVERED] == [S.IN_PROGRESS]


@pytest.mark.parametrize(
    ("now", "wanted", "code"),
    [
        (S.IN_PROGRESS, S.IN_PROGRESS, "no_change"),
        (S.DELIVERED, S.NOT_STARTED, "not_from_here"),
        (S.WITHDRAWN, S.DELIVERED, "not_from_here"),
    ],
)
def test_a_status_only_goes_where_the_table_says(now, wanted, code):
    with pytest.raises(ValidationError) as refusal:
        rules.check_may_become(now, wanted)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("before", "after", "corrects"),
    [
        ({"what_changed": "18 hours."}, {"what_changed": "18 hours."}, False),
        ({"what_changed": "18\nhours."}, {"what_changed": " 18  hours. "}, False),
        ({"what_changed": "18 hours.", "whats_next": ""}, {"what_changed": "18 hours."}, False),
        ({"what_changed": "18 hours."}, {"what_changed": "28 hours."}, True),
        (
            {"what_changed": "18.", "whats_next": ""},
            {"what_changed": "18.", "whats_next": "2"},
            True,
        ),
    ],
    ids=["the same", "other spaces", "nothing left out", "another word", "more"],
)
def test_what_a_correction_is(before, after, corrects):
    if corrects:
        rules.check_corrects_something(before, after)
    else:
        with pytest.raises(ValidationError, match="Change something first"):
            rules.check_corrects_something(before, after)


@pytest.mark.django_db
def test_the_thread_keeps_what_was_said_before_a_correction():
    pledge = PledgeFactory()
    first = PledgeUpdateFactory(
        pledge=pledge, what_changed="28 hours.", published_on=date(2026, 11, 5)
    )
    second = PledgeUpdateFactory(
        pledge=pledge, corrects=first, what_changed="81 hours.", published_on=date(2026, 11, 7)
    )
    third = PledgeUpdateFactory(
        pledge=pledge, corrects=second, what_changed="18 hours.", published_on=date(2026, 11, 9)
    )
    later = PledgeUpdateFactory(pledge=pledge, published_on=date(2026, 11, 8))
    change = PledgeStatusChangeFactory(pledge=pledge, effective_on=date(2026, 11, 6))

    thread = rules.thread([third, later, first, second], [change])

    assert [entry.on.day for entry in thread] == [8, 6, 5]
    assert [entry.update for entry in thread] == [later, None, third]
    assert thread[2].earlier == [second, first]
    assert thread[2].corrected_on == date(2026, 11, 9)
    assert thread[1].change == change


@pytest.mark.parametrize(
    ("day", "since", "taken"),
    [
        (date(2026, 5, 1), None, True),
        (date(2026, 5, 1), date(2026, 5, 1), True),
        (date(1999, 11, 25), date(2026, 5, 1), False),
    ],
)
def test_a_status_log_runs_forwards(day, since, taken):
    if taken:
        rules.check_not_before(day, since=since)
    else:
        with pytest.raises(ValidationError, match="Enter 1 May 2026 or later"):
            rules.check_not_before(day, since=since)
