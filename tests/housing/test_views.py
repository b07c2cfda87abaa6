from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from anchors.models import Mandate
from core.clock import today
from events.models import Event
from housing import services
from housing.models import ActionPlan, ActionStatusChange, ActionUpdate, HousingFact, Seat
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.housing import (
    ActionFactory,
    ActionPlanFactory,
    ActionStatusChangeFactory,
    ActionUpdateFactory,
    PriorityAreaFactory,
    a_person_who_sits_as,
    an_action_of,
)
from tests.factories.pledges import PledgeFactory

pytestmark = pytest.mark.django_db

PLAN = "housing:plan"


def sign_in(client, person):
    """Signed in as the middleware wants staff to be: with a second factor set up."""
    Authenticator.objects.get_or_create(
        user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
    )
    client.force_login(person)
    return person


def text_of(response):
    return " ".join(response.content.decode().split())


def a_meeting(number, **facts):
    return Event.objects.create(
        slug=f"meeting-{number}",
        title=f"Meeting {number} (demo)",
        kind=Event.Kind.COALITION,
        **({"sorts_on": today() - timedelta(days=1)} | facts),
    )


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_plan_costs_the_same_for_one_of_each_as_for_many(
    client, django_assert_num_queries, how_many
):
    for number in range(how_many):
        priority = PriorityAreaFactory(number=number + 1, slug=f"priority-{number}")
        action = an_action_of(OrganisationFactory(), priority=priority)
        ActionStatusChangeFactory(action=action)
        ActionUpdateFactory(action=action)
        HousingFact.objects.create(figure="7", sentence="days in a week")
        a_meeting(number)
        Seat.objects.create(organisation=OrganisationFactory(), starts_on=today())

    # Plan; actions, owners; priorities; next meeting; facts; meetings; seats.
    with django_assert_num_queries(8):
        response = client.get(reverse(PLAN))

    assert [len(chapter["actions"]) for chapter in response.context["chapters"]] == [1] * how_many
    assert len(response.context["meetings"]) == how_many


def test_the_plan_says_where_detailed_actions_are_still_to_be_published(client):
    says = "Detailed actions to be published."
    empty = PriorityAreaFactory(number=1, slug="empty")
    made_up = ActionFactory(
        priority=PriorityAreaFactory(number=2, slug="made-up"), confidence="demonstration"
    )
    ActionFactory(priority=PriorityAreaFactory(number=3, slug="known"), confidence="public page")

    response = client.get(reverse(PLAN))

    assert text_of(response).count(says) == 2
    assert [
        (chapter["priority"].slug, chapter["awaits_actions"])
        for chapter in response.context["chapters"]
    ] == [(empty.slug, True), (made_up.priority.slug, True), ("known", False)]


def test_made_up_actions_stand_under_a_heading_that_says_so(client):
    made_up = ActionFactory(confidence="demonstration", title="List sites (demo)")

    page = text_of(client.get(reverse(PLAN)))

    says = ["Detailed actions to be published.", "Examples for this demonstration", made_up.title]
    places = [page.index(words) for words in says]
    assert places == sorted(places)


def test_actions_of_the_coalition_are_no_examples(client):
    ActionFactory(confidence="public page")

    assert "Examples for this demonstration" not in text_of(client.get(reverse(PLAN)))


def test_an_action_is_a_line_that_can_be_read_aloud(client):
    action = an_action_of(
        OrganisationFactory(name="South Quay (demo)"),
        reference="A1.1",
        title="List sites (demo)",
        due_on=today() + timedelta(days=3),
    )
    ActionStatusChangeFactory(action=action, reason="The list is drafted.")

    page = text_of(client.get(reverse(PLAN)))

    assert "A1.1 List sites (demo)" in page
    assert "South Quay (demo) leads. Due on" in page
    assert "The list is drafted." in page


def test_meetings_are_told_as_far_as_they_are_known(client):
    PriorityAreaFactory()
    now = timezone.now()
    a_meeting(1, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=2))
    a_meeting(2, starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=8), outcome="Met.")
    a_meeting(3, date_text="end of March 2025", sorts_on="2025-03-31")
    a_meeting(
        4,
        starts_at=now + timedelta(days=2),
        ends_at=now + timedelta(days=3),
        cancelled_at=now,
        cancelled_because="Snow.",
    )
    a_meeting(5, is_published=False)

    response = client.get(reverse(PLAN))

    assert response.context["next_meeting"].slug == "meeting-1"
    assert [(meeting.slug, state) for meeting, state in response.context["meetings"]] == [
        ("meeting-2", "held"),
        ("meeting-3", "not_recorded"),
    ]
    assert "Planned, outcome not recorded" in text_of(response)


def test_a_draft_plan_is_nowhere(client):
    plan = ActionPlanFactory(state=ActionPlan.State.DRAFT, title="CANARY", summary="CANARY")
    priority = PriorityAreaFactory(plan=plan, title="CANARY")
    action = ActionFactory(priority=priority, title="CANARY", reference="A1.1")

    response = client.get(reverse(PLAN))

    assert "No plan is published yet" in text_of(response)
    assert b"CANARY" not in response.content
    assert client.get(action.get_absolute_url()).status_code == 404


def test_a_person_who_sits_in_the_coalition_is_not_named(client):
    person = a_person_who_sits_as(Seat.Part.CHAIR)

    page = text_of(client.get(reverse(PLAN)))

    assert "Tenants (demo), chair" in page
    assert person.name not in page


def test_an_action_shows_its_record_and_the_promises_it_carries_out(
    client, django_assert_num_queries
):
    action = an_action_of(OrganisationFactory())
    action.pledges.add(PledgeFactory(title="A garden (demo)"))
    action.pledges.add(PledgeFactory(title="CANARY", is_published=False))
    for _number in range(3):
        ActionUpdateFactory(action=action)
        ActionStatusChangeFactory(action=action)

    with django_assert_num_queries(5):  # action, owners, updates, status changes, pledges
        response = client.get(action.get_absolute_url())

    assert len(response.context["thread"]) == 6
    assert "A garden (demo)" in text_of(response)
    assert "CANARY" not in text_of(response)


# --- Adding to the record ------------------------------------------------------------------------


def pages_of(action):
    update = action.updates.get()
    return [
        reverse("housing:write_update", args=[action.reference]),
        reverse("housing:correct_update", args=[action.reference, update.uuid]),
        reverse("housing:change_status", args=[action.reference]),
    ]


@pytest.mark.parametrize(
    ("who", "answers"),
    [
        ("programme staff", [200, 200, 200]),
        ("chair of the Coalition", [200, 200, 403]),
        ("editor of the lead", [200, 200, 403]),
        ("approver of the lead", [403, 403, 403]),
        ("programme lead", [403, 403, 403]),
        ("member of the Coalition", [404, 404, 404]),
        ("chair until yesterday", [404, 404, 404]),
        ("editor elsewhere", [404, 404, 404]),
        ("somebody signed in", [404, 404, 404]),
        ("a visitor", [302, 302, 302]),
    ],
)
def test_who_may_add_to_the_record(client, who, answers):
    lead = OrganisationFactory()
    action = an_action_of(lead)
    ActionUpdateFactory(action=action)
    yesterday = today() - timedelta(days=1)
    people = {
        "programme staff": lambda: a_person_with("programme_staff"),
        "programme lead": lambda: a_person_with("programme_lead"),
        "chair of the Coalition": lambda: a_person_who_sits_as(Seat.Part.CHAIR),
        "member of the Coalition": lambda: a_person_who_sits_as(Seat.Part.MEMBER),
        "chair until yesterday": lambda: a_person_who_sits_as(Seat.Part.CHAIR, ends_on=yesterday),
        "editor of the lead": lambda: a_person_for(lead, Mandate.Kind.EDITOR),
        "approver of the lead": lambda: a_person_for(lead, Mandate.Kind.APPROVER),
        "editor elsewhere": lambda: a_person_for(OrganisationFactory(), Mandate.Kind.EDITOR),
        "somebody signed in": UserFactory,
    }
    if who in people:
        sign_in(client, people[who]())

    assert [client.get(page).status_code for page in pages_of(action)] == answers
    assert [client.post(page).status_code for page in pages_of(action)] == [
        422 if answer == 200 else answer for answer in answers
    ]
    assert ActionUpdate.objects.count() == 1
    assert ActionStatusChange.objects.count() == 0


def test_a_chair_writes_an_update_and_everybody_reads_it(client):
    action = ActionFactory()
    sign_in(client, a_person_who_sits_as(Seat.Part.CHAIR))

    response = client.post(
        reverse("housing:write_update", args=[action.reference]),
        {"what_changed": "Six sites are listed."},
        follow=True,
    )

    assert response.redirect_chain == [(action.get_absolute_url(), 302)]
    client.logout()
    assert "Six sites are listed." in text_of(client.get(action.get_absolute_url()))


def a_day(day):
    return {
        "effective_on_day": day.day,
        "effective_on_month": day.month,
        "effective_on_year": day.year,
    }


def a_version(number, state):
    """An action A1.1 in this version of the plan."""
    plan = ActionPlanFactory(version=number, state=state)
    return ActionFactory(reference="A1.1", priority=PriorityAreaFactory(plan=plan))


def test_what_staff_write_lands_where_everybody_reads_it_while_a_new_plan_is_drafted(client):
    shown = a_version(1, ActionPlan.State.ENGAGEMENT)
    draft = a_version(2, ActionPlan.State.DRAFT)
    update, hidden = ActionUpdateFactory(action=shown), ActionUpdateFactory(action=draft)
    sign_in(client, a_person_with("programme_staff"))
    status = {"status": "in_progress", "reason": "It began.", **a_day(today())}

    client.post(reverse("housing:write_update", args=["A1.1"]), {"what_changed": "Six sites."})
    client.post(reverse("housing:change_status", args=["A1.1"]), status)
    correct = [
        client.post(
            reverse("housing:correct_update", args=["A1.1", one.uuid]), {"what_changed": "Five."}
        ).status_code
        for one in (update, hidden)
    ]

    assert correct == [302, 404]
    assert [shown.updates.count(), shown.status_changes.count()] == [3, 1]
    assert [draft.updates.count(), draft.status_changes.count()] == [1, 0]


def test_whoever_had_a_part_in_an_earlier_version_alone_writes_nothing_under_it(client):
    lead = OrganisationFactory()
    old = a_version(1, ActionPlan.State.SUPERSEDED)
    old.owners.create(organisation=lead, part="lead")
    a_version(2, ActionPlan.State.ENGAGEMENT)
    sign_in(client, a_person_for(lead, Mandate.Kind.EDITOR))

    assert client.get(reverse("housing:write_update", args=["A1.1"])).status_code == 404


@pytest.mark.parametrize("page", ["write_update", "correct_update"])
def test_two_presses_of_the_button_publish_one_update(client, page):
    update = ActionUpdateFactory()
    sign_in(client, a_person_with("programme_staff"))
    address = reverse(
        f"housing:{page}",
        args=[update.action.reference, *([update.uuid] if page == "correct_update" else [])],
    )
    form_id = client.get(address).context["form"]["form_id"].value()
    typed = {"what_changed": "The gate is open.", "form_id": form_id}

    answers = [client.post(address, typed) for _press in range(2)]
    changed = client.post(address, typed | {"what_changed": "The gate is wide open."})

    assert [answer.url for answer in answers] == [update.action.get_absolute_url()] * 2
    assert update.action.updates.count() == 2
    assert changed.status_code == 409
    assert "You sent this page before" in text_of(changed)
    assert "The gate is wide open." in text_of(changed)
    assert changed.context["form"]["form_id"].value() != form_id


def test_an_update_with_something_wrong_comes_back_with_everything_typed(client):
    action = ActionFactory()
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("housing:write_update", args=[action.reference]),
        {"what_changed": " ", "whats_next": "Choose two", "link_url": "nowhere"},
    )

    assert response.status_code == 422
    assert "Choose two" in text_of(response)
    assert 'value="nowhere"' in text_of(response)


def test_a_correction_that_changes_no_word_is_not_published(client):
    update = ActionUpdateFactory()
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("housing:correct_update", args=[update.action.reference, update.uuid])

    response = client.post(address, {"what_changed": update.what_changed})

    assert response.status_code == 422
    assert "Change something first." in text_of(response)
    assert update.action.updates.count() == 1


def test_whoever_corrects_second_gets_409_and_keeps_their_words(client):
    update = ActionUpdateFactory()
    ActionUpdateFactory(action=update.action, corrects=update)
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("housing:correct_update", args=[update.action.reference, update.uuid]),
        {"what_changed": "My better words."},
    )

    assert response.status_code == 409
    assert "My better words." in text_of(response)


def test_staff_change_the_status_with_a_reason(client):
    action = ActionFactory()
    sign_in(client, a_person_with("programme_staff"))

    response = client.post(
        reverse("housing:change_status", args=[action.reference]),
        {
            "status": "in_progress",
            "reason": "The first site is visited.",
            **a_day(today()),
        },
        follow=True,
    )

    assert response.redirect_chain == [(action.get_absolute_url(), 302)]
    assert response.context["standing"].status == "in_progress"
    assert "The first site is visited." in text_of(response)


@pytest.mark.parametrize("wanted", ["in_progress", "not_started"])
def test_whoever_changes_the_status_second_gets_409_how_it_stands_and_all_they_typed(
    client, wanted
):
    action = ActionFactory()
    sign_in(client, a_person_with("programme_staff"))
    address = reverse("housing:change_status", args=[action.reference])
    seen = client.get(address).context["form"]["status_seen"].value()
    typed = {"status": wanted, "status_seen": seen, "reason": "Because of rain", **a_day(today())}
    ActionStatusChangeFactory(action=action, status="in_progress", reason="CANARY of somebody else")

    response = client.post(address, typed)

    assert response.status_code == 409
    page = text_of(response)
    label = {"in_progress": "In progress", "not_started": "Not started"}[wanted]
    assert f"changed to “In progress” in the meantime. You chose “{label}”." in page
    assert "CANARY of somebody else" in page
    assert "Because of rain" in page
    assert response.context["standing"].status == "in_progress"
    form = response.context["form"]
    assert (form["status_seen"].value(), form["status"].value()) == ("in_progress", wanted)
    assert action.status_changes.count() == 1

    again = client.post(address, typed | {"status_seen": "in_progress", "status": "not_started"})

    assert again.status_code == 302
    assert action.status_changes.count() == 2


def test_whoever_may_read_what_happened_finds_it_on_the_page(client):
    lead = OrganisationFactory()
    action = an_action_of(lead)
    person = UserFactory(name="Sam Osei")
    services.write_update(
        action, by=person, today=today(), form_id=uuid4(), what_changed="The gate is open."
    )

    def history():
        page = text_of(client.get(action.get_absolute_url()))
        return "Update written" in page and "Sam Osei" in page

    assert not history()
    sign_in(client, a_person_for(lead, Mandate.Kind.EDITOR))
    assert not history()
    for role in ("programme_staff", "programme_lead", "administrator"):
        sign_in(client, a_person_with(role))
        assert history()
