"""Whoever was signed out while they wrote does not lose what they wrote."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from spaces.models import BookingQuestion
from spaces.services import ask_question
from tests.factories.spaces import NOW, BookingFactory, HirerFactory, a_member_of, a_site_manager_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def address():
    booking = BookingFactory()
    keeper = a_site_manager_of(booking.space.site)
    ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    return reverse("spaces:answer_question", args=[booking.uuid])


def test_whoever_was_signed_out_while_they_wrote_reads_their_words(client, address):
    answer = client.post(address, {"answer": "Yes, <soup> for 40.", "seen": "one two"})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Yes, &lt;soup&gt; for 40." in page
    assert "one two" not in page
    assert f"/accounts/login/?next={address}" in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert BookingQuestion.objects.get().answer == ""


def test_whoever_wrote_nothing_goes_to_the_sign_in(client, address):
    for answer in (client.get(address), client.post(address, {"answer": "Soup"})):
        assert answer.status_code == 302
        assert answer.url == f"/accounts/login/?next={address}"


def test_another_site_makes_nobody_read_its_words_here(address):
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(address, {"answer": "Send us money"})

    assert answer.status_code == 403
    assert "Send us money" not in answer.content.decode()


def test_whoever_pressed_a_button_comes_back_to_the_page_it_was_on(client):
    """The address of a button takes no GET: coming back there would be an error."""
    hirer = HirerFactory()
    member = a_member_of(hirer)
    button = reverse("spaces:stop_group_calendar", args=[hirer.organisation.slug])
    page = f"{reverse('spaces:group_calendar', args=[hirer.organisation.slug])}?from=here"

    signed_out = client.post(button, headers={"referer": f"http://testserver{page}"})
    client.force_login(member)
    back = client.get(signed_out.url.partition("next=")[2].replace("%3F", "?").replace("%3D", "="))

    assert signed_out.url == f"/accounts/login/?next={quote(page)}"
    assert back.status_code == 200


def test_nobody_is_led_to_another_site_after_signing_in(client, address):
    for elsewhere in ("https://elsewhere.example/trap", "//elsewhere.example/trap", "http://[", ""):
        answer = client.post(address, {"answer": "Soup"}, headers={"referer": elsewhere})
        assert answer.url == f"/accounts/login/?next={address}"
