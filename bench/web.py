"""Somebody's browser, as far as a measurement needs one: cookies and forms."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE = 120


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    page: str
    took: float
    place: str = ""
    """Where a browser is sent next."""


class Browser:
    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        self.host = urlsplit(address).netloc
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = perf_counter()
        with closing(http.client.HTTPConnection(self.host, timeout=PATIENCE)) as wire:
            wire.request(method, path, body, headers)
            answer = wire.getresponse()
            page = answer.read().decode()
        took = perf_counter() - began
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, page, took, answer.headers.get("Location", ""))


class _Blanks(HTMLParser):
    """The blanks of the form that is posted, as the page fills them in."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._is_posted = False
        self._choosing = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name, kind = given.get("name") or "", given.get("type") or "text"
        if tag == "form":
            self._is_posted = (given.get("method") or "").lower() == "post"
        elif tag == "option" and self._choosing:
            value = given.get("value") or ""
            if "selected" in given:
                self.values[self._choosing] = value
            self.values.setdefault(self._choosing, value)
        if not name or not self._is_posted:
            return
        if tag == "select":
            self._choosing = name
        elif tag == "textarea":
            self.values[name] = ""
        elif tag == "input" and kind == "radio":
            if "checked" in given or name not in self.values:
                self.values[name] = given.get("value") or ""
        elif tag == "input" and (kind != "checkbox" or "checked" in given):
            self.values[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._choosing = ""


LAST_FORM = re.compile(r"<main.*</main>", re.DOTALL)


def blanks(page: str) -> dict[str, str]:
    """What the form in the middle of a page would send if somebody pressed its button at once."""
    found = _Blanks()
    middle = LAST_FORM.search(page)
    found.feed(middle[0] if middle else page)
    return found.values


def side_by_side(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Do all of these at once, each in a thread of its own."""
    with ThreadPoolExecutor(len(deeds)) as people:
        return [one.result() for one in [people.submit(deed) for deed in deeds]]
