import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from audit.services import record
from events import rules
from events.models import Event, SignUp
from notifications.models import Message
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import BoroughFactory, OrganisationFactory
from tests.factories.events import SIX_PM, EventFactory, SignUpFactory

pytestmark = pytest.mark.django_db
Role = ProgrammeRole.Role
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


def soon(days: float = 10) -> datetime:
    return timezone.now() + timedelta(days=days)


def words(response) -> str:
    return " ".join(unescape(response.content.decode()).split())


def a_past_event(**facts):
    return EventFactory(starts_at=soon(-30), sign_up="none", **facts)


def a_rough_event(**facts):
    """What a source dates only to a season."""
    rough = {"starts_at": None, "sign_up": "none", "sorts_on": date(2025, 9, 1)}
    return EventFactory(**{**rough, "date_text": "autumn 2025", **facts})


# --- The list


def test_what_comes_is_first_soonest_on_top_then_what_was_newest_on_top(client):
    old = a_rough_event(sorts_on=date(2023, 11, 1), date_text="November 2023")
    past = a_past_event()
    later, sooner = EventFactory(starts_at=soon(20)), EventFactory(starts_at=soon(2))
    rough = a_rough_event()

    response = client.get(reverse("events:events"))

    assert list(response.context["page"]) == [sooner, later, past, rough, old]
    page = words(response)
    assert page.index("Coming up") < page.index(later.title) < page.index("Past events")
    assert page.index("Past events") < page.index("autumn 2025") < page.index("November 2023")


def test_what_a_source_dates_only_to_a_season_to_come_is_listed_among_what_comes(client):
    year = soon().year + 1
    rough = a_rough_event(sorts_on=date(year, 6, 1), date_text=f"summer {year}")
    sooner, later = EventFactory(starts_at=soon()), EventFactory(starts_at=soon(800))

    response = client.get(reverse("events:events"))

    assert list(response.context["page"]) == [sooner, rough, later]
    assert "Past events" not in words(response)
    page = words(client.get(rough.get_absolute_url()))
    assert f"summer {year}" in page
    assert "How to join" not in page


def test_an_event_that_is_not_published_is_nowhere(client):
    hidden = EventFactory(is_published=False, starts_at=soon())

    assert list(client.get(reverse("events:events")).context["page"]) == []
    for name in ("event", "event_calendar", "sign_up", "signed_up"):
        assert client.get(reverse(f"events:{name}", args=[hidden.slug])).status_code == 404


def test_events_are_found_by_kind_and_borough(client):
    lewisham, bexley = BoroughFactory(), BoroughFactory(name="Bexley")
    here = EventFactory(borough=lewisham, kind="assembly", starts_at=soon())
    EventFactory(borough=bexley, kind="assembly", starts_at=soon())
    EventFactory(borough=lewisham, kind="workshop", starts_at=soon())

    query = {"kind": "assembly", "borough": "lewisham"}
    response = client.get(reverse("events:events"), query)

    assert list(response.context["page"]) == [here]
    nothing = client.get(reverse("events:events"), {"kind": "board"})
    assert "No event fits" in words(nothing)


def test_a_made_up_filter_is_named_on_the_page_and_what_was_chosen_stays(client):
    event = EventFactory(starts_at=soon())
    BoroughFactory(name="Bexley")

    kind = client.get(reverse("events:events"), {"kind": "party", "borough": "bexley"})
    borough = client.get(reverse("events:events"), {"borough": "atlantis"})

    assert (kind.status_code, borough.status_code) == (422, 422)
    # Above the form, and beside the box.
    assert words(kind).count("Choose a kind from the list") == 2
    assert words(borough).count("Choose a borough from the list") == 2
    assert '<option value="bexley" selected>' in words(kind)
    assert event.title not in words(kind)


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_of_events_costs_the_same_for_one_as_for_many(
    client, django_assert_num_queries, how_many
):
    for _number in range(how_many):
        EventFactory(borough=BoroughFactory(), organiser=OrganisationFactory(), starts_at=soon())
        a_past_event(borough=BoroughFactory())

    with django_assert_num_queries(3):  # count, events, boroughs of the filter
        response = client.get(reverse("events:events"))

    assert len(response.context["page"]) == 2 * how_many


def test_many_events_come_in_pages_that_keep_the_filter(client):
    for _number in range(21):
        a_past_event(kind="board")

    first = client.get(reverse("events:events"), {"kind": "board"})
    second = client.get(reverse("events:events"), {"kind": "board", "page": 2})

    assert (len(first.context["page"]), len(second.context["page"])) == (20, 1)
    assert 'href="?kind=board&amp;page=2"' in first.content.decode()


# --- The page of an event


def test_a_page_tells_when_where_how_to_join_and_what_help_there_is(client):
    event = EventFactory(
        starts_at=soon(),
        place="Civic Centre (demo)",
        borough=BoroughFactory(),
        help_there="BSL interpreter\nStep-free entrance",
        join_text="The code of the door is blue heron.",
        capacity=40,
    )
    SignUpFactory(event=event)

    page = words(client.get(event.get_absolute_url()))

    assert "Civic Centre (demo), Lewisham" in page
    assert "<li>BSL interpreter</li><li>Step-free entrance</li>" in page
    assert "39 places left of 40" in page
    assert "blue heron" not in page


def test_a_full_event_offers_the_waiting_list(client):
    event = EventFactory(starts_at=soon(), capacity=0)

    page = words(client.get(event.get_absolute_url()))

    assert "You can join the waiting list." in page
    assert "Join the waiting list" in page


def test_a_cancelled_event_says_why_at_the_top(client):
    event = EventFactory(
        starts_at=soon(), cancelled_at=timezone.now(), cancelled_because="The heating broke."
    )

    page = words(client.get(event.get_absolute_url()))

    assert page.index("The heating broke.") < page.index("<h1")
    assert reverse("events:sign_up", args=[event.slug]) not in page


def test_a_fact_shows_its_source_and_a_rough_date_as_the_source_gives_it(client):
    event = a_rough_event(
        source_title="Seed page", source_url="https://example.org/a", source_date="undated"
    )

    page = words(client.get(event.get_absolute_url()))

    assert "autumn 2025" in page
    assert '<a href="https://example.org/a" rel="noopener" lang="en">Seed page</a>, ' in page
    assert '<span lang="en">undated</span>' in page
    assert "Put it in your calendar" not in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_of_an_event_costs_the_same_for_one_guest_as_for_many(
    client, django_assert_num_queries, how_many
):
    event = EventFactory(starts_at=soon(), organiser=OrganisationFactory())
    SignUpFactory.create_batch(how_many, event=event)

    with django_assert_num_queries(2):  # event, how many are coming
        client.get(event.get_absolute_url())


def test_an_event_goes_into_a_diary_and_keeps_its_name_there(client):
    event = EventFactory(starts_at=soon(), sequence=2)
    address = reverse("events:event_calendar", args=[event.slug])

    response = client.get(address)
    Event.objects.update(cancelled_at=timezone.now(), cancelled_because="Snow", sequence=3)
    cancelled = client.get(address)

    assert response["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    [first] = Calendar.from_ical(response.content).walk("VEVENT")
    [second] = Calendar.from_ical(cancelled.content).walk("VEVENT")
    assert first["UID"] == second["UID"] == event.calendar_uid
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (2, 3)
    assert (first["STATUS"], second["STATUS"]) == ("CONFIRMED", "CANCELLED")


def test_an_event_without_an_exact_time_has_no_calendar_file(client):
    address = reverse("events:event_calendar", args=[a_rough_event().slug])

    assert client.get(address).status_code == 404


# --- Signing up


def sign_up(client, event, **typed):
    form = {"name": "Amina", "email": "amina@example.org", **typed}
    return client.post(reverse("events:sign_up", args=[event.slug]), form)


def test_a_name_and_an_address_are_enough_to_sign_up(client):
    event = EventFactory(starts_at=soon())
    assert "Sign me up" in words(client.get(reverse("events:sign_up", args=[event.slug])))

    response = sign_up(client, event)

    assert response.status_code == 302
    assert response.url == reverse("events:signed_up", args=[event.slug])
    assert "Thank you for signing up" in words(client.get(response.url))
    person = SignUp.objects.get()
    assert (person.name, person.email, person.state) == ("Amina", "amina@example.org", "coming")


def test_after_signing_up_a_page_says_once_what_is_next_and_whom_to_ask(client, settings):
    event = EventFactory(starts_at=soon())

    page = words(client.get(reverse("events:signed_up", args=[event.slug])))
    page = page[page.index("<h1") : page.index("<footer")]

    assert page.count("you get an e-mail") == 1
    assert "We have written" not in page
    assert "name the event and the e-mail address that you signed up with" in page
    assert f"mailto:{settings.CONTACT_EMAIL}" in page
    assert event.title in page
    assert reverse("events:event_calendar", args=[event.slug]) in page


def test_the_answer_does_not_tell_who_has_signed_up(client):
    event = EventFactory(starts_at=soon(), capacity=1)
    answers = [
        sign_up(client, event, email=address) for address in ("a@x.org", "a@x.org", "b@x.org")
    ]

    pages = {(answer.status_code, answer.url) for answer in answers}
    assert pages == {(302, reverse("events:signed_up", args=[event.slug]))}
    assert [person.email for person in SignUp.objects.in_turn()] == ["a@x.org", "b@x.org"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Enter your name"),
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "amina at example"}, "Enter an e-mail address like name@example.org"),
        ({"name": "Win at www.example.com"}, "Enter your name without a web address"),
        ({"name": "N" * 121}, "Your name must be 120 letters or fewer"),
    ],
)
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(client, typed, told):
    event = EventFactory(starts_at=soon())

    response = sign_up(client, event, **typed)

    assert response.status_code == 422
    page = words(response)
    assert "Error: Sign up for" in page
    assert told in page
    for value in {"name": "Amina", "email": "amina@example.org", **typed}.values():
        assert f'value="{value}"' in page or value == ""
    assert (SignUp.objects.count(), Message.objects.count()) == (0, 0)


def test_an_empty_form_is_answered_with_both_questions(client):
    event = EventFactory(starts_at=soon())

    response = client.post(reverse("events:sign_up", args=[event.slug]), {})

    assert response.status_code == 422
    assert "Enter your name" in words(response)


def test_a_program_that_fills_in_everything_is_refused(client):
    response = sign_up(client, EventFactory(starts_at=soon()), website="https://example.com")

    assert response.status_code == 422
    assert SignUp.objects.count() == 0


def test_a_name_stays_on_one_line(client):
    sign_up(client, EventFactory(starts_at=soon()), name="Amina\r\n\r\nBuy  this")

    assert SignUp.objects.get().name == "Amina Buy this"


def test_an_address_with_a_letter_that_only_looks_ordinary_is_the_ordinary_one(client):
    event = EventFactory(starts_at=soon())

    answers = [sign_up(client, event, email=email) for email in ("kate7@x.org", "\u212aate7@x.org")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert SignUp.objects.get().email == "kate7@x.org"


@pytest.mark.parametrize("letter", ["\u0130", "\u0131", "\u017f"])
def test_an_address_with_a_letter_no_mail_server_knows_is_asked_for_again(client, letter):
    response = sign_up(client, EventFactory(starts_at=soon()), email=f"{letter}ris@example.org")

    assert response.status_code == 422
    assert f'value="{letter}ris@example.org"' in words(response)


def test_one_network_address_signs_up_so_many_people_a_minute(client, monkeypatch):
    event = EventFactory(starts_at=soon())
    monkeypatch.setattr(rules, "SIGN_UPS_PER_MINUTE", 3)
    many = 4

    answers = [sign_up(client, event, email=f"guest{number}@example.org") for number in range(many)]

    assert [answer.status_code for answer in answers] == [302] * (many - 1) + [429]
    assert answers[-1]["Retry-After"] == "60"
    assert f'value="guest{many - 1}@example.org"' in words(answers[-1])
    assert "Many sign-ups came from your network" in words(answers[-1])
    assert SignUp.objects.count() == many - 1


def test_a_library_full_of_people_signs_up_and_mistakes_do_not_count(client):
    event = EventFactory(starts_at=soon())
    for _mistake in range(rules.SIGN_UPS_PER_MINUTE + 1):
        assert sign_up(client, event, email="").status_code == 422

    answers = [sign_up(client, event, email=f"guest{number}@example.org") for number in range(30)]

    assert {answer.status_code for answer in answers} == {302}


def test_signing_up_too_late_is_refused_in_words(client):
    event = EventFactory(starts_at=soon(-0.01))

    response = sign_up(client, event)

    assert response.status_code == 409
    assert "has started" in words(response)
    assert SignUp.objects.count() == 0


@pytest.mark.parametrize("outcome", ["Three things were promised.", ""])
def test_what_is_over_says_so_and_what_came_of_it(client, outcome):
    ended = a_past_event(outcome=outcome)
    rough = a_rough_event(outcome=outcome)
    told = outcome or "Nothing has been published about it yet."

    for event in (ended, rough):
        page, form = (
            words(client.get(address))
            for address in (event.get_absolute_url(), reverse("events:sign_up", args=[event.slug]))
        )
        assert "This event is over" in page
        assert told in page
        assert f"<title>{event.title} is over" in form
        assert "This event is over" in form
        assert told in form
        assert "need to sign up" not in form
        assert sign_up(client, event).status_code == 409


@pytest.mark.parametrize(
    ("facts", "title", "told"),
    [
        ({"sign_up": "none"}, "You cannot sign up for Evening", "do not need"),
        ({"cancelled_at": SIX_PM, "cancelled_because": "Snow"}, "Evening is cancelled", "Snow"),
    ],
)
def test_where_nobody_signs_up_the_title_says_so(client, facts, title, told):
    event = EventFactory(title="Evening", starts_at=soon(), **facts)

    page = words(client.get(reverse("events:sign_up", args=[event.slug])))

    assert f"<title>{title}" in page
    assert told in page


def test_a_letter_is_in_the_language_of_the_page(client):
    client.cookies["lang"] = "pt"

    sign_up(client, EventFactory(starts_at=soon()))

    assert SignUp.objects.get().language == "pt"


# --- The person's own link


def own_page(person, name="manage_sign_up"):
    return reverse(f"events:{name}", args=[person.secret])


def test_the_own_link_shows_how_things_stand_and_is_kept_by_no_cache(client):
    person = SignUpFactory(event__starts_at=soon(), event__join_text="Ring the bell.")
    waiting = SignUpFactory(event=person.event, state="waiting")

    response = client.get(own_page(person))

    assert "You have a place" in words(response)
    assert "Ring the bell." in words(response)
    assert "no-store" in response["Cache-Control"]
    page = words(client.get(own_page(waiting)))
    assert "You are number 1 on the list" in page
    assert "Ring the bell." not in page


def test_looking_at_the_own_links_changes_nothing(client):
    person = SignUpFactory(event__starts_at=soon())

    client.get(own_page(person))
    assert "Give up my place" in words(client.get(own_page(person, "cancel_sign_up")))

    person.refresh_from_db()
    assert (person.state, Message.objects.count()) == ("coming", 0)


def test_giving_up_a_place_takes_one_button(client):
    person = SignUpFactory(event__starts_at=soon())

    response = client.post(own_page(person, "cancel_sign_up"), follow=True)

    assert "You are not coming" in words(response)
    person.refresh_from_db()
    assert person.state == "cancelled"
    assert AuditRecord.objects.get().verb == "events.sign_up_cancelled"


def test_giving_up_a_place_too_late_is_refused_in_words(client):
    person = SignUpFactory(event__starts_at=soon(-0.01))

    response = client.post(own_page(person, "cancel_sign_up"))

    assert response.status_code == 409
    assert "has started" in words(response)


@pytest.mark.parametrize("name", ["manage_sign_up", "cancel_sign_up"])
def test_a_made_up_link_opens_nothing(client, name):
    SignUpFactory()
    address = reverse(f"events:{name}", args=["made-up"])

    assert client.get(address).status_code == 404
    assert client.post(address).status_code in (404, 405)


# --- Staff


@pytest.fixture
def staff(client):
    person = a_person_with(Role.PROGRAMME_STAFF)
    client.force_login(person)
    return person


def staff_page(event, name="sign_ups"):
    return reverse(f"events:{name}", args=[event.slug])


def test_staff_see_who_is_coming_and_who_waits(client, staff):
    event = EventFactory(starts_at=soon(), capacity=2)
    zoe = SignUpFactory(event=event, name="Zoe")
    adam = SignUpFactory(event=event, name="adam")
    waiting = SignUpFactory(event=event, name="Bea", state="waiting")
    gone = SignUpFactory(event=event, name="Ann", state="cancelled", cancelled_at=timezone.now())
    SignUpFactory()

    response = client.get(staff_page(event))

    assert list(response.context["page"]) == [adam, zoe, waiting, gone]
    assert response.context["numbers"] == {"coming": 2, "waiting": 1, "cancelled": 1}
    assert "2 of 2 places" in words(response)
    assert waiting.email in words(response)


def test_of_a_cancelled_event_nobody_is_coming_any_more(client, staff):
    event = EventFactory(starts_at=soon(), cancelled_at=timezone.now(), cancelled_because="Snow")
    SignUpFactory(event=event)
    SignUpFactory(event=event, state="waiting")
    SignUpFactory(event=event, state="cancelled", cancelled_at=timezone.now())

    page = words(client.get(staff_page(event)))

    # In the summary, and in the rows of the two who had not left before.
    assert page.count("Told of the cancellation") == 3
    assert not re.search(r">\s*Coming\b|On the waiting list", page)


def test_a_history_without_lines_says_what_is_kept_there(client, staff):
    event = SignUpFactory(event__starts_at=soon()).event

    for address in (staff_page(event), event.get_absolute_url()):
        page = words(client.get(address))
        assert "When staff change or cancel this event, it is written down here" in page
        assert "Nothing has been written down" not in page


@pytest.mark.parametrize("role", [None, Role.FACILITATOR, Role.BOARD_VIEWER, Role.ADMINISTRATOR])
def test_others_do_not_see_who_signed_up_and_cancel_nothing(client, role):
    client.force_login(a_person_with(role) if role else UserFactory())
    event = EventFactory(starts_at=soon())
    address = staff_page(event, "cancel_event")

    assert client.get(staff_page(event)).status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(address, {"because": "Snow"}).status_code == 403
    assert Event.objects.going_ahead().count() == 1


def test_a_visitor_is_asked_to_sign_in_first(client):
    response = client.get(staff_page(EventFactory()))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_of_people_costs_the_same_for_one_as_for_many(
    client, staff, django_assert_num_queries, how_many
):
    event = EventFactory(starts_at=soon())
    SignUpFactory.create_batch(how_many, event=event)

    # Session, user, roles, other parts; event, numbers, count, people, history.
    with django_assert_num_queries(9):
        client.get(staff_page(event))


def test_staff_cancel_an_event_with_a_reason(client, staff):
    person = SignUpFactory(event__starts_at=soon())
    event = person.event
    address = staff_page(event, "cancel_event")
    assert "1 coming, 0 on the waiting list" in words(client.get(address))

    response = client.post(address, {"because": "The heating broke."}, follow=True)

    event.refresh_from_db()
    assert event.cancelled_because == "The heating broke."
    page = words(response)
    assert "Everybody is being told." in page
    assert "Event cancelled" in page
    assert Message.objects.get().address == person.email


def test_cancelling_needs_a_reason_and_keeps_a_long_one(client, staff):
    address = staff_page(EventFactory(starts_at=soon()), "cancel_event")

    empty, long = (client.post(address, {"because": reason}) for reason in ("", "R" * 301))

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "Say why the event is cancelled" in words(empty)
    assert "R" * 301 in words(long)
    assert Event.objects.going_ahead().count() == 1


def test_cancelling_twice_is_refused_in_words(client, staff):
    event = EventFactory(starts_at=soon(), cancelled_at=timezone.now(), cancelled_because="Snow")

    response = client.post(staff_page(event, "cancel_event"), {"because": "Again"})

    assert response.status_code == 409
    assert "cancelled already" in words(response)


def test_what_happened_to_any_event_is_shown_to_staff_alone(client):
    event = a_rough_event()
    record("events.event_changed", event, by=UserFactory(name="Ada"), fields="summary")
    assert "Event changed" not in words(client.get(event.get_absolute_url()))

    client.force_login(a_person_with(Role.PROGRAMME_STAFF))

    page = words(client.get(event.get_absolute_url()))
    assert page.index("Event changed") < page.index("Ada")


def test_a_link_to_the_people_is_shown_to_staff_alone(client):
    event = EventFactory(starts_at=soon())
    assert staff_page(event) not in words(client.get(event.get_absolute_url()))

    client.force_login(a_person_with(Role.PROGRAMME_LEAD))

    assert staff_page(event) in words(client.get(event.get_absolute_url()))
