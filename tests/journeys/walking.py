"""People with browsers of their own who mind faults: every page they come to is looked at."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browsers import NARROW, WIDE, axe_faults, sideways_scroll, sign_in, watched_page

SCRIPTS_OFF = "scripts off, 320 px"
SCRIPTS_ON = "scripts on, 1280 px"
MOST_TABS = 80
PATIENCE = 10_000
"""Milliseconds that a page or a box may take to be there, on a busy machine."""


class Walker:
    """Somebody on their way through the portal. Each step answers with the status of the page."""

    def __init__(self, context: BrowserContext, server: LiveServer, *, scripts: bool):
        context.set_default_timeout(PATIENCE)
        self.server, self.scripts = server, scripts
        self.page, self.complaints = watched_page(context, server.url)
        self._seen: list[str] = []

    def open(self, address: str) -> int:
        """Go to a path of the portal, or to a whole address, as a letter carries it."""
        if not address.startswith("http"):
            address = self.server.url + address
        answer = self.page.goto(address)
        return self._arrived(answer.status if answer else 0)

    def press(self, selector: str) -> int:
        """Press a button or a link that leads to a page."""
        with self.page.expect_navigation() as going:
            self.page.click(selector)
        return self._arrived(going.value.status)

    def follow(self, words: str) -> int:
        """Press the link in the main part with these words."""
        return self.press(f"main a:has-text('{words}')")

    def fill(self, **answers: str) -> None:
        """Type into the boxes of these names."""
        for name, typed in answers.items():
            self.page.fill(f"main [name='{name.rstrip('_')}']", typed)

    def holds(self, *names: str) -> list[str]:
        """What stands in the boxes of these names."""
        return [self.page.input_value(f"main [name='{name}']") for name in names]

    def reads(self, selector: str = "main") -> str:
        """The words that can be seen there, each gap one space."""
        return " ".join(self.page.inner_text(selector).split())

    def reads_each(self, selector: str) -> list[str]:
        return [" ".join(words.split()) for words in self.page.locator(selector).all_inner_texts()]

    # --- By keyboard alone ------------------------------------------------------------------------

    def tab_to(self, selector: str) -> None:
        """Press Tab until this has the focus, which must then be in sight."""
        for _time in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("found => document.activeElement.matches(found)", selector):
                assert self.page.locator(selector).first.is_visible()
                return
        raise AssertionError(f"Tab never comes to {selector} on {self.page.title()}")

    def type(self, words: str) -> None:
        """Write where the focus is, over whatever stands there."""
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)

    def enter(self) -> int:
        """Press Enter on something that leads to a page."""
        with self.page.expect_navigation() as going:
            self.page.keyboard.press("Enter")
        return self._arrived(going.value.status)

    # --- Faults -----------------------------------------------------------------------------------

    @property
    def faults(self) -> list[str]:
        return [*self._seen, *self.complaints]

    def _arrived(self, status: int) -> int:
        # axe is itself a script, so it looks only where scripts run.
        found = axe_faults(self.page) if self.scripts else []
        if sideways_scroll(self.page) > 0:
            found.append("too wide")
        self._seen += [f"{self.page.title()}: {fault}" for fault in found]
        return status


@dataclass
class Street:
    """Everybody who walks through one journey, all with browsers of the same kind."""

    chromium: Browser
    server: LiveServer
    scripts: bool
    walkers: list[Walker] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def somebody(self, person: User | None = None) -> Walker:
        """A visitor, or this person signed in."""
        context = self.chromium.new_context(
            viewport=WIDE if self.scripts else NARROW, java_script_enabled=self.scripts
        )
        self.contexts.append(context)
        if person:
            sign_in(context, person, self.server.url)
        self.walkers.append(Walker(context, self.server, scripts=self.scripts))
        return self.walkers[-1]

    @property
    def faults(self) -> list[str]:
        return [fault for walker in self.walkers for fault in walker.faults]

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def lines_of(letter_text: str) -> list[str]:
    return [line.strip() for line in letter_text.splitlines() if line.strip()]


def link_in(letter_text: str, path: str) -> str:
    """The one address in a letter that begins with this path."""
    [link] = re.findall(rf"http://\S+?{re.escape(path)}\S+", letter_text)
    return str(link)
