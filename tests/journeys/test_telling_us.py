"""A resident on a small phone tells us something, with scripts off, by keyboard, and in a hurry."""

import re
from datetime import date, timedelta

import pytest

from core.clock import monday_of, today
from listening.models import Answer, Campaign, Response
from tests.browsers import NARROW, WIDE, axe_faults, sideways_scroll, watched_page
from tests.factories.anchors import BoroughFactory
from tests.factories.listening import an_open_campaign

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


class Visitor:
    """Somebody with a browser who minds faults: each page they see is looked at."""

    def __init__(self, context, server, *, scripts=True):
        self.server, self.scripts = server, scripts
        self.page, self.complaints = watched_page(context, server.url)

    def open(self, path):
        self.page.goto(self.server.url + path)

    def press(self, selector):
        with self.page.expect_navigation():
            self.page.click(selector)

    def faults(self):
        # axe is itself a script, so it looks only where scripts run.
        seen = axe_faults(self.page) if self.scripts else []
        found = [f"{self.page.title()}: {fault}" for fault in seen]
        if sideways_scroll(self.page) > 0:
            found.append(f"{self.page.title()}: too wide")
        return [*found, *self.complaints]


@pytest.fixture(params=["scripts on, 1280 px", "scripts off, 320 px"])
def visitor(request, chromium, live_server):
    off = request.param.startswith("scripts off")
    context = chromium.new_context(viewport=NARROW if off else WIDE, java_script_enabled=not off)
    yield Visitor(context, live_server, scripts=not off)
    context.close()


def test_somebody_answers_in_spanish_and_takes_their_words_back(visitor, campaign):
    faults = []

    def next_page(selector):
        visitor.press(selector)
        faults.extend(visitor.faults())

    visitor.open("/listening/")
    faults += visitor.faults()
    next_page("button[name=start][value=es]")
    visitor.page.check("input[value='under-13']")
    next_page("button[value=next]")
    next_page("main button[value=stay]")
    visitor.page.check("input[value='25-34']")
    next_page("button[value=next]")
    next_page("button[value=next]")  # nothing written: the page says so
    assert visitor.page.title().startswith("Error: ")
    visitor.page.fill("textarea", "El moho está en la pared.")
    next_page("button[value=next]")
    next_page("button[value=skip]")
    visitor.page.check("input[value=lewisham]")
    next_page("button[value=next]")
    assert visitor.page.is_checked("input[name=may_quote]") is False
    next_page("button[formaction]")
    code = visitor.page.inner_text(".app-code")
    assert re.fullmatch(r"\w{4}\s+\w{4}\s+\w{4}", code)

    answer = Answer.objects.get()
    assert (answer.words, answer.text.language) == ("El moho está en la pared.", "es")
    assert answer.response.received_week == monday_of(today())

    visitor.open("/listening/your-words/")
    visitor.page.fill("input[name=code]", code)
    next_page("main form button")
    next_page("main form button")
    next_page("button[name=sure]")

    assert Response.objects.get().withdrawn_on == today()
    assert Answer.objects.count() == 0
    assert faults == []
    assert visitor.page.evaluate("location.href").endswith("/listening/your-words/withdraw/")


def test_every_step_can_be_taken_by_keyboard(chromium, live_server, campaign):
    context = chromium.new_context(viewport=WIDE)
    visitor = Visitor(context, live_server)
    page = visitor.page
    visitor.open("/listening/")
    page.focus("button[name=start][value=en]")

    def enter():
        with page.expect_navigation():
            page.keyboard.press("Enter")

    enter()
    page.focus("input[value='25-34']")
    page.keyboard.press("Space")
    enter()  # Enter in a choice continues; it does not go back, skip or change the language
    assert "pressure" in page.inner_text("h1")
    page.focus("textarea")
    page.keyboard.type("The bus is late.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "next"
    enter()
    assert "difference" in page.inner_text("h1")
    context.close()


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
