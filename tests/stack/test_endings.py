"""However `make run` ends, nothing stays behind: the heavier half, with real `make`."""

import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack.conftest import ENDS_WITHIN, ROOT, Started, free_port, processes_of, surroundings

pytestmark = pytest.mark.prove

WAIT_FOR_LOCK = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX)"


def wait_until_let_go(state: Path) -> None:
    """Return when no run holds this folder any more."""
    command = [sys.executable, "-c", WAIT_FOR_LOCK, str(state / "lock")]
    subprocess.run(command, check=True, timeout=ENDS_WITHIN)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Start `make WORD` in its own folder, or in the one given, and wait until it is ready."""
    made: list[Started] = []

    def begin(word: str = "run", state: Path | None = None, port: int | None = None) -> Started:
        state = state or tmp_path / "state"
        env = surroundings(STATE=str(state), PORT=str(port or free_port()))
        made.append(Started(["make", word], env))
        return made[-1]

    yield begin
    for each in made:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(each.process.pid, signal.SIGTERM)
        each.ends()
        wait_until_let_go(each.state)


@pytest.fixture
def made(make: Callable[..., Started]) -> Started:
    """A portal that `make run` has started."""
    started = make()
    started.is_ready()
    return started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_terminals_group_leaves_nothing(
    made: Started, number: signal.Signals
) -> None:
    os.killpg(made.process.pid, number)

    made.ends()
    wait_until_let_go(made.state)

    assert processes_of(made.state) == {}


def test_a_polite_kill_of_make_alone_leaves_nothing(made: Started) -> None:
    made.process.terminate()

    made.ends()
    wait_until_let_go(made.state)

    assert processes_of(made.state) == {}


def test_after_a_hard_kill_of_make_alone_the_next_run_starts(
    made: Started, make: Callable[..., Started]
) -> None:
    made.process.kill()

    again = make(state=made.state)
    address = again.is_ready()

    with urllib.request.urlopen(address) as page:
        assert page.status == 200
    os.killpg(again.process.pid, signal.SIGINT)
    again.ends()
    wait_until_let_go(again.state)
    assert processes_of(again.state) == {}


def test_a_hard_kill_of_everything_named_make_or_python_leaves_nothing_for_long(
    made: Started,
) -> None:
    os.killpg(made.process.pid, signal.SIGKILL)
    made.ends()

    stop = [sys.executable, "-m", "config.stack", "stop"]
    subprocess.run(stop, env=surroundings(STATE=str(made.state)), cwd=ROOT, check=True)

    assert processes_of(made.state) == {}


def test_a_closed_terminal_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ours, theirs = pty.openpty()
    make = subprocess.Popen(
        ["make", "run"],
        env=surroundings(STATE=str(state), PORT=str(free_port())),
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    said = b""
    while b"Portal ready" not in said:
        said += os.read(ours, 4096)

    os.close(ours)

    make.wait(ENDS_WITHIN)
    wait_until_let_go(state)
    assert processes_of(state) == {}


def test_serve_answers_as_in_production_and_has_no_demonstration(
    make: Callable[..., Started],
) -> None:
    served = make("serve")
    address = served.is_ready()

    with urllib.request.urlopen(address) as page:
        assert page.status == 200
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{address}try-it-as/")
    with missing.value as page_not_found:
        assert page_not_found.code == 404
    assert "demonstration" not in "\n".join(served.lines)


def test_two_folders_started_at_once_with_one_port_both_answer(
    make: Callable[..., Started], tmp_path: Path
) -> None:
    port = free_port()
    both = [make(state=tmp_path / name, port=port) for name in ("one", "two")]

    addresses = {started.is_ready() for started in both}

    assert len(addresses) == 2
    for address in addresses:
        with urllib.request.urlopen(address) as page:
            assert page.status == 200


def test_a_reset_takes_away_what_was_written_and_loads_the_demonstration(tmp_path: Path) -> None:
    def python(code: str) -> str:
        words = ["manage", "shell", "-v", "0", "--no-imports", "-c"]
        return subprocess.run(
            [sys.executable, "-m", "config.stack", *words, code],
            env=surroundings(STATE=str(tmp_path)),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()[-1]

    people = "from accounts.models import User;"
    count = f"{people} print(User.objects.count())"
    reset = ["make", "demo-reset"]
    subprocess.run(reset, env=surroundings(STATE=str(tmp_path)), cwd=ROOT, check=True)
    fresh = int(python(count))
    python(f"{people} User.objects.create(email='somebody@example.org'); print(1)")

    subprocess.run(reset, env=surroundings(STATE=str(tmp_path)), cwd=ROOT, check=True)

    assert fresh > 0
    assert int(python(count)) == fresh
