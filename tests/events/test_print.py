"""The list at the door, on paper."""

import pytest
from django.urls import reverse

from tests.browsers import sign_in
from tests.factories.events import EventFactory, SignUpFactory
from tests.factories.spaces import a_programme_worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_forty_people_fit_two_sides_with_names_and_boxes_alone(chromium, live_server):
    event = EventFactory(capacity=40)
    people = SignUpFactory.create_batch(40, event=event)
    waiting = SignUpFactory.create_batch(3, event=event, state="waiting")
    gone = SignUpFactory(event=event, state="cancelled", cancelled_at=event.starts_at)
    context = chromium.new_context()
    sign_in(context, a_programme_worker(), live_server.url)
    page = context.new_page()
    page.goto(live_server.url + reverse("events:sign_ups", args=[event.slug]))
    boxes = page.locator("tbody .app-door-list__box")
    assert boxes.count() == 44
    assert not boxes.first.is_visible()

    page.emulate_media(media="print")
    read = page.inner_text("main")
    paper = page.pdf(format="A4")

    assert all(person.name in read for person in (*people, *waiting))
    assert boxes.first.is_visible()
    assert gone.name not in read.split("\n")
    assert "@" not in read
    assert "Cancel this event" not in read
    assert paper.count(b"/Type /Page\n") <= 2
    context.close()
