"""Somebody of a group telephones, and whoever looks after the site asks for them with the same checks."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from audit.models import AuditRecord
from core.clock import LONDON
from notifications.models import Message
from spaces import services
from spaces.forms.requesting import RequestBookingForm
from spaces.models import Booking, Hold, SiteManager
from spaces.services import agreements, callers
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.spaces.test_booking_pages import alternatives_of, typed, written
from tests.spaces.test_what_is_asked import rows, words

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 12, 1, 18, 0, tzinfo=LONDON)
NAME = "Second Cup Carers (demo)"


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def space():
    return SpaceFactory(name="Hall", site__contact_email="desk@example.org")


@pytest.fixture
def keeper(space):
    return a_site_manager_of(space.site, name="Kwame")


@pytest.fixture
def hirer():
    return HirerFactory(organisation__name=NAME, organisation__slug="second-cup")


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def page_of(space):
    return reverse("spaces:hold_space_for_group", args=[space.slug])


def said(group, **changed):
    """What is typed while somebody telephones: a group by name, or one that is chosen."""
    return typed(HirerFactory.build(pk=0)) | {"group": group, "caller_name": "Amina"} | changed


@pytest.mark.parametrize("who", ["site manager", "programme staff"])
def test_a_group_that_telephones_is_asked_for_and_its_managers_are_told(space, hirer, keeper, who):
    person = keeper if who == "site manager" else a_programme_worker(name="Kwame")
    manager, member = a_manager_of(hirer), a_member_of(hirer)
    client = browser(person)
    group = {"hirer": hirer.pk} if who == "programme staff" else {}

    second = client.post(page_of(space), said(NAME, **group))
    shown = words(client.get(second.url))
    sent = client.post(second.url, written(ages=["5_to_11", "26_to_64"]), follow=True)

    booking = Booking.objects.get()
    assert (booking.hirer, booking.requested_by, booking.caller_name) == (hirer, person, "Amina")
    assert (booking.starts_at, booking.has_children, booking.state) == (EVENING, True, "requested")
    assert "We keep this room for you until" in shown
    assert NAME in shown
    assert "Amina" in shown
    assert sent.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert "Asked for. The managers of the group have been told." in words(sent)
    assert rows(sent)["Asked by"] == "Kwame for Amina on the telephone, Tuesday 24 November 2026"
    assert (
        rows(browser(member).get(booking.get_absolute_url()))["Asked by"] == rows(sent)["Asked by"]
    )
    told = Message.objects.get(subject__startswith="We have your request")
    assert told.address == manager.email
    assert "Somebody of your group telephoned, and we asked for this room for it:" in told.body
    asked = Message.objects.filter(subject__startswith="Please decide")
    assert {one.address for one in asked} == {"desk@example.org"} | {one.email for one in [keeper]}


def test_whoever_answers_the_telephone_accepts_no_conditions_for_the_group(space, hirer, keeper):
    a_member_of(hirer)

    with pytest.raises(PermissionDenied, match="people of this group"):
        services.request_booking(
            space,
            by=keeper,
            hirer=hirer,
            now=NOW,
            form_id=uuid4(),
            starts_at=EVENING,
            ends_at=EVENING + timedelta(hours=2),
            attendance=5,
            purpose="Tea",
            ages=["26_to_64"],
            caller_name="Amina",
            accepts=AgreementVersionFactory(),
        )


def test_whoever_answers_the_telephone_is_asked_about_the_group_and_not_themselves(
    space, hirer, keeper
):
    client = browser(keeper)

    first = words(client.get(page_of(space)))
    second = client.post(page_of(space), said(NAME))
    shown = words(client.get(second.url))
    empty = words(client.post(second.url, written(purpose="")))

    assert "How long does the group need to set up before?" in first
    assert "Step 2 of 2: what the group wants it for." in shown
    assert "What will the group do there?" in shown
    assert "Give the room back" in shown
    assert "Say what the group will do there" in empty


def test_what_a_room_costs_is_asked_about_the_group_too():
    form = RequestBookingForm(
        {}, costs_money=True, price="2000", conditions=None, is_by_telephone=True
    )

    assert form.errors["asks_free_use"] == ["Say whether the group wants to ask to pay nothing"]


def test_where_a_group_has_no_manager_nobody_is_said_to_be_told(space, hirer, keeper):
    client = browser(keeper)
    second = client.post(page_of(space), said(NAME))

    sent = client.post(second.url, written(), follow=True)

    assert "The group has no manager to whom we could write" in words(sent)
    assert not Message.objects.filter(subject__startswith="We have your request").exists()


@pytest.mark.parametrize("typed_name", ["second cup carers (DEMO)", f"  {NAME} ", "second-cup"])
def test_a_group_is_found_by_its_name_or_its_address(space, hirer, keeper, typed_name):
    response = browser(keeper).post(page_of(space), said(typed_name))

    assert response.status_code == 302
    assert Hold.objects.get().hirer == hirer


@pytest.mark.parametrize("kept", ["Omar’s Club", "Omar's Club"])
@pytest.mark.parametrize("typed_name", ["omar's club", "Omar’s Club", "Omar`s Club"])
def test_a_group_is_found_whichever_apostrophe_the_keyboard_has(space, keeper, kept, typed_name):
    omars = HirerFactory(organisation__name=kept)

    assert browser(keeper).post(page_of(space), said(typed_name)).status_code == 302
    assert Hold.objects.get().hirer == omars


def test_of_two_groups_that_differ_by_an_apostrophe_the_one_that_was_typed_is_found(space, keeper):
    straight, curly = (HirerFactory(organisation__name=f"People{one}s Choir") for one in "'’")
    client = browser(keeper)

    for hirer in (straight, curly):
        assert client.post(page_of(space), said(str(hirer))).status_code == 302
        assert Hold.objects.latest("pk").hirer == hirer
    assert client.post(page_of(space), said("People`s Choir")).status_code == 422


def page_without_tokens(response, *names):
    page = re.sub(
        r'name="(csrfmiddlewaretoken|form_id)" value="[^"]+"|nonce="[^"]+"', "", words(response)
    )
    for name in names:
        page = page.replace(name, "")
    return page


def test_a_private_group_is_to_a_site_like_one_that_does_not_exist(space, keeper):
    HirerFactory(organisation__name="Kestrel", is_sensitive=True)
    HirerFactory(organisation__name="Waitinggroup", state="registered")
    HirerFactory(organisation__name="Declinedgroup", state="declined", decision_reason="No.")
    own = HirerFactory(organisation__name="Owngroup")
    Mandate.objects.create(
        user=keeper, organisation=own.organisation, kind="member", starts_on="2020-01-01"
    )
    client = browser(keeper)
    names = ["Kestrel", "Waitinggroup", "Declinedgroup", "Owngroup", "Nobody", "kestrel", "Kestre"]

    answers = {name: client.post(page_of(space), said(name)) for name in names}

    assert {one.status_code for one in answers.values()} == {422}
    pages = {page_without_tokens(one, name) for name, one in answers.items()}
    assert len(pages) == 1
    assert "We know no group of this name for which you can ask." in pages.pop()
    assert (Hold.objects.count(), Booking.objects.count()) == (0, 0)


def test_a_site_is_shown_no_groups_and_programme_staff_choose_among_all_approved(
    space, hirer, keeper
):
    HirerFactory(organisation__name="Kestrel", is_sensitive=True)
    HirerFactory(organisation__name="Waitinggroup", state="registered")
    own = HirerFactory(organisation__name="Owngroup")
    worker = a_programme_worker()
    Mandate.objects.create(
        user=worker, organisation=own.organisation, kind="member", starts_on="2020-01-01"
    )

    theirs = words(browser(keeper).get(page_of(space)))
    page = words(browser(worker).get(page_of(space)))

    assert not any(name in theirs for name in ("Kestrel", NAME, "Owngroup", "Waitinggroup"))
    choices = re.search(r'<select[^>]*name="hirer".*?</select>', page)[0]
    assert re.findall(r">([^<>]+)</option>", choices) == ["Choose a group", "Kestrel", NAME]


def test_programme_staff_ask_for_a_private_group_and_the_site_learns_nothing(space, keeper):
    private = HirerFactory(organisation__name="Kestrel", is_sensitive=True)
    a_manager_of(private)
    client = browser(a_programme_worker(name="Wendy"))
    second = client.post(page_of(space), said("", hirer=private.pk))
    client.post(second.url, written())

    booking = Booking.objects.get()
    page = words(browser(keeper).get(booking.get_absolute_url()))

    assert booking.hirer == private
    assert not any(word in page for word in ("Kestrel", "Amina", "Tea and talk"))
    assert "The group, on the telephone" in page
    # What staff did is not called the group's.
    assert "Wendy" in page


@pytest.mark.parametrize(
    "who", ["member of the group", "other site manager", "programme lead", "manager long ago"]
)
def test_others_do_not_ask_for_groups(space, hirer, who):
    person = {
        "member of the group": lambda: a_member_of(hirer),
        "other site manager": lambda: a_site_manager_of(SpaceFactory().site),
        "programme lead": lambda: with_second_factor(
            a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD)
        ),
        "manager long ago": lambda: a_site_manager_of(space.site),
    }[who]()
    SiteManager.objects.filter(user=person, site=space.site).update(ends_on="2026-11-23")
    client = browser(person)

    assert client.get(page_of(space)).status_code == 403
    assert client.post(page_of(space), said(NAME)).status_code == 403
    with pytest.raises(PermissionDenied):
        services.request_booking(
            space, by=person, hirer=hirer, now=NOW, form_id=uuid4(), starts_at=EVENING,
            ends_at=EVENING + timedelta(hours=1), attendance=2, purpose="Tea",
            ages=["26_to_64"], caller_name="Amina",
        )  # fmt: skip
    assert (Hold.objects.count(), Booking.objects.count()) == (0, 0)


@pytest.mark.parametrize("why", ["own group", "private group"])
def test_the_service_refuses_what_the_page_does_not_offer(space, keeper, why):
    hirer = HirerFactory(is_sensitive=why == "private group")
    if why == "own group":
        Mandate.objects.create(
            user=keeper, organisation=hirer.organisation, kind="member", starts_on="2020-01-01"
        )

    for caller in ("Amina", ""):
        if caller or why == "private group":
            with pytest.raises(PermissionDenied):
                services.hold_space(
                    space, by=keeper, hirer=hirer, now=NOW, form_id=uuid4(), starts_at=EVENING,
                    ends_at=EVENING + timedelta(hours=1), attendance=2, caller_name=caller,
                )  # fmt: skip
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"group": ""}, {"group": ["Enter the name of the group"]}),
        ({"caller_name": " "}, {"caller_name": ["Enter the name of the person on the telephone"]}),
        ({"attendance": "21"}, {"attendance": ["This room holds 20 people."]}),
        ({"ends": "5pm"}, {"ends": ["The end must be after the start."]}),
    ],
)
def test_a_telephone_booking_is_checked_like_any_other(space, hirer, keeper, changed, errors):
    response = browser(keeper).post(page_of(space), said(NAME) | changed)

    assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert Hold.objects.count() == 0


def test_whoever_answers_the_telephone_is_offered_only_rooms_they_may_ask_for(space, hirer, keeper):
    studio = SpaceFactory(site=space.site, name="Studio")
    elsewhere = SpaceFactory(name="Elsewhere")
    BookingFactory(space=space, starts_at=EVENING)
    client = browser(keeper)

    refused = client.post(page_of(space), said(NAME))

    assert refused.status_code == 409
    offered = alternatives_of(refused)
    assert (page_of(studio), str(studio)) in [(address, words) for address, words, _ in offered]
    assert str(elsewhere) not in words(refused)
    *_times, (address, _words, adds) = offered
    assert client.post(address, said(NAME, instead=adds)).status_code == 302
    assert (Hold.objects.get().space, Hold.objects.get().caller_name) == (studio, "Amina")


def test_the_time_is_changed_on_the_page_for_the_telephone(space, hirer, keeper):
    client = browser(keeper)
    second = client.post(page_of(space), said(NAME)).url
    kept = Hold.objects.get()
    assert f'formaction="{page_of(space)}"' in words(client.get(second))

    back = client.post(page_of(space), written(change=str(kept.uuid)))

    form = back.context["form"]
    assert [form[name].value() for name in ("group", "caller_name", "attendance")] == [
        NAME,
        "Amina",
        12,
    ]


def test_the_page_of_the_space_and_the_list_of_bookings_lead_there(space, keeper, hirer):
    link = f'href="{page_of(space)}"'
    elsewhere = SpaceFactory(site=space.site, site__booking_authority="ours", status="draft")

    seen = {
        name: (
            link in words(browser(person).get(space.get_absolute_url())),
            link in words(browser(person).get(reverse("spaces:bookings"))),
        )
        for name, person in {
            "keeper": keeper,
            "worker": a_programme_worker(),
            "member": a_member_of(hirer),
            "other keeper": a_site_manager_of(SpaceFactory().site),
        }.items()
    }

    assert seen == {
        "keeper": (True, True),
        "worker": (True, False),
        "member": (False, False),
        "other keeper": (False, False),
    }
    assert page_of(elsewhere) not in words(browser(keeper).get(reverse("spaces:bookings")))


@pytest.mark.parametrize("how_many", [1, 4])
def test_the_list_of_rooms_to_ask_for_costs_one_query(
    space, keeper, how_many, django_assert_num_queries
):
    for _number in range(how_many - 1):
        SpaceFactory(site=space.site)

    with django_assert_num_queries(1):
        rooms = services.rooms_by_telephone(keeper)
        assert [str(one) for one in rooms]

    assert len(rooms) == how_many


# --- Afterwards ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "name"), [(89, "Amina"), (90, "")])
def test_the_name_of_a_caller_goes_ninety_days_after_the_booking(days, name):
    ended = NOW - timedelta(days=days)
    booking = BookingFactory(
        caller_name="Amina", starts_at=ended - timedelta(hours=2), ends_at=ended
    )
    BookingFactory(starts_at=ended - timedelta(days=300))  # asked for by its group itself

    forgotten = [callers.forget_callers(now=NOW) for _night in range(2)]

    assert forgotten == [0 if name else 1, 0]
    booking.refresh_from_db()
    assert booking.caller_name == name
    assert list(AuditRecord.objects.values_list("verb", "subject_id", "actor", "detail")) == (
        [] if name else [("spaces.caller_forgotten", str(booking.pk), None, {})]
    )


# --- Words for whoever reads them -------------------------------------------------------------------


@pytest.mark.parametrize("why", ["has it", "asked for it", "too many", "not approved"])
def test_what_stands_in_the_way_is_said_about_the_group_and_not_to_it(
    space, hirer, keeper, settings, why
):
    expected = {
        "has it": "This group has the room for part of that time already. Look at its bookings.",
        "asked for it": "This group has asked for this room at that time already.",
        "too many": "This group has 1 request that waits for a decision, and that is the most at one"
        " time. It must be decided or cancelled first.",
        "not approved": "This group may not book rooms at the moment, so it cannot have this one.",
    }[why]
    client = browser(keeper)
    other_day = EVENING + timedelta(days=1)
    if why == "asked for it":
        space.pending_policy = "compete"
        space.save()
    settings.MOST_UNDECIDED_REQUESTS = 1 if why == "too many" else 9
    BookingFactory(space=space, hirer=hirer, starts_at=other_day if why == "too many" else EVENING)
    if why == "not approved":
        # It was so when the page was opened.
        second = client.post(page_of(SpaceFactory(site=space.site, slug="room")), said(NAME))
        hirer.state = "declined"
        hirer.decision_reason = "No."
        hirer.save()
        response = client.post(second.url, written())
    else:
        response = client.post(page_of(space), said(NAME))

    assert response.status_code == (409 if why == "has it" else 422)
    assert expected in words(response)
    assert "Your group" not in words(response)


def test_of_a_private_group_a_site_does_not_learn_which_other_booking_is_theirs(space, keeper):
    private = HirerFactory(is_sensitive=True)
    BookingFactory(space=space, hirer=private, starts_at=EVENING)
    other = BookingFactory(space=space, hirer=private, starts_at=EVENING + timedelta(hours=4))
    typed_time = said("", seen_at=other.updated_at.isoformat())

    response = browser(keeper).post(reverse("spaces:change_booking", args=[other.uuid]), typed_time)

    assert response.status_code == 409
    assert "This room is taken for part of that time" in words(response)
    assert "This group has the room" not in words(response)


def test_who_changes_a_booking_for_a_group_is_not_spoken_to_as_the_group(space, hirer, keeper):
    booking = BookingFactory(space=space, hirer=hirer, state="confirmed")
    page = reverse("spaces:change_booking", args=[booking.uuid])

    theirs, ours = (words(browser(one).get(page)) for one in (a_member_of(hirer), keeper))

    assert "Until then you have asked for the new time" in theirs
    assert "Until then the group has asked for the new time" in ours
    assert "If you need another room" in theirs
    assert "If the group needs another room" in ours


# --- The way there -------------------------------------------------------------------------------

CARRIED = "?day=2026-12-01&from=18%3A00&to=20%3A00&people=12&layout=circle"


def as_usual(space):
    return reverse("spaces:hold_space", args=[space.slug])


@pytest.mark.parametrize("who", ["site manager", "programme staff"])
def test_who_looks_after_a_room_and_has_no_group_is_led_to_where_they_ask_for_one(
    space, keeper, who
):
    client = browser(keeper if who == "site manager" else a_programme_worker())

    answer = client.get(as_usual(space) + CARRIED, follow=True)

    assert answer.redirect_chain == [(page_of(space) + CARRIED, 302)]
    form = answer.context["form"]
    carried = {
        name: form[name].value() for name in ("day", "starts", "ends", "attendance", "layout")
    }
    assert {name: str(value) for name, value in carried.items()} == {
        "day": "['01', '12', '2026']",
        "starts": "18:00:00",
        "ends": "20:00:00",
        "attendance": "12",
        "layout": "circle",
    }
    # Whoever has no group would be led back here.
    assert "Ask for the room as usual" not in words(answer)


def test_without_anything_chosen_nothing_is_carried(space, keeper):
    assert browser(keeper).get(as_usual(space)).url == page_of(space)


def test_the_room_of_another_site_is_for_groups_alone(keeper):
    answer = browser(keeper).get(as_usual(SpaceFactory()) + CARRIED)

    assert answer.status_code == 200
    assert "Register your group first" in words(answer)
    assert "Ask for a group that telephones" not in words(answer)


def test_who_waits_for_a_group_of_their_own_may_still_ask_for_one_that_telephones(space, keeper):
    own = HirerFactory(state="registered")
    Mandate.objects.create(
        user=keeper, organisation=own.organisation, kind="member", starts_on=NOW.date()
    )

    waits = browser(keeper).get(as_usual(space) + CARRIED)
    by_telephone = browser(keeper).get(page_of(space) + CARRIED)

    assert "Your group is waiting for a decision" in words(waits)
    assert links(waits)["Ask for a group that telephones"] == page_of(space) + CARRIED
    assert links(by_telephone)["Ask for the room as usual"] == as_usual(space) + CARRIED


def test_the_page_of_a_room_carries_the_time_to_the_telephone(space, keeper):
    answer = browser(keeper).get(space.get_absolute_url() + CARRIED)

    assert links(answer)["Ask for a group that telephones"] == page_of(space) + CARRIED


def links(answer):
    """The words of each link, and where it leads."""
    found = re.findall(
        r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', answer.content.decode(), re.DOTALL
    )
    return {words_of: address.replace("&amp;", "&") for address, words_of in found}


# --- What a call does not open ----------------------------------------------------------------------

HIDDEN = "staff asked for this room by telephone"


def a_group_with_secrets(hirer):
    """What somebody could harvest: whom to call, what the group needs, and a paper with its file."""
    hirer.responsible_adult, hirer.responsible_phone = "Ann Other", "020 7946 0999"
    hirer.access_needs, hirer.communication_needs = ["step_free"], "Sign language, please"
    hirer.save()
    return HirerDocumentFactory(hirer=hirer)


def what_the_site_reads(keeper, booking, paper):
    client = browser(keeper)
    page = words(client.get(booking.get_absolute_url()))
    papers = words(client.get(reverse("spaces:booking_papers", args=[booking.uuid])))
    decide = words(client.get(reverse("spaces:approve_booking", args=[booking.uuid])))
    return {
        "phone": "020 7946 0999" in page,
        "needs": "Sign language, please" in page,
        "decides on needs": "Sign language, please" in decide,
        "paper": paper.get_absolute_url() in papers,
        "page of paper": client.get(paper.get_absolute_url()).status_code == 200,
        "file": client.post(reverse("spaces:document_file", args=[paper.uuid])).status_code == 200,
    }, (HIDDEN in page, HIDDEN in papers, HIDDEN in decide)


@pytest.mark.parametrize("is_asked_by_page", [True, False])
def test_a_call_that_only_the_site_knows_of_opens_nothing_of_a_group(
    space, hirer, keeper, is_asked_by_page
):
    paper = a_group_with_secrets(hirer)
    client = browser(keeper)
    if is_asked_by_page:
        client.post(client.post(page_of(space), said(NAME)).url, written())
        booking = Booking.objects.get()
    else:  # And its caller is forgotten by now, so it counts as their own, and others decide.
        booking = BookingFactory(space=space, hirer=hirer, requested_by=keeper)

    seen, said_why = what_the_site_reads(keeper, booking, paper)

    assert not any(seen.values())
    assert said_why == (True, True, is_asked_by_page)


def test_a_yes_of_the_site_and_no_conditions_open_nothing_either(space, hirer, keeper):
    paper = a_group_with_secrets(hirer)
    booking = BookingFactory(
        space=space, hirer=hirer, requested_by=keeper, caller_name="Amina", state="confirmed"
    )

    seen, said_why = what_the_site_reads(keeper, booking, paper)

    assert not any(seen.values())
    assert said_why[:2] == (True, True)


@pytest.mark.parametrize("how", ["accepted", "asked for another", "asked for it", "staff"])
def test_a_group_opens_itself_to_a_site(space, hirer, keeper, how):
    paper = a_group_with_secrets(hirer)
    member = a_member_of(hirer)
    asked_by = member if how == "asked for it" else keeper
    booking = BookingFactory(space=space, hirer=hirer, requested_by=asked_by, caller_name="Amina")
    if how == "accepted":
        version = AgreementVersionFactory()
        agreements.accept(booking, by=member, name="Ann", role="Chair", version=version, now=NOW)
    elif how == "asked for another":
        BookingFactory(
            space=space, hirer=hirer, requested_by=member, state="cancelled_by_hirer",
            starts_at=EVENING,
        )  # fmt: skip

    reader = a_programme_worker() if how == "staff" else keeper
    seen, said_why = what_the_site_reads(reader, booking, paper)

    assert all(seen.values())
    assert said_why == (False, False, False)


def test_what_a_group_asked_for_at_another_site_opens_nothing_at_this_one(space, hirer, keeper):
    paper = a_group_with_secrets(hirer)
    booking = BookingFactory(space=space, hirer=hirer, requested_by=keeper, caller_name="Amina")
    BookingFactory(hirer=hirer, requested_by=a_member_of(hirer))

    seen, _said_why = what_the_site_reads(keeper, booking, paper)

    assert not any(seen.values())
