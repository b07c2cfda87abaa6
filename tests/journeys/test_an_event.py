"""Somebody without an account signs up for an event, cannot come after all, and the next one can."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from core.clock import at, today
from events.models import SignUp
from notifications.delivery import deliver_due
from tests.factories.events import EventFactory, SignUpFactory
from tests.journeys.walking import SCRIPTS_ON, lines_of, link_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

State = SignUp.State


@pytest.fixture
def evening():
    """An open evening with two places, of which Fay has one."""
    evening = EventFactory(
        title="Open evening (demo)",
        slug="open-evening",
        starts_at=at(today() + timedelta(days=21), time(18)),
        capacity=2,
    )
    SignUpFactory(event=evening, name="Fay", email="fay@example.org")
    return evening


def letters_since(office, before):
    """Who was told what since so many letters had left."""
    deliver_due(now=timezone.now())
    return [(one.recipients[0], str(one.content["Subject"])) for one in office.letters[before:]]


def own_link(letter):
    return link_in(letter.content.get_body(("plain",)).get_content(), "/events/my/")


def invitation_in(letter):
    """The method of the calendar file that came with a letter."""
    [file] = letter.content.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    return next(line for line in lines_of(file.get_content()) if line.startswith("METHOD:"))


def states():
    return dict(SignUp.objects.values_list("name", "state"))


def test_a_visitor_signs_up_and_gives_the_place_to_the_next_in_line(street, office, evening):
    dora, eli = street.somebody(), street.somebody()

    # Two fields; the first address is no address, and the name is not asked again.
    assert dora.open("/events/") == 200
    assert dora.follow("Open evening (demo)") == 200
    assert "1 place left of 2" in dora.reads()
    assert dora.follow("Sign up") == 200
    assert dora.page.locator("main form input:visible").count() == 2
    dora.fill(name="Dora", email="dora at example.org")
    assert dora.press("main form button[type=submit]") == 422
    assert dora.page.title().startswith("Error: ")
    assert dora.reads_each(".nhsuk-error-summary li") == [
        "Enter an e-mail address like name@example.org"
    ]
    assert dora.holds("name", "email") == ["Dora", "dora at example.org"]
    assert states() == {"Fay": State.COMING}

    dora.fill(email="dora@example.org")
    assert dora.press("main form button[type=submit]") == 200
    assert dora.reads("h1") == "Thank you for signing up"
    assert letters_since(office, 0) == [
        ("dora@example.org", "You have a place: Open evening (demo)")
    ]
    assert invitation_in(office.letters[0]) == "METHOD:REQUEST"

    # The next one waits in line.
    eli.open("/events/open-evening/")
    assert "Every place is taken. You can join the waiting list." in eli.reads()
    assert eli.follow("Join the waiting list") == 200
    eli.fill(name="Eli", email="eli@example.org")
    assert eli.press("main form button[type=submit]") == 200
    assert letters_since(office, 1) == [
        ("eli@example.org", "You are on the waiting list: Open evening (demo)")
    ]
    assert list(office.letters[1].content.iter_attachments()) == []
    assert eli.open(own_link(office.letters[1])) == 200
    assert "You are number 1 on the list." in eli.reads()

    # Her link opens her own page. Looking, as a mail program may do by itself, changes nothing.
    assert dora.open(own_link(office.letters[0])) == 200
    assert dora.reads("h1") == "Open evening (demo) You have a place"
    assert dora.follow("I cannot come") == 200
    assert dora.page.get_attribute("main form", "method") == "post"
    assert states() == {"Fay": State.COMING, "Dora": State.COMING, "Eli": State.WAITING}

    assert dora.press("main form button[type=submit]") == 200
    assert dora.reads("h1") == "Open evening (demo) You are not coming"
    assert states() == {"Fay": State.COMING, "Dora": State.CANCELLED, "Eli": State.COMING}
    assert letters_since(office, 2) == [
        ("dora@example.org", "You are not coming: Open evening (demo)"),
        ("eli@example.org", "A place is yours now: Open evening (demo)"),
    ]
    assert [invitation_in(letter) for letter in office.letters[2:]] == [
        "METHOD:CANCEL",
        "METHOD:REQUEST",
    ]
    assert eli.open(own_link(office.letters[3])) == 200
    assert eli.reads("h1") == "Open evening (demo) You have a place"
    assert street.faults == []


@pytest.mark.parametrize("street", [SCRIPTS_ON], indirect=True)
def test_the_whole_way_can_be_gone_by_keyboard(street, office, evening):
    dora = street.somebody()
    dora.open("/events/")

    dora.tab_to("main a[href='/events/open-evening/']")
    assert dora.enter() == 200
    dora.tab_to("main a[href$='/sign-up/']")
    assert dora.enter() == 200
    dora.tab_to("main [name=name]")
    dora.type("Dora")
    dora.tab_to("main [name=email]")
    dora.type("dora at example.org")
    assert dora.enter() == 422

    # The summary has the focus; its line leads to the box.
    dora.tab_to(".nhsuk-error-summary a")
    dora.page.keyboard.press("Enter")
    assert dora.page.evaluate("document.activeElement.name") == "email"
    dora.type("dora@example.org")
    dora.tab_to("main form button[type=submit]")
    assert dora.enter() == 200
    SignUpFactory(event=evening, name="Eli", email="eli@example.org", state=State.WAITING)

    letters_since(office, 0)
    dora.open(own_link(office.letters[0]))
    dora.tab_to("main a[href$='/cancel/']")
    assert dora.enter() == 200
    dora.tab_to("main form button[type=submit]")
    assert dora.enter() == 200

    assert states() == {"Fay": State.COMING, "Dora": State.CANCELLED, "Eli": State.COMING}
    assert street.faults == []
