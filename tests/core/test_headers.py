"""Every answer carries the same hard headers, errors included, and no input is answered by a 500."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls_that_fail")]

HARD_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FORM = "application/x-www-form-urlencoded"
BIG = "a" * (1024 * 1024 + 100)


@pytest.fixture
def visitor() -> Client:
    """A browser that shows error pages, as people see them, and whose posts are checked."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.fixture
def typist() -> Client:
    """The same without the check that a post comes from our own page."""
    return Client(raise_request_exception=False)


def directives(response: HttpResponse) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


KINDS: list[tuple[str, int, str, dict[str, Any]]] = [
    ("get", 200, "/healthz/", {}),
    ("get", 200, "/accounts/login/", {}),
    ("get", 302, "/waiting/", {}),
    ("get", 302, "/admin/", {}),
    ("get", 301, "/healthz", {}),
    ("get", 200, "/test/calendar.ics", {}),
    ("get", 200, "/test/stream/", {}),
    ("get", 400, "/test/refused/", {}),
    ("get", 400, "/healthz/?name=%00", {}),
    ("get", 400, "/accounts/login/", {"headers": {"Host": "evil.example"}}),
    ("get", 403, "/test/forbidden/", {}),
    ("post", 403, "/accounts/login/", {"data": {"login": "a@example.org"}}),
    ("get", 404, "/no-such-page/", {}),
    ("post", 405, "/test/only-read/", {}),
    ("post", 413, "/test/echo/", {"data": f"a={BIG}", "content_type": FORM}),
    ("post", 415, "/test/echo/", {"data": "a=1", "content_type": f"{FORM}; charset=utf-16"}),
    ("get", 429, "/test/busy/", {}),
    ("get", 500, "/test/breaks/", {}),
    ("get", 503, "/test/database-away/", {}),
    ("get", 200, "/static/images/favicon.svg", {}),
    ("get", 404, "/static/no-such-file.css", {}),
]


@pytest.mark.parametrize("debug", [False, True])
def test_the_forms_of_a_page_that_does_not_exist_work(settings: Any, debug: bool) -> None:
    settings.DEBUG = debug

    policy = directives(Client().get("/events/no-such-event/"))

    assert policy["form-action"] == ["'self'"]
    assert policy["script-src"][0] == "'self'"
    assert len(policy["script-src"]) == 2  # and the nonce of this page


@pytest.mark.parametrize(("method", "status", "path", "how"), KINDS)
def test_every_kind_of_answer_carries_the_hard_headers(
    method: str, status: int, path: str, how: dict[str, Any]
) -> None:
    checked = path == "/accounts/login/"
    browser = Client(raise_request_exception=False, enforce_csrf_checks=checked)

    response = getattr(browser, method)(path, **how)
    response.close()

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HARD_HEADERS} == HARD_HEADERS
    assert "camera=()" in response.headers["Permissions-Policy"]
    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/test/refused/", 400, "We could not read that"),
        ("/test/forbidden/", 403, "You cannot do this"),
        ("/no-such-page/", 404, "Page not found"),
        ("/test/busy/", 429, "Wait a few minutes"),
        ("/test/breaks/", 500, "something went wrong on our side"),
        ("/test/database-away/", 503, "We will be back soon"),
    ],
)
def test_an_error_page_wears_our_clothes(
    visitor: Client, path: str, status: int, words: str
) -> None:
    page = visitor.get(path)

    assert page.status_code == status
    assert words in page.content.decode()
    assert "/static/build/portal.css" in page.content.decode()


def test_the_address_of_a_button_wears_our_clothes_too() -> None:
    page = Client().post("/test/only-read/")

    assert page.status_code == 405
    assert page.headers["Allow"] == "GET, HEAD"
    assert "This page does not open by itself" in page.content.decode()
    assert "/static/build/portal.css" in page.content.decode()


def test_a_page_lets_run_only_the_scripts_that_carry_its_own_nonce(visitor: Client) -> None:
    first, second = (visitor.get("/accounts/login/") for _visit in range(2))

    scripts = [directives(page)["script-src"] for page in (first, second)]
    nonces = [next(part for part in script if part.startswith("'nonce-")) for script in scripts]
    assert nonces[0] != nonces[1]
    assert [set(script) - {nonce} for script, nonce in zip(scripts, nonces, strict=True)] == [
        {"'self'"},
        {"'self'"},
    ]
    assert f'nonce="{nonces[0][7:-1]}"' in first.content.decode()
    assert directives(first)["style-src"] == ["'self'"]
    assert directives(first)["form-action"] == ["'self'"]


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "bogus", "UTF-32", "latin-1"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_a_hostile_charset_is_refused_in_words(visitor: Client, charset: str, kind: str) -> None:
    visitor.get("/accounts/login/")  # The CSRF cookie is what opens the hole in stock Django.

    page = visitor.generic("POST", "/accounts/login/", b"a=1", f"{kind}; charset={charset}")

    assert page.status_code == 415
    assert "in a form that we cannot read" in page.content.decode()


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf_8_is_read_however_it_is_spelled(typist: Client, charset: str) -> None:
    page = typist.post("/test/echo/", data=b"a=1", content_type=f"{FORM}; charset={charset}")

    assert (page.status_code, page.content) == (200, b"1")


@pytest.mark.parametrize(
    ("method", "path", "how"),
    [
        ("get", "/pledges/a%00b/", {}),
        ("get", "/pledges/?status=%00", {}),
        ("get", "/accounts/login/?next=%2F%00", {}),
        ("post", "/accounts/login/", {"data": {"login": "a\x00b@example.org"}}),
        ("post", "/accounts/signup/", {"data": {"name\x00": "x"}}),
        ("post", "/test/echo/", {"data": {"raw": "a\x00b"}}),
        ("post", "/language/", {"data": {"language": "\x00", "next": "/\x00"}}),
    ],
)
def test_a_nul_is_a_bad_request_and_never_a_failure(
    typist: Client, method: str, path: str, how: dict[str, Any]
) -> None:
    assert getattr(typist, method)(path, **how).status_code == 400


def test_a_nul_in_a_cookie_is_a_bad_request(typist: Client, settings: Any) -> None:
    # Quoted cookies may carry octal escapes, so this reaches the session table undecoded.
    typist.cookies.load(f'{settings.SESSION_COOKIE_NAME}="abcdefghij\\000"')

    assert typist.get("/accounts/login/").status_code == 400


def test_too_many_fields_are_a_bad_request(typist: Client) -> None:
    page = typist.post("/test/echo/", data={f"field{number}": "1" for number in range(301)})

    assert page.status_code == 400
    assert typist.post("/test/echo/", data={f"f{n}": "1" for n in range(300)}).content == b"300"


def test_too_much_text_is_refused_in_words(typist: Client) -> None:
    page = typist.post("/test/echo/", data={"a": BIG})

    assert page.status_code == 413
    assert "That is too big" in page.content.decode()


@pytest.mark.parametrize(
    ("method", "status", "path", "how"),
    [
        ("get", 400, "/pledges/?" + "a=1&" * 301, {}),
        ("get", 400, "/test/refused/", {}),
        ("post", 400, "/test/echo/", {"data": {f"field{number}": "1" for number in range(301)}}),
        ("post", 400, "/test/echo/", {"data": {"raw": "a\x00b"}}),
        ("post", 413, "/test/echo/", {"data": {"a": BIG}}),
    ],
)
def test_the_demonstration_refuses_on_our_own_page_too(
    typist: Client, settings: Any, method: str, status: int, path: str, how: dict[str, Any]
) -> None:
    settings.DEBUG = True

    page = getattr(typist, method)(path, **how)

    assert page.status_code == status
    assert settings.SERVICE_NAME in page.content.decode()
    assert "Traceback" not in page.content.decode()


def test_busy_and_away_say_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/test/busy/").headers["Retry-After"] == "300"
    assert visitor.get("/test/database-away/").headers["Retry-After"] == "10"


def test_pages_of_a_signed_in_person_are_kept_nowhere(client: Client) -> None:
    assert client.get("/healthz/").headers["Cache-Control"] == "no-cache, private"

    client.force_login(UserFactory())

    assert client.get(reverse("account_logout")).headers["Cache-Control"] == "no-store"
    assert client.get("/test/calendar.ics").headers["Cache-Control"] == "no-store"
    assert client.get("/no-such-page/").headers["Cache-Control"] == "no-store"


def test_signing_out_clears_what_the_browser_kept(client: Client) -> None:
    client.force_login(UserFactory())
    asked = client.get(reverse("account_logout"))

    left = client.post(reverse("account_logout"))

    assert "Clear-Site-Data" not in asked.headers
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_the_database_is_not_asked_for_an_error_page_when_it_is_away(
    visitor: Client, django_assert_num_queries: Any, settings: Any
) -> None:
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    with django_assert_num_queries(1):  # the session, asked before the view; nothing after it
        assert visitor.get("/test/database-away/").status_code == 503
