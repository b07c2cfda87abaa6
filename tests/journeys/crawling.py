"""Looking at every page, as every role, in a real browser.

The list comes from the URL map. Roles often see the very same page, so pages are told apart by
their shape (tags and classes, repeats folded), and each shape is opened once in the browser: axe
with the rules of WCAG 2.2 AA, nothing wider than 320 px, no complaint on the console, nothing asked of
another host. What every answer must carry is asked of all of them.
"""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from django.test import Client
from playwright.sync_api import Page

from tests.browsers import AXE_SCRIPT, NARROW, axe_faults, sideways_scroll, sign_in, watched_page
from tests.standing import ROLES, Demonstration
from tests.test_access import ACCESS

LANDING = "home:waiting"


class Shape(HTMLParser):
    """The tags and classes of a page with repeated siblings folded, and what must not be in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.inline += [
            f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")
        ]
        if tag == "script" and "src" not in names and names.get("type") != "application/json":
            self.inline += [] if names.get("nonce") else ["<script> without a nonce"]
        self.tags.append(f"{tag}.{names.get('class') or ''}.{names.get('type') or ''}")

    @property
    def folded(self) -> tuple[str, ...]:
        seen: dict[tuple[str, str], None] = {}
        for pair in zip(["", *self.tags], self.tags, strict=False):
            seen.setdefault(pair)
        return tuple(f"{one}>{two}" for one, two in sorted(seen))


def html_of(answer) -> str | None:
    """The page, or nothing for a redirect or a file."""
    is_page = "text/html" in answer.headers.get("Content-Type", "")
    if not is_page or answer.streaming or 300 <= answer.status_code < 400:
        return None
    return answer.content.decode()


def faults_of_answer(answer, html: str) -> list[str]:
    """What every page must be, whoever reads it."""
    faults = list(Shape(html).inline)
    policy = answer.headers.get("Content-Security-Policy", "")
    if "unsafe-inline" in policy or "default-src 'none'" not in policy:
        faults.append(f"weak policy: {policy[:80]}")
    faults += [
        f"fetches from elsewhere: {found}"
        for found in re.findall(
            r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?://[^"]+)', html
        )
    ]
    return faults


def faults_in_browser(page, complaints: list[str]) -> list[str]:
    """What is wrong with the page on a phone: the hardest place for layout and targets."""
    too_wide = sideways_scroll(page)
    faults = [f"{too_wide} px too wide"] if too_wide > 0 else []
    return faults + axe_faults(page) + complaints


EMPTY_AND_SEND = """place => {
    const form = document.querySelectorAll('main form[method=post]')[place];
    for (const one of form.elements) {
        if (one.type === 'radio' || one.type === 'checkbox') one.checked = false;
        else if (one.type !== 'hidden' && one.tagName !== 'BUTTON') one.value = '';
    }
    form.submit();
}"""


def elsewhere(page, server, address: str) -> list[str]:
    """A page that leads away, to the sign-in say, was not looked at."""
    return [] if page.url == server.url + address else [f"led to {page.url}"]


class Windows:
    """A window for each person, 320 px wide, with scripts and without.

    Pages follow each other in it, so what all of them share is fetched and read once, not each time.
    """

    def __init__(self, chromium, server) -> None:
        self.chromium, self.server = chromium, server
        self._open: dict = {}

    def of(self, person, *, scripts: bool = True) -> tuple[Page, list[str]]:
        """Their page, and the list of complaints about what it shows next."""
        key = (person.pk if person else None, scripts)
        if key not in self._open:
            context = self.chromium.new_context(viewport=NARROW, java_script_enabled=scripts)
            if scripts:
                # Handed to the browser once and not with every page.
                context.add_init_script(AXE_SCRIPT)
            if person:
                sign_in(context, person, self.server.url)
            self._open[key] = watched_page(context, self.server.url)
        page, complaints = self._open[key]
        complaints.clear()
        return page, complaints

    def __enter__(self) -> "Windows":
        return self

    def __exit__(self, *_failure: object) -> None:
        for page, _complaints in self._open.values():
            page.context.close()


def look(windows: Windows, person, address: str, *, spoil: int | None = None) -> list[str]:
    """Open an address as a person; with `spoil`, empty that form and send it first."""
    page, complaints = windows.of(person)
    page.goto(windows.server.url + address, wait_until="load")
    found = elsewhere(page, windows.server, address)
    if spoil is not None:
        with page.expect_navigation(wait_until="load") as sent:
            page.evaluate(EMPTY_AND_SEND, spoil)
        if sent.value.status != 422:
            found.append(f"answered {sent.value.status} to an empty form")
    return found + faults_in_browser(page, complaints)


def look_without_scripts(windows: Windows, person, address: str) -> list[str]:
    """The same page where JavaScript is off: there, and no wider than the phone."""
    page, _complaints = windows.of(person, scripts=False)
    page.goto(windows.server.url + address, wait_until="load")
    too_wide = sideways_scroll(page)
    found = elsewhere(page, windows.server, address)
    heading = page.locator("main h1")
    if not (heading.count() == 1 and heading.is_visible()):
        found.append("has no heading without scripts")
    return found + ([f"{too_wide} px too wide without scripts"] if too_wide > 0 else [])


def main_part(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


def crawl(
    chromium,
    server,
    people: Demonstration,
    addresses: Iterable[tuple[str, str]],
    *,
    as_declared: bool = True,
) -> dict:
    """Faults by address and role; each new shape of a page's main part is opened in the browser.

    What surrounds the main part differs by role alone, and is looked at on the page where each role lands.
    Who is refused what is the matter of `tests/test_access.py`, for the world of the demonstration: there each
    role is refused once in each way.
    """
    seen: set[tuple[str, ...]] = set()
    faults: dict[str, list[str]] = {}
    addresses = list(addresses)
    with Windows(chromium, server) as windows:
        for role in ROLES:
            person = people.person(role)
            client = Client()
            if person:
                client.force_login(person)
            refusals = set()
            for name, address in addresses:
                declared = ACCESS[name][role]
                if as_declared and declared != 200 and declared in refusals:
                    continue
                refusals.add(declared)
                answer = client.get(address)
                html = html_of(answer)
                if html is None:
                    continue
                found = faults_of_answer(answer, html)
                # A refusal looks the same whatever was refused.
                what = name if answer.status_code == 200 else f"a {answer.status_code}"
                shape = (what, *Shape(main_part(html)).folded)
                if name == LANDING:
                    shape = (role, *shape)
                if shape not in seen:
                    seen.add(shape)
                    found += look(windows, person, address)
                    found += look_without_scripts(windows, person, address)
                if found:
                    faults[f"{name} as {role}"] = found
    assert len(seen) > 10
    return faults
