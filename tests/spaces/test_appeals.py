"""A declined group appeals, and somebody who did not decline it looks again."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Hirer, HirerAppeal
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    CHECKED,
    NOW,
    TICKED,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug])


def a_declined_group(by=None):
    by = by or a_programme_worker()
    return HirerFactory(state="declined", decision_reason="No adult.", decided_by=by)


def appeal(hirer, by=None, words="My aunt is 41."):
    return services.appeal(hirer, by=by or a_manager_of(hirer), now=NOW, words=words)


def decide(found, by, outcome="overturned", reason="You named an adult."):
    return services.decide_appeal(
        found, by=by, now=NOW, outcome=outcome, reason=reason, checked=CHECKED
    )


def letters():
    return sorted((letter.address, letter.subject) for letter in Message.objects.all())


def test_an_appeal_goes_to_everybody_but_the_one_who_declined():
    first, second = a_programme_worker(), a_programme_worker()
    hirer = a_declined_group(first)
    manager = a_manager_of(hirer)

    found = appeal(hirer, manager)

    assert letters() == sorted(
        [
            (manager.email, "We have your group’s appeal"),
            (second.email, "Please decide about an appeal"),
        ]
    )
    (entry,) = AuditRecord.objects.about(hirer)
    assert (entry.verb, entry.actor, entry.detail) == (
        "spaces.hirer_appealed",
        manager,
        {"appeal": found.pk},
    )


def test_an_answer_is_promised_in_ten_working_days():
    """From Tuesday 24 November 2026; from the week before Christmas bank holidays count for nothing."""
    assert services.appeal_due(HirerAppeal(appealed_at=NOW)) == date(2026, 12, 8)
    before_christmas = NOW + timedelta(days=27)
    assert services.appeal_due(HirerAppeal(appealed_at=before_christmas)) == date(2027, 1, 7)


@pytest.mark.parametrize(
    ("outcome", "state", "subject", "reason"),
    [
        ("overturned", "approved", "Your group may book rooms", ""),
        ("upheld", "declined", "Your group’s appeal: the decision stands", "Still no adult."),
    ],
)
def test_the_group_hears_the_outcome_and_the_reason(outcome, state, subject, reason):
    hirer, second = a_declined_group(), a_programme_worker()
    member = a_member_of(hirer)
    manager = a_manager_of(hirer)
    found = appeal(hirer, member)
    Message.objects.all().delete()

    decide(found, second, outcome, "Still no adult.")

    hirer.refresh_from_db()
    assert (hirer.state, hirer.decided_by, hirer.decision_reason) == (state, second, reason)
    assert letters() == sorted([(manager.email, subject), (member.email, subject)])
    assert all("Reason: Still no adult." in letter.body for letter in Message.objects.all())
    last = AuditRecord.objects.about(hirer).newest_first()[0]
    # The reason is somebody's words: it stays out of the record of what happened.
    assert (last.verb, last.detail) == (f"spaces.appeal_{outcome}", {"appeal": found.pk})


@pytest.mark.parametrize(
    ("group_kind", "kept"), [("charity", ""), ("tenants", "You named an adult.")]
)
def test_approving_a_small_group_that_shows_nothing_keeps_why(client, group_kind, kept):
    hirer, second = a_declined_group(), a_programme_worker()
    Hirer.objects.update(group_kind=group_kind)
    found = appeal(hirer)
    client.force_login(second)

    asked = client.get(page_of("decide_appeal", hirer)).content.decode()
    decide(found, second)

    hirer.refresh_from_db()
    assert hirer.approved_despite == kept
    assert ("It has neither rules that we accepted" in asked) == bool(kept)


def test_whoever_looks_again_reads_what_was_wrong_and_goes_to_the_facts(client):
    hirer = a_declined_group()
    appeal(hirer)
    client.force_login(a_programme_worker())

    asked = client.get(page_of("decide_appeal", hirer)).content.decode()

    assert "No adult." in asked
    assert "Look whether it is put right." in asked
    assert f'href="{hirer.get_absolute_url()}#facts"' in asked


def test_after_a_yes_the_page_of_the_group_claims_nothing_to_be_missing(client):
    hirer, second = a_declined_group(), a_programme_worker()
    Hirer.objects.update(group_kind="tenants")
    decide(appeal(hirer), second, "overturned", "Thank you for naming an adult.")
    client.force_login(second)

    shown = client.get(hirer.get_absolute_url()).content.decode()

    assert "Their reason: Thank you for naming an adult." in shown
    assert "missing" not in shown.partition("<main")[2].lower()


def test_whoever_declined_a_group_does_not_decide_its_appeal():
    first = a_programme_worker()
    found = appeal(a_declined_group(first))

    with pytest.raises(PermissionDenied, match="somebody else must look at it again"):
        decide(found, first)
    with (
        pytest.raises(IntegrityError, match="an_appeal_goes_to_somebody_else"),
        transaction.atomic(),
    ):
        HirerAppeal.objects.update(outcome="upheld", reason="No", decided_by=first, decided_at=NOW)

    found.refresh_from_db()
    assert found.outcome == ""


@pytest.mark.parametrize("who", ["own group", "nobody", "site"])
def test_nobody_else_decides_an_appeal(who):
    hirer = a_declined_group()
    found = appeal(hirer)
    by = UserFactory()
    if who == "own group":
        by = a_programme_worker()
        hirer.organisation.mandates.create(user=by, kind="member", starts_on="2020-01-01")

    with pytest.raises(PermissionDenied):
        decide(found, by)


def test_a_no_that_an_appeal_upheld_is_final_and_nobody_is_written_to_again(client):
    hirer = a_declined_group()
    manager = a_manager_of(hirer)
    decide(appeal(hirer, manager), a_programme_worker(), "upheld", "Still no adult.")
    letter = Message.objects.get(address=manager.email, subject__endswith="the decision stands")
    Message.objects.all().delete()
    client.force_login(manager)

    shown = client.get(hirer.get_absolute_url()).content.decode()
    asked = client.get(page_of("appeal", hirer))
    client.post(page_of("appeal", hirer), {"words": "Again."})
    with pytest.raises(ValidationError) as refusal:
        appeal(hirer, manager)

    assert refusal.value.code == "final"
    assert (HirerAppeal.objects.count(), Message.objects.count()) == (1, 0)
    assert "so this is final" in letter.body
    assert "so this is final" in shown
    assert page_of("appeal", hirer) not in shown
    assert (asked.status_code, asked.url) == (302, hirer.get_absolute_url())


def test_a_decision_made_anew_may_be_appealed_against_but_not_without_end():
    hirer = a_declined_group()
    manager = a_manager_of(hirer)
    for days in range(3):
        later = NOW + timedelta(days=days)
        Hirer.objects.update(state="declined", decision_reason="No.", decided_at=later)
        made = appeal(hirer, manager)
        services.decide_appeal(
            made, by=a_programme_worker(), now=later, outcome="upheld", reason="No"
        )
        hirer.refresh_from_db()
    Hirer.objects.update(decided_at=NOW + timedelta(days=9))

    with pytest.raises(ValidationError) as refusal:
        appeal(hirer, manager)

    assert refusal.value.code == "too_many"
    assert HirerAppeal.objects.count() == 3


@pytest.mark.parametrize("state", ["registered", "approved"])
def test_there_is_nothing_to_appeal_against_for_a_group_that_was_not_declined(state):
    hirer = HirerFactory(state=state)

    with pytest.raises(ValidationError) as refusal:
        appeal(hirer)

    assert refusal.value.code == "not_from_here"
    assert not HirerAppeal.objects.exists()


def test_only_people_of_the_group_appeal():
    hirer = a_declined_group()
    for person in (UserFactory(), a_programme_worker(), a_manager_of(HirerFactory())):
        with pytest.raises(PermissionDenied):
            appeal(hirer, person)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"words": ""}, "an_appeal_says_something"),
        ({"outcome": "upheld"}, "an_appeal_is_decided_by_somebody_with_a_reason"),
        ({"reason": "Because"}, "an_appeal_is_decided_by_somebody_with_a_reason"),
        ({"decided_at": NOW}, "an_appeal_is_decided_by_somebody_with_a_reason"),
    ],
)
def test_postgres_refuses_an_appeal_that_cannot_be(facts, constraint):
    found = appeal(a_declined_group())

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        HirerAppeal.objects.filter(pk=found.pk).update(**facts)


ROUNDS = 5


@pytest.mark.django_db(transaction=True)
def test_two_of_a_group_who_appeal_at_once_make_one_appeal():
    for _round in range(ROUNDS):
        hirer = a_declined_group()
        one, other = a_manager_of(hirer), a_member_of(hirer)

        outcome = at_once(partial(appeal, hirer, one), partial(appeal, hirer, other))

        assert outcome == ["done", "not_from_here"]


@pytest.mark.django_db(transaction=True)
def test_who_presses_the_button_twice_at_once_has_appealed_once():
    hirer = a_declined_group()
    manager = a_manager_of(hirer)

    outcome = at_once(partial(appeal, hirer, manager), partial(appeal, hirer, manager))

    assert outcome == ["done", "done"]
    assert HirerAppeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_an_appeal_at_once_make_one_decision_and_one_letter():
    for _round in range(ROUNDS):
        hirer = a_declined_group()
        found = appeal(hirer)
        one, other = a_programme_worker(), a_programme_worker()
        Message.objects.all().delete()

        outcome = at_once(
            partial(decide, found, one, "overturned"), partial(decide, found, other, "upheld")
        )

        hirer.refresh_from_db()
        found.refresh_from_db()
        assert outcome == ["done", "not_from_here"]
        assert (hirer.state == "approved") == (found.outcome == "overturned")
        assert Message.objects.count() == 1


def test_from_a_refusal_to_an_appeal_to_an_approval(client):
    first, second = a_programme_worker(), a_programme_worker()
    hirer = a_declined_group(first)
    client.force_login(a_manager_of(hirer))
    assert page_of("appeal", hirer) in client.get(hirer.get_absolute_url()).content.decode()
    page = client.post(page_of("appeal", hirer), {"words": "My aunt is 41."}, follow=True)
    assert "answers by Tuesday 8 December 2026" in page.content.decode()
    assert client.get(page_of("appeal", hirer)).status_code == 302
    assert client.post(page_of("appeal", hirer), {"words": "My aunt is 41."}).status_code == 302
    # Whoever wrote another one in another window is told that it was not sent, and keeps the words.
    late = client.post(page_of("appeal", hirer), {"words": "She has a key."})
    assert (late.status_code, late.context["form"]["words"].value()) == (409, "She has a key.")
    assert "Your group has appealed, and somebody is looking at it." in late.content.decode()

    client.force_login(first)
    assert client.get(page_of("decide_appeal", hirer)).status_code == 403
    assert (
        page_of("decide_appeal", hirer) not in client.get(hirer.get_absolute_url()).content.decode()
    )
    assert (
        page_of("decide_appeal", hirer) not in client.get(reverse("home:waiting")).content.decode()
    )

    client.force_login(second)
    assert page_of("decide_appeal", hirer) in client.get(reverse("home:waiting")).content.decode()
    listed = client.get(reverse("spaces:hirers")).content.decode()
    assert "answer by Tuesday 8 December 2026" in listed
    assert "My aunt is 41." in client.get(page_of("decide_appeal", hirer)).content.decode()
    done = client.post(
        page_of("decide_appeal", hirer),
        {"outcome": "overturned", "reason": "Good.", **TICKED},
        follow=True,
    )

    assert "Decided. The group has been told." in done.content.decode()
    again = client.post(page_of("decide_appeal", hirer), {"outcome": "upheld", "reason": "No"})
    assert again.status_code == 409
    hirer.refresh_from_db()
    assert hirer.state == "approved"


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("appeal", {"words": ""}, "words"),
        ("appeal", {"words": "w" * 1001}, "words"),
        ("decide_appeal", {"outcome": "", "reason": "Because"}, "outcome"),
        ("decide_appeal", {"outcome": "overturned", "reason": "", **TICKED}, "reason"),
        ("decide_appeal", {"outcome": "upheld", "reason": "r" * 401}, "reason"),
    ],
)
def test_a_bad_appeal_or_answer_comes_back_with_422_and_everything_typed(client, name, sent, field):
    hirer = a_declined_group()
    client.force_login(a_manager_of(hirer))
    if name == "decide_appeal":
        appeal(hirer)
        client.force_login(a_programme_worker())

    answer = client.post(page_of(name, hirer), sent)

    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (422, [field])
    assert {name: form[name].value() for name in sent} == sent


def test_the_appeals_of_others_look_like_none(client):
    hirer = a_declined_group()
    appeal(hirer)
    client.force_login(a_manager_of(HirerFactory()))

    for name in ("appeal", "decide_appeal"):
        assert client.post(page_of(name, hirer), {"words": "x"}).status_code == 404


def test_the_queue_costs_the_same_for_one_appeal_as_for_three(client):
    client.force_login(a_programme_worker())
    weights = []
    for _number in range(3):
        appeal(a_declined_group())
        client.get(reverse("spaces:hirers"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("spaces:hirers"))
        weights.append(len(queries))

    assert weights[0] == weights[2]
    assert len(page.context["appeals"]) == 3


@pytest.mark.parametrize(
    ("days", "words"), [(1, "within 1 working day"), (7, "within 7 working days")]
)
def test_pages_and_letters_promise_what_the_setting_says(client, settings, days, words):
    settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS = days
    hirer = HirerFactory(state="registered")
    client.force_login(a_manager_of(hirer))
    hirer = services.decline_hirer(hirer, by=a_programme_worker(), now=NOW, reason="No adult.")

    letter = Message.objects.get().body
    pages = [client.get(hirer.get_absolute_url()), client.get(page_of("appeal", hirer))]

    for said in [letter, *(page.content.decode() for page in pages)]:
        assert words in said


@pytest.mark.parametrize(("kind", "is_small"), [("tenants", True), ("charity", False)])
def test_a_declined_group_is_shown_where_to_put_right_what_was_wrong(client, kind, is_small):
    hirer = a_declined_group()
    Hirer.objects.update(group_kind=kind)
    client.force_login(a_manager_of(hirer))

    shown = client.get(hirer.get_absolute_url()).content.decode()

    before, _, _after = shown.partition('id="facts"')
    assert f'href="{page_of("hirer_facts", hirer)}"' in before
    assert f'href="{page_of("documents", hirer)}"' in before
    assert (f'href="{page_of("references", hirer)}"' in before) is is_small


def test_a_declined_group_reads_the_reason_and_not_what_it_was_not_asked_for(client):
    hirer = a_declined_group()
    Hirer.objects.update(group_kind="unregistered")
    manager = a_manager_of(hirer)
    client.force_login(manager)

    declined = client.get(hirer.get_absolute_url()).content.decode()
    appeal(hirer, manager)
    appealing = client.get(hirer.get_absolute_url()).content.decode()

    assert ("No adult." in declined, "What we still need" in declined) == (True, False)
    # It may still show its rules to whoever looks again.
    assert "What we still need" in appealing
