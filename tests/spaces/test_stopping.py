"""An approved group is stopped from booking."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from icalendar import Calendar

from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from notifications.senders import as_email
from spaces import rules, services
from spaces.models import Booking, Occupancy, SiteRequirement
from spaces.rules.changing import Asked
from spaces.rules.deciding import Use
from spaces.services import telling
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    CHECKED,
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import while_not_committed

pytestmark = pytest.mark.django_db

WHY = {"stopped_because": "not_as_told", "reason": "You sold tickets. Tell us how that stops."}
TIME = NOW.replace(hour=18) + timedelta(days=14)


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug])


def stop(hirer, by=None, *, cancels=False, **more):
    worker = by or a_programme_worker()
    return services.stop_hirer(hirer, by=worker, now=NOW, cancels=cancels, **WHY, **more)


def ask(hirer, by, **changed):
    facts = {"form_id": uuid4(), "starts_at": TIME, "ends_at": TIME + timedelta(hours=2)}
    asked = facts | {"attendance": 8, "purpose": "Tea", "ages": ["26_to_64"]} | changed
    space = asked.pop("space", None) or SpaceFactory()
    return services.request_booking(space, by=by, hirer=hirer, now=NOW, **asked)


def booked(hirer, state, days=7, **facts):
    start = NOW.replace(hour=18) + timedelta(days=days)
    return BookingFactory(hirer=hirer, state=state, starts_at=start, **facts)


def test_staff_see_what_a_group_has_booked_and_cancel_it_all_in_one_act(client):
    hirer = HirerFactory()
    manager = a_manager_of(hirer, email="amina@example.org", name="Amina")
    member = a_member_of(hirer, email="bola@example.org")
    space = SpaceFactory()
    promised = booked(hirer, "confirmed", days=1, space=space, requested_by=member)
    also_promised = booked(hirer, "approved", days=2, space=space, requested_by=manager)
    asked, over = (
        booked(hirer, "requested", days=8, space=space),
        booked(hirer, "confirmed", days=-2),
    )
    site_manager = a_site_manager_of(space.site, email="site@example.org")
    worker = a_programme_worker()
    client.force_login(worker)

    assert page_of("stop_hirer", hirer) in client.get(hirer.get_absolute_url()).content.decode()
    shown = client.get(page_of("stop_hirer", hirer)).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', shown)[1]
    late = booked(hirer, "requested", days=9, space=space)
    said = WHY | {"bookings": "cancel"}
    unseen = client.post(page_of("stop_hirer", hirer), said | {"seen": seen})

    assert set(seen.split()) == {str(one.uuid) for one in (promised, also_promised, asked)}
    assert unseen.status_code == 409
    assert WHY["reason"] in unseen.content.decode()
    assert late.get_absolute_url() in unseen.content.decode()
    hirer.refresh_from_db()
    assert hirer.state == "approved"

    seen = re.search(r'name="seen" value="([^"]*)"', unseen.content.decode())[1]
    done = client.post(page_of("stop_hirer", hirer), said | {"seen": seen}, follow=True)
    again = client.post(page_of("stop_hirer", hirer), said | {"seen": seen})

    assert "It does other things than it told us" in done.content.decode()
    assert again.status_code == 409
    hirer.refresh_from_db()
    assert (hirer.state, hirer.decided_by) == ("stopped", worker)
    stands = {one.pk: (one.state, one.reason, one.cancelled_late) for one in Booking.objects.all()}
    assert stands[promised.pk] == ("cancelled_by_site", "group_stopped", False)
    assert stands[asked.pk] == stands[late.pk] == ("declined", "group_stopped", False)
    assert stands[over.pk][0] == "confirmed"
    taken = Occupancy.objects.taken().exclude(booking=over)
    assert not taken.exists()
    letters = Message.objects.order_by("address")
    assert [one.address for one in letters] == [
        "amina@example.org",
        "bola@example.org",
        "site@example.org",
    ]
    for letter in letters[:2]:
        assert all(one.reference in letter.body for one in (promised, asked, late))
        assert hirer.get_absolute_url() in letter.body
        assert "appeal" in letter.body
    # What was promised leaves the diaries of those who had it there, each entry by a file of its own.
    also_promised.refresh_from_db()
    promised.refresh_from_db()
    for letter in letters[:2]:
        of_letter = [promised, also_promised] if letter.user.name == "Amina" else [promised]
        assert letter.calendar_method == "CANCEL"
        files = [part.get_payload(decode=True) for part in as_email(letter).attachments]
        entries = [Calendar.from_ical(file).events for file in files]
        assert [(str(one["uid"]), one["sequence"], one["status"]) for [one] in entries] == [
            (telling.diary_uid(booking), booking.sequence, "CANCELLED") for booking in of_letter
        ]
    assert letters[2].calendar == ""
    assert "4 bookings are cancelled" in letters[2].subject
    record = AuditRecord.objects.get(verb="spaces.hirer_stopped")
    assert (record.actor, record.detail["cancelled"]) == (worker, 4)
    client.force_login(site_manager)
    assert client.get(promised.get_absolute_url()).status_code == 200


def test_a_stopped_group_gets_nothing_more_at_any_door(client):
    hirer, space = HirerFactory(), SpaceFactory()
    manager, worker = a_manager_of(hirer), a_programme_worker()
    site_manager = a_site_manager_of(space.site)
    promised = booked(hirer, "confirmed", space=space)
    waiting = booked(hirer, "requested", days=8, space=space)
    given_back = booked(hirer, "cancelled_by_hirer", days=9, space=space)
    seen = {str(promised.uuid), str(waiting.uuid)}
    stop(hirer, seen=seen)

    # What is left stays as it is, and less of it may be had.
    promised.refresh_from_db()
    assert promised.state == "confirmed"
    facts = (promised.starts_at, promised.ends_at)

    def change(attendance, ends_at):
        return services.change_booking(
            promised,
            Use(facts[0], ends_at, attendance, None, 0, 0),
            by=manager,
            now=NOW,
            seen_at=promised.updated_at,
        )

    refused = [
        lambda: ask(hirer, manager, space=space),
        lambda: ask(hirer, site_manager, space=space, caller_name="Amina"),
        lambda: services.approve_booking(waiting, by=site_manager, now=NOW),
        lambda: change(promised.attendance, facts[1] + timedelta(hours=1)),
        lambda: services.reinstate_booking(given_back, by=manager, now=NOW),
    ]
    for act in refused:
        with pytest.raises(ValidationError) as refusal:
            act()
        assert refusal.value.code == "hirer"
    change(promised.attendance - 1, facts[1])

    # Each page says so to whoever opens it.
    client.force_login(manager)
    asking = client.get(reverse("spaces:hold_space", args=[space.slug])).content.decode()
    assert f"We have stopped {hirer} from booking" in asking
    assert (
        "We have stopped your group" in client.get(given_back.get_absolute_url()).content.decode()
    )
    lines = [one for part in waiting_for(manager, now=NOW, today=NOW.date()) for one in part.lines]
    assert f"{hirer} may not book for now" in [line.title for line in lines]
    client.force_login(site_manager)
    for url in (waiting.get_absolute_url(), reverse("spaces:approve_booking", args=[waiting.uuid])):
        told = client.get(url).content.decode()
        assert "This group may not book at the moment" in told
        assert "Nobody can say yes to this request" in told
    assert hirer not in services.groups_that_telephone(worker)


def test_what_is_only_approved_is_not_confirmed_until_the_group_may_book_again(
    client, django_capture_on_commit_callbacks
):
    SiteRequirement.objects.create(kind="insurance")
    hirer, space = HirerFactory(), SpaceFactory()
    manager, worker = a_manager_of(hirer), a_programme_worker()
    site_manager = a_site_manager_of(space.site)
    stands = booked(hirer, "confirmed", days=8, space=space)
    approved = booked(hirer, "approved", space=space)
    stop(hirer, worker, seen={str(stands.uuid), str(approved.uuid)})

    # The last paper comes, and nothing is missing but the group's own approval.
    HirerDocumentFactory(hirer=hirer)
    assert services.confirm_ready(now=NOW) == 0
    approved.refresh_from_db()
    assert [one.kind for one in services.what_is_missing(approved)] == ["group"]
    with pytest.raises(ValidationError) as refused:
        services.confirm_despite(approved, by=worker, now=NOW, reason="Let in.", shown=["group"])
    assert refused.value.code == "hirer"
    letters = Message.objects.values_list("body", flat=True)
    assert "your group can come in only where a booking is confirmed" in letters.get()

    # The pages say so: to the group, to the site, and to who would look past it.
    despite = reverse("spaces:confirm_despite", args=[approved.uuid])
    for person in (manager, site_manager, worker):
        client.force_login(person)
        page = client.get(approved.get_absolute_url()).content.decode()
        assert "Approval of the group: it may not book for now." in page
        assert despite not in page
        assert "confirmed and stands" in client.get(stands.get_absolute_url()).content.decode()
    assert "nothing of it can be confirmed" in client.get(despite, follow=True).content.decode()

    # Approved again, it is confirmed at once.
    services.ask_again(hirer, by=manager, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        services.approve_hirer(hirer, by=a_programme_worker(), now=NOW, checked=CHECKED)
    approved.refresh_from_db()
    assert approved.state == "confirmed"


def test_a_stopped_group_is_promised_nothing_because_nobody_at_risk_comes_any_more():
    hirer, space = HirerFactory(), SpaceFactory(site__programme_decides=False)
    manager, site_manager = a_manager_of(hirer), a_site_manager_of(space.site)
    waiting = booked(
        hirer, "requested", space=space, ages=["12_to_17"], decisions=["site", "safeguarding"]
    )
    services.approve_booking(waiting, by=site_manager, now=NOW)
    stop(hirer, seen={str(waiting.uuid)})
    waiting.refresh_from_db()

    services.change_booking(
        waiting,
        Use.of(waiting),
        asked=Asked(**vars(Asked.of(waiting)) | {"ages": ("26_to_64",)}),
        by=manager,
        now=NOW,
        seen_at=waiting.updated_at,
    )

    waiting.refresh_from_db()
    assert waiting.state == "requested"
    # Somebody can still say the last yes once the group may book again.
    assert waiting.decisions.open().exists()


def test_a_stopped_group_appeals_to_somebody_else_or_asks_again():
    hirer, worker = HirerFactory(), a_programme_worker()
    manager, colleague = a_manager_of(hirer), a_programme_worker()
    stop(hirer, worker)
    appeal = services.appeal(hirer, by=manager, now=NOW, words="It was our sister group.")

    with pytest.raises(PermissionDenied):
        services.decide_appeal(appeal, by=worker, now=NOW, outcome="upheld", reason="No.")
    services.decide_appeal(
        appeal, by=colleague, now=NOW, outcome="overturned", reason="True.", checked=CHECKED
    )
    hirer.refresh_from_db()
    assert (hirer.state, hirer.stopped_because, hirer.decision_reason) == ("approved", "", "")

    stop(hirer, worker)
    services.ask_again(hirer, by=manager, now=NOW)
    services.approve_hirer(hirer, by=colleague, now=NOW, checked=CHECKED)
    hirer.refresh_from_db()
    assert (hirer.state, hirer.stopped_because) == ("approved", "")


def test_nobody_stops_a_group_of_their_own_nor_one_that_is_not_approved(client):
    hirer = HirerFactory()
    left = a_programme_worker()
    hirer.registered_by = left
    hirer.save()

    for person in (left, a_manager_of(hirer), UserFactory(), a_site_manager_of()):
        with pytest.raises(PermissionDenied):
            stop(hirer, person)
    with pytest.raises(ValidationError, match="waiting for a decision already"):
        stop(HirerFactory(state="registered"))
    client.force_login(a_programme_worker())
    answer = client.post(page_of("stop_hirer", hirer), {})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"stopped_because", "reason"}
    hirer.refresh_from_db()
    assert hirer.state == "approved"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    # The stop that cancels must have seen it all; the one that leaves it sees what is promised.
    ("act", "cancels", "stopped_after"),
    [("ask", True, "unseen"), ("approve", False, "done")],
)
def test_who_asks_or_approves_while_a_group_is_stopped_is_refused_or_seen(
    act, cancels, stopped_after
):
    def scene():
        hirer, space = HirerFactory(), SpaceFactory()
        manager, site_manager = a_manager_of(hirer), a_site_manager_of(space.site)
        waiting = booked(hirer, "requested", space=space)
        worker, seen = a_programme_worker(), {str(waiting.uuid)}
        acts = {
            "ask": lambda: ask(hirer, manager, space=space),
            "approve": lambda: services.approve_booking(waiting, by=site_manager, now=NOW),
        }
        return hirer, lambda: stop(hirer, worker, cancels=cancels, seen=seen), acts[act]

    _hirer, stopping, acting = scene()
    assert while_not_committed(stopping, acting) == "hirer"

    hirer, stopping, acting = scene()
    assert while_not_committed(acting, stopping) == stopped_after
    hirer.refresh_from_db()
    assert hirer.state == ("approved" if stopped_after == "unseen" else "stopped")


@pytest.mark.django_db(transaction=True)
def test_what_is_ready_while_a_group_is_stopped_is_not_confirmed_after():
    hirer = HirerFactory()
    approved, worker = booked(hirer, "approved"), a_programme_worker()

    while_not_committed(lambda: stop(hirer, worker), lambda: services.confirm_ready(now=NOW))

    approved.refresh_from_db()
    assert approved.state == "approved"


def test_the_page_in_docs_draws_all_the_ways_a_group_may_go():
    text = (Path(__file__).parents[2] / "docs" / "bookings.md").read_text()
    drawn = text.partition("**Which groups may book**")[2].partition("```\n\n")[0]

    ways = set(re.findall(r"    (\w+) --> (\w+):", drawn))

    known = rules.hirers.MAY_BECOME.items()
    assert ways == {(one.value, other.value) for one, all_of in known for other in all_of}
