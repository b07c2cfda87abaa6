"""A real Chromium, and the checks that every page must pass in it. Loaded as a plugin by conftest."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.sessions import session_of

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe would fetch beforehand serves no rule of these, and it breaks our policy to do so.
AXE = {
    "runOnly": {"type": "tag", "values": WCAG},
    "resultTypes": ["violations"],
    "preload": False,
}
AXE_SCRIPT = Axe().axe_script
# What passed would be a megabyte of each page, written and read again: it stays in the browser.
VIOLATIONS = "options => axe.run(options).then(found => found.violations)"
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}

# The design system's own script marks a radio that reveals a field as expanded or not, on purpose
# (govuk-frontend issue 979). The one exemption.
EXEMPT = ("aria-allowed-attr", "input[type=radio][aria-expanded]")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test opens contexts of its own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.fail("No Chromium. Install it (Debian: apt-get install chromium) or set CHROMIUM.")
    # Playwright's loop runs in this thread, and Django would refuse to touch Postgres beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def standing_server(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveServer]:
    """A real server on a port of its own, for tests that share rows which stay between them."""
    with django_db_blocker.unblock():
        server = LiveServer("127.0.0.1")
        yield server
        server.stop()


def sign_in(context: BrowserContext, person: User, address: str) -> None:
    """Give the browser a session of this person, as the sign-in pages would."""
    key = session_of(person)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": address}])


def watched_page(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """A page, and the list in which anything said on the console or asked of another host lands."""
    complaints: list[str] = []
    page = context.new_page()
    page.on(
        "console",
        lambda line: (
            complaints.append(f"console: {line.text}")
            # The browser's own note that a page came with 422 or 409, as it should.
            if line.type in ("error", "warning") and "Failed to load resource" not in line.text
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:"))
            else complaints.append(f"asked another host: {request.url}")
        ),
    )
    return page, complaints


A_FEW_FRAMES = """() => new Promise(done => {
    const wait = left => left ? requestAnimationFrame(() => wait(left - 1)) : done();
    wait(4);
})"""


def settle(page: Page) -> None:
    """Wait until the page is whole and has drawn itself at its present width.

    A window that was just resized holds the menu of the old width for a frame or two: the design
    system moves what does not fit under "More" one frame after the resize, and once more after that.
    """
    page.wait_for_load_state("load")
    page.evaluate(A_FEW_FRAMES)


def axe_faults(page: Page) -> list[str]:
    """What axe finds wrong on the page once it has settled, one line each."""
    settle(page)
    rule, selector = EXEMPT
    exempt = set(page.eval_on_selector_all(selector, "found => found.map(one => one.outerHTML)"))
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in page.evaluate(VIOLATIONS, AXE)
        for node in violation["nodes"]
        if not (violation["id"] == rule and node["html"] in exempt)
    ]


def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
