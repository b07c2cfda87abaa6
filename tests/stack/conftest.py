"""Starting the real thing: every process of the portal, in a folder and on a port of its own."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS_WITHIN = 300
ENDS_WITHIN = 120
OURS = {
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DEMO", "HTTPS", "STATE", "PORT",
    "SITE_ADDRESS", "TEST_DB", "TEST_TEMPLATE", "MAIL_FOLDER", "RELOAD", "MAKELEVEL", "MAKEFLAGS",
    "MFLAGS",
}  # fmt: skip


def surroundings(**chosen: str) -> dict[str, str]:
    """The environment of a newcomer's terminal, with what the test chooses."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | chosen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Started:
    """A command that runs beside the test, and the lines it says."""

    def __init__(self, command: list[str], env: Mapping[str, str]):
        self.state = Path(env["STATE"])
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self._said.put(line.rstrip("\n"))
        self._said.put(None)

    def says(self, beginning: str) -> str:
        """Wait until a line begins so, and give that line."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while True:
            try:
                line = self._said.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError("\n".join([f"It never said {beginning!r}:", *self.lines]))
            self.lines.append(line)
            if line.startswith(beginning):
                return line

    def is_ready(self) -> str:
        """Wait until the portal answers, and give its address."""
        return self.says("Portal ready: ").removeprefix("Portal ready: ")

    def ends(self) -> int:
        code = self.process.wait(ENDS_WITHIN)
        self._listener.join(ENDS_WITHIN)
        return code

    def interrupted(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.ends()

    def servers(self) -> dict[str, str]:
        servers: dict[str, str] = json.loads((self.state / "run.json").read_text())["servers"]
        return servers


def processes_of(state: Path) -> dict[int, str]:
    """Every process of this machine that was started for, works in, or names this folder."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = (process / "environ").read_bytes().split(b"\0")
            works_in = (process / "cwd").readlink()
        except OSError:
            continue  # It has just ended.
        if str(state) in words or f"STATE={state}".encode() in place or works_in == state:
            found[int(process.name)] = words.strip()
    return found


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Started]]:
    """Start `python -m config.stack WORDS` in a new folder, or in the one given."""
    started: list[Started] = []

    def begin(*words: str, state: Path | None = None, **chosen: str) -> Started:
        state = state or tmp_path_factory.mktemp("state")
        command = [sys.executable, "-m", "config.stack", *words]
        started.append(Started(command, surroundings(STATE=str(state), **chosen)))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.terminate()
            each.ends()
