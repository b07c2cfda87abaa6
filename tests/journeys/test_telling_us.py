"""A resident on a small phone tells us something, with scripts off, by keyboard, and in a hurry."""

import re
from datetime import date, timedelta

import pytest

from core.clock import monday_of, today
from listening.models import Answer, Campaign, Response
from tests.browsers import NARROW
from tests.factories.anchors import BoroughFactory
from tests.factories.listening import an_open_campaign
from tests.journeys.walking import SCRIPTS_ON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ELSEWHERE = "https://www.bbc.co.uk/weather"


@pytest.fixture
def campaign(monkeypatch):
    # A browser that is told what to press answers faster than any person.
    monkeypatch.setattr("listening.views.answering.QUICKEST", timedelta(0))
    for name in ("Lewisham", "Southwark"):
        BoroughFactory(name=name)
    campaign = an_open_campaign("en", "es", "pt")
    Campaign.objects.update(opens_on=date(2020, 1, 1), closes_on=today())
    return campaign


def test_somebody_answers_in_spanish_and_takes_their_words_back(street, campaign):
    visitor = street.somebody()
    visitor.open("/listening/")
    visitor.press("button[name=start][value=es]")
    visitor.page.check("input[value='under-13']")
    visitor.press("button[value=next]")
    visitor.press("main button[value=stay]")
    visitor.page.check("input[value='25-34']")
    visitor.press("button[value=next]")
    visitor.press("button[value=next]")  # nothing written: the page says so
    assert visitor.page.title().startswith("Error: ")
    visitor.page.fill("textarea", "El moho está en la pared.")
    visitor.press("button[value=next]")
    visitor.press("button[value=skip]")
    visitor.page.check("input[value=lewisham]")
    visitor.press("button[value=next]")
    assert visitor.page.is_checked("input[name=may_quote]") is False
    visitor.press("button[formaction]")
    code = visitor.page.inner_text(".app-code")
    assert re.fullmatch(r"\w{4}\s+\w{4}\s+\w{4}", code)

    answer = Answer.objects.get()
    assert (answer.words, answer.text.language) == ("El moho está en la pared.", "es")
    assert answer.response.received_week == monday_of(today())

    visitor.open("/listening/your-words/")
    visitor.page.fill("input[name=code]", code)
    visitor.press("main form button")
    visitor.press("main form button")
    visitor.press("button[name=sure]")

    assert Response.objects.get().withdrawn_on == today()
    assert Answer.objects.count() == 0
    assert street.faults == []
    assert visitor.page.evaluate("location.href").endswith("/listening/your-words/withdraw/")


@pytest.mark.parametrize("street", [SCRIPTS_ON], indirect=True)
def test_every_step_can_be_taken_by_keyboard(street, campaign):
    visitor = street.somebody()
    page = visitor.page
    visitor.open("/listening/")
    page.focus("button[name=start][value=en]")

    visitor.enter()
    page.focus("input[value='25-34']")
    page.keyboard.press("Space")
    visitor.enter()  # Enter in a choice continues; it does not go back, skip or change the language
    assert "pressure" in page.inner_text("h1")
    page.focus("textarea")
    page.keyboard.type("The bus is late.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "next"
    visitor.enter()
    assert "difference" in page.inner_text("h1")
    assert street.faults == []


@pytest.mark.parametrize("how", ["a press", "shift three times", "a press without scripts"])
def test_there_is_a_quick_way_out(chromium, live_server, campaign, how):
    scripts = not how.endswith("without scripts")
    context = chromium.new_context(viewport=NARROW, java_script_enabled=scripts)
    asked = []
    context.route(
        ELSEWHERE,
        lambda route: (
            asked.append(route.request.headers.get("referer", "")),
            route.fulfill(body="<title>Weather</title>", content_type="text/html"),
        ),
    )
    page = context.new_page()
    page.goto(live_server.url + "/listening/safety/")
    page.goto(live_server.url + "/listening/")

    with page.expect_navigation(url=ELSEWHERE):
        if how == "shift three times":
            for _time in range(3):
                page.keyboard.press("Shift")
        else:
            page.click("[data-exit]")

    assert page.title() == "Weather"
    assert asked == [""]  # the other site does not learn where somebody came from
    if scripts:
        page.go_back()
        assert page.url.endswith(
            "/listening/safety/"
        )  # the page that was left is not in the history
    context.close()
