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

from tests.browsers import NARROW, axe_faults, sideways_scroll, sign_in, watched_page
from tests.standing import ROLES, Demonstration

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


def look(chromium, server, person, address: str, *, spoil: int | None = None) -> list[str]:
    """Open an address as a person, 320 px wide; with `spoil`, empty that form and send it first."""
    context = chromium.new_context(viewport=NARROW)
    try:
        if person:
            sign_in(context, person, server.url)
        page, complaints = watched_page(context, server.url)
        page.goto(server.url + address, wait_until="load")
        found = elsewhere(page, server, address)
        if spoil is not None:
            with page.expect_navigation(wait_until="load") as sent:
                page.evaluate(EMPTY_AND_SEND, spoil)
            if sent.value.status != 422:
                found.append(f"answered {sent.value.status} to an empty form")
        return found + faults_in_browser(page, complaints)
    finally:
        context.close()


def look_without_scripts(chromium, server, person, address: str) -> list[str]:
    """The same page where JavaScript is off: there, and no wider than the phone."""
    context = chromium.new_context(viewport=NARROW, java_script_enabled=False)
    try:
        if person:
            sign_in(context, person, server.url)
        page = context.new_page()
        page.goto(server.url + address, wait_until="load")
        too_wide = sideways_scroll(page)
        away = elsewhere(page, server, address)
        shown = page.locator("main h1").count() == 1 and page.locator("main h1").is_visible()
        found = away if shown else [*away, "has no heading without scripts"]
        return found + ([f"{too_wide} px too wide without scripts"] if too_wide > 0 else [])
    finally:
        context.close()


def main_part(html: str) -> str:
    return html.partition("<main")[2].partition("</main>")[0]


def crawl(chromium, server, people: Demonstration, addresses: Iterable[tuple[str, str]]) -> dict:
    """Faults by address and role; each new shape of a page's main part is opened in the browser.

    What surrounds the main part differs by role alone, and is looked at on the page where each role lands.
    """
    seen: set[tuple[str, ...]] = set()
    faults: dict[str, list[str]] = {}
    addresses = list(addresses)
    for role in ROLES:
        person = people.person(role)
        client = Client()
        if person:
            client.force_login(person)
        for name, address in addresses:
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
                found += look(chromium, server, person, address)
                found += look_without_scripts(chromium, server, person, address)
            if found:
                faults[f"{name} as {role}"] = found
    assert len(seen) > 10
    return faults
