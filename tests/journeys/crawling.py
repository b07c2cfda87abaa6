"""Looking at every page, as every role, in a real browser.

The list comes from the URL map. Roles often see the very same page, so pages are told apart by
their shape (tags and classes, repeats folded), and each shape is opened once in the browser: axe
with the rules of WCAG 2.2 AA, nothing wider than 320 px, no complaint on the console, nothing asked of
another host. What every answer must carry is asked of all of them.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.test import Client

from tests.browsers import NARROW, WIDE, axe_faults, sideways_scroll, sign_in, watched_page
from tests.standing import ROLES, Demonstration


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
    if answer.streaming or "text/html" not in answer.headers.get("Content-Type", ""):
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
    page.set_viewport_size(NARROW)
    faults = [f"{sideways_scroll(page)} px too wide at 320 px"] if sideways_scroll(page) > 0 else []
    faults += [f"at 320 px {fault}" for fault in axe_faults(page)]
    page.set_viewport_size(WIDE)
    faults += [f"at 1280 px {fault}" for fault in axe_faults(page)]
    return faults + complaints


def look(chromium, server, person, address: str, *, spoil: int | None = None) -> list[str]:
    """Open an address as a person; with `spoil`, empty that form and send it first."""
    context = chromium.new_context(viewport=WIDE)
    try:
        if person:
            sign_in(context, person, server.url)
        page, complaints = watched_page(context, server.url)
        page.goto(server.url + address, wait_until="load")
        if spoil is not None:
            with page.expect_navigation(wait_until="load"):
                page.evaluate(
                    """place => {
                        const form = document.querySelectorAll('main form[method=post]')[place];
                        for (const one of form.elements) {
                            if (one.type === 'radio' || one.type === 'checkbox') one.checked = false;
                            else if (one.type !== 'hidden' && one.tagName !== 'BUTTON') one.value = '';
                        }
                        form.submit();
                    }""",
                    spoil,
                )
        return faults_in_browser(page, complaints)
    finally:
        context.close()


def crawl(chromium, server, people: Demonstration, addresses: Iterator[tuple[str, str]]) -> dict:
    """Faults by address and role; each new shape of page is opened in the browser."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    faults: dict[str, list[str]] = {}
    for name, address in addresses:
        for role in ROLES:
            person = people.person(role)
            client = Client()
            if person:
                client.force_login(person)
            answer = client.get(address)
            html = html_of(answer)
            if html is None:
                continue
            found = faults_of_answer(answer, html)
            shape = (name, Shape(html).folded)
            if shape not in seen:
                seen.add(shape)
                found += look(chromium, server, person, address)
            if found:
                faults[f"{name} as {role}"] = found
    assert len(seen) > 10
    return faults
