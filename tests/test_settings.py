"""The settings: hard by default, refusing with help, and never open in production."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client
from django.urls import reverse

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "p7Lw2vXr9TqZ4mKc8NfY1sHb6JdG3aEu5RtWxVzQoPiUyMnBk0",
    "RECEIPT_KEY": "c4Rt8yQm1Zx6Vb3Nk7Js2Hd9Gf5Lw0Pa4Te8Uo1Ri6Ym3Xq7Bz",
    "ALLOWED_HOSTS": "portal.example.org",
    "SITE_ADDRESS": "https://portal.example.org",
    "EMAIL_HOST": "mail.example.org",
    "BEHIND_TLS_PROXY": "1",
    "TRUSTED_PROXIES": "1",
}


def start(*arguments: str, without: tuple[str, ...] = (), **settings: str) -> Any:
    """Run manage.py as a production machine would; `settings` change or add to its environment."""
    inherited = {
        name: os.environ[name]
        for name in ("PATH", "DATABASE_URL", "REDIS_URL", "HOME")
        if name in os.environ
    }
    environment = {**inherited, **PRODUCTION, **settings}
    for name in without:
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def in_production(expression: str) -> Any:
    """What an expression is worth under the production settings."""
    code = f"import json; from django.conf import settings as s; print(json.dumps({expression}))"
    done = start("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_production_settings_pass_djangos_own_examination() -> None:
    done = start("check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr
    assert "System check identified no issues (0 silenced)." in done.stdout


@pytest.mark.parametrize(
    ("changes", "without", "words"),
    [
        ({"DEMO": "1"}, (), "DEMO=1 lets anybody sign in as anybody, so it needs DEBUG=1."),
        ({}, ("SECRET_KEY",), "Set SECRET_KEY. A long random text"),
        ({}, ("DATABASE_URL",), "Set DATABASE_URL. For example postgres://"),
        ({}, ("REDIS_URL",), "Set REDIS_URL. For example redis://"),
        ({}, ("RECEIPT_KEY",), "Set RECEIPT_KEY. A long random text that never changes"),
        ({}, ("ALLOWED_HOSTS",), "Set ALLOWED_HOSTS. The names people reach it by"),
        ({}, ("SITE_ADDRESS",), "Set SITE_ADDRESS. For example https://portal.example.org"),
        ({}, ("EMAIL_HOST",), "Set EMAIL_HOST. The server that letters leave by."),
    ],
    ids=["demo", "secret", "database", "redis", "receipts", "hosts", "address", "mail"],
)
def test_a_production_machine_set_up_wrongly_refuses_to_start_and_says_what_helps(
    changes: dict[str, str], without: tuple[str, ...], words: str
) -> None:
    done = start("check", without=without, **changes)

    assert done.returncode != 0
    assert words in done.stderr


def test_the_cookies_of_production_are_bound_to_the_host_and_to_https() -> None:
    names = ("SESSION", "CSRF", "LANGUAGE")
    parts = ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN", "PATH", "AGE")
    expression = f"[[getattr(s, f'{{n}}_COOKIE_{{p}}') for p in {parts!r}] for n in {names!r}]"

    assert in_production(expression) == [
        ["__Host-sid", True, True, "Lax", None, "/", 8 * 60 * 60],
        ["__Host-csrf", True, True, "Lax", None, "/", None],
        ["__Host-lang", True, True, "Lax", None, "/", None],
    ]


def test_production_is_https_only_and_links_are_too() -> None:
    assert in_production(
        "[s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.ACCOUNT_DEFAULT_HTTP_PROTOCOL,"
        " s.USE_X_FORWARDED_HOST, s.DEMONSTRATION, s.DEBUG, s.ALLAUTH_TRUSTED_PROXY_COUNT]"
    ) == [True, 63_072_000, "https", False, False, False, 1]


@pytest.mark.parametrize("pool", ["0", "1"])
def test_a_connection_that_postgres_dropped_is_noticed_before_a_page_needs_it(pool: str) -> None:
    code = (
        "from django.conf import settings as s; print(s.DATABASES['default']['CONN_HEALTH_CHECKS'])"
    )
    done = start("shell", "--no-imports", "-c", code, DB_POOL=pool)

    assert done.stdout == "True\n", done.stderr


def test_sessions_live_in_postgres_and_are_short() -> None:
    assert in_production(
        "[s.SESSION_ENGINE, s.SESSION_COOKIE_AGE, s.SESSION_EXPIRE_AT_BROWSER_CLOSE,"
        " s.PASSWORD_RESET_TIMEOUT, s.EMAIL_TIMEOUT, s.MESSAGE_STORAGE]"
    ) == [
        "django.contrib.sessions.backends.db",
        8 * 60 * 60,
        True,
        60 * 60,
        10,
        "django.contrib.messages.storage.session.SessionStorage",
    ]


def test_every_answer_in_production_asks_for_https_for_two_years() -> None:
    code = (
        "from django.test import Client\n"
        "c = Client()\n"
        "for path, secure in (('/healthz/', True), ('/healthz/', False), ('/contact/', False)):\n"
        "    r = c.get(path, secure=secure, headers={'host': 'portal.example.org'})\n"
        "    print(r.status_code, r.headers['Strict-Transport-Security'], r.get('Location'))\n"
    )
    done = start("shell", "--no-imports", "-c", code)

    hsts = "max-age=63072000; includeSubDomains; preload"
    assert done.stdout.splitlines() == [
        f"200 {hsts} None",
        f"200 {hsts} None",
        f"301 {hsts} https://portal.example.org/contact/",
    ], done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ],
)
def test_postgres_gives_up_in_time(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone() == (value,)


def test_the_limits_on_what_is_sent_are_tight(settings: Any) -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS == 300
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES == 5


def test_passwords_are_hashed_by_argon2() -> None:
    assert get_hasher().algorithm == "argon2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "name"),
    [("get", "home:try_it_as"), ("post", "home:try_it_as"), ("get", "home:mailbox")],
)
def test_outside_the_demonstration_nobody_can_try_to_be_anybody(
    client: Client, settings: Any, method: str, name: str
) -> None:
    settings.DEMONSTRATION = False

    answer = getattr(client, method)(reverse(name), {"email": "administrator@example.org"})

    assert answer.status_code == 404
