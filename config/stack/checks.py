"""What `make lint`, `make test` and `make prove` do."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from config.stack.embedded import DATABASE, FAST_AND_FORGETFUL, empty_database
from config.stack.portal import manage, servers, surroundings
from config.stack.processes import ROOT, Run, in_front

TOOLS = Path(sys.executable).parent
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
"""The first has no windows, and does the same in less time."""
NO_BROWSER = (
    "No Chromium found, so the browser tests will fail. On Debian: sudo apt-get install chromium. "
    "Elsewhere: .venv/bin/playwright install --with-deps chromium"
)


SLOW = "mypy"


def lint(*, but: str = "") -> int:
    """Run the linters, in order, up to the first that objects."""
    for name, command in linters().items():
        if name == but:
            continue
        ended = started(name, command).wait()
        if ended:
            return ended
    return 0


def linters() -> dict[str, list[str]]:
    """The commands by their names."""
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "djade": ["djade", "--check", "--target-version", "5.2", *templates],
        SLOW: ["mypy"],
    }


def started(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    # mypy's Django plugin reads the settings, which insist on servers without calling them.
    nowhere = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9",
    }
    alone = "make lint" if name == "djade" else f".venv/bin/{shlex.join(command)}"
    print(f" check | {name:<12} (alone: {alone})", flush=True)
    return subprocess.Popen(
        [str(TOOLS / command[0]), *command[1:]],
        env={**nowhere, **os.environ, "DEBUG": "1"},
        cwd=ROOT,
    )


def test(state: Path, words: list[str]) -> int:
    """The linters, then everything pytest has but the drills; the last line is pytest's."""
    failed = lint(but=SLOW)
    if failed:
        return failed
    # Three at a time on two cores: while one waits for a browser or for Postgres, the others go on.
    # A file stays with one worker, so that what a module sets up is set up once. Files go in the
    # order of tests/conftest.py: by themselves those with few tests would go last, and these are
    # the long walks in the browser.
    side_by_side = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    return pytest(state, [*side_by_side, "-m", "not prove", *words], is_checked=True)


def prove(state: Path, words: list[str]) -> int:
    return pytest(state, ["-m", "prove", *words], is_checked=False)


def pytest(state: Path, words: list[str], *, is_checked: bool) -> int:
    """Run pytest; where it `is_checked`, types and migrations are looked at first, the types while the
    database is made ready.
    """
    browser = find_browser()
    with Run(state) as run:
        chosen = {**surroundings(state, production=False), "CHROMIUM": browser, "DEMO": "0"}
        chosen = {name: value for name, value in chosen.items() if name != "PORT"}
        types = started(SLOW, linters()[SLOW]) if is_checked else None
        with servers(run, chosen, settings=FAST_AND_FORGETFUL):
            if is_checked:
                check = ["makemigrations", "--check", "--dry-run"]
                print(" check | migrations   (alone: manage.py makemigrations --check)", flush=True)
                manage(chosen, *check)
            if not os.environ.get("DATABASE_URL"):
                # Every worker begins with a copy of our own database: all tables, made once, and no rows.
                empty_database(chosen["DATABASE_URL"])
                manage(chosen, "migrate", "--verbosity=0")
                chosen["TEST_TEMPLATE"] = DATABASE
            if types and types.wait():
                return types.returncode
            print(" check | pytest       (some: make test ARGS='tests/core -x')", flush=True)
            return in_front([sys.executable, "-m", "pytest", *words], chosen)


# --- A browser -----------------------------------------------------------------------------------


def find_browser() -> str:
    """A Chromium that runs: on PATH, or playwright's, or, where we may, the distribution's."""
    for candidate in candidates():
        if answers(candidate):
            return candidate
    if os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        print(" check | Installing Chromium from the distribution", flush=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        small, whole = [*install, BROWSERS[0]], [*install, BROWSERS[1]]
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (small, ["apt-get", "update", "-qq"], small, whole):
            ended = subprocess.run(command, env=env, capture_output=True)
            if command[1] == "install" and ended.returncode == 0:
                break
        for candidate in candidates():
            if answers(candidate):
                return candidate
    print(f" check | {NO_BROWSER}", flush=True)
    return ""


def candidates() -> Iterator[str]:
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        yield chosen
    yield from filter(None, map(shutil.which, BROWSERS))
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    yield from map(str, sorted(home.glob("chromium-*/chrome-linux*/chrome"), reverse=True))


def answers(browser: str) -> bool:
    """Some distributions have a `chromium` that only says where to get one."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        asked = subprocess.run([browser, "--version"], capture_output=True, timeout=30)
        return asked.returncode == 0
    return False
