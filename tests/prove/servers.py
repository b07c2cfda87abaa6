"""A Redis, a worker and a timetable of the test's own, to be stopped and killed at will."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.db import connection
from redis import Redis
from redis.exceptions import ConnectionError

from config.stack.embedded import redis_program
from tests.notifications.sink import free_port

ROOT = Path(__file__).parent.parent.parent


def until(true: Callable[[], bool], *, seconds: float) -> bool:
    """Ask again and again; False when it did not become true in time."""
    for _try in range(int(seconds * 10)):
        if true():
            return True
        Event().wait(0.1)
    return true()


@dataclass
class OwnRedis:
    """A Redis that forgets everything when it stops, as the worst one would."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        listening = ["--port", str(self.port), "--bind", "127.0.0.1"]
        forgetting = ["--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [str(redis_program()), *listening, *forgetting],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert until(self.answers, seconds=10)

    def answers(self) -> bool:
        with Redis(port=self.port, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except ConnectionError:
                return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)


@dataclass
class Worker:
    """A real `celery worker` with one process, and a real `celery beat`."""

    folder: Path
    environment: dict[str, str]
    app: str = "config"
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        quietly = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        self._start("worker", ["-c", "1", *quietly])

    def start_timetable(self) -> None:
        self._start("beat", ["-s", str(self.folder / "beat-schedule")])

    def _start(self, part: str, words: list[str]) -> None:
        command = [sys.executable, "-m", "celery", "--quiet", "-A", self.app, part, "-l", "info"]
        with open(self.log(part), "ab") as log:
            # A session of its own, so that a kill takes the whole worker, its child included.
            self.running[part] = subprocess.Popen(
                [*command, *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, part: str) -> Path:
        return self.folder / f"{part}.log"

    def kill(self, part: str = "worker") -> None:
        process = self.running.pop(part)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        for part in list(self.running):
            self.kill(part)


@contextlib.contextmanager
def worker_of(
    folder: Path, *, redis: OwnRedis, smtp_port: int, app: str = "config"
) -> Iterator[Worker]:
    """A worker on the test's database, not yet started; whatever runs at the end is killed."""
    environment = {
        **os.environ,
        "DATABASE_URL": _test_database_url(),
        "REDIS_URL": redis.url,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_port),
        "TEST_DB": "",
    }
    worker = Worker(folder, environment, app)
    try:
        yield worker
    finally:
        worker.kill_all()


def _test_database_url() -> str:
    given: dict[str, Any] = connection.settings_dict
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path="/" + quote(given["NAME"])))
