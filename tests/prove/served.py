"""A real server process beside the test, and clients that press the same button at once."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Event
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import connection

from accounts.models import User
from tests.sessions import session_of

ROOT = Path(__file__).parent.parent.parent
STARTS_WITHIN = 60


class Server:
    """The portal on the test's own database: two processes of many threads, always on one port."""

    def __init__(self, application: str):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.application = application

    def start(self) -> None:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(
            path=f"/{connection.settings_dict['NAME']}"
        )
        environment = os.environ | {
            "DATABASE_URL": database.geturl(),
            "SECRET_KEY": settings.SECRET_KEY,
            "DEBUG": "1",
            "DEMO": "0",
            "HTTPS": "0",
            "MOST_UNDECIDED_REQUESTS": "1000",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "12"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning", self.application]
        # Every 409 is a warning in the log, and a drill has thousands.
        quiet = subprocess.DEVNULL
        # A session of its own, so that a kill takes the processes that answer as well.
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=quiet, start_new_session=True
        )
        _wait_for(self.port, self.process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def kill(self) -> None:
        """All of it at once and without a word, as when the power fails."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(application: str) -> Iterator[Server]:
    """A server that may be killed and started again meanwhile."""
    server = Server(application)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def gunicorn(application: str) -> Iterator[int]:
    """A server, known by its port."""
    with served(application) as server:
        yield server.port


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    pause = Event()
    for _try in range(STARTS_WITHIN * 10):
        assert server.poll() is None, "The server ended by itself."
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=STARTS_WITHIN)
        try:
            wire.request("GET", "/healthz/")
            if wire.getresponse().read() == b"ok":
                return
        except OSError:
            pause.wait(0.1)
        finally:
            wire.close()
    raise AssertionError("The server did not answer.")


@dataclass(frozen=True)
class Answer:
    """What a client was told."""

    status: int
    place: str
    page: str


class Client:
    """Somebody's browser, as far as a form needs one: cookies and the token of the page."""

    def __init__(self, port: int, person: User):
        self.port = port
        self.cookies = {settings.SESSION_COOKIE_NAME: session_of(person)}
        self.token = ""

    def open(self, address: str) -> Answer:
        answer = self._send("GET", address)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.page)
        if found:
            self.token = found[1]
        return answer

    def post(self, address: str, form: dict[str, str]) -> Answer:
        return self._send(
            "POST", address, urlencode(form | {"csrfmiddlewaretoken": self.token}).encode()
        )

    def _send(self, method: str, address: str, body: bytes | None = None) -> Answer:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        }
        wire.request(method, address, body, headers)
        answer = wire.getresponse()
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        page = answer.read().decode()
        wire.close()
        return Answer(answer.status, answer.headers.get("Location", ""), page)


def all_at_once(
    presses: list[tuple[Client, str, dict[str, str]]], *, last_waits: float = 0
) -> list[Answer]:
    """Every client sends its form when all of them are ready, not before.

    The last waits so many seconds more: for one whose request is quicker where the two meet.
    """
    ready = Barrier(len(presses))
    *others, last = presses

    def press(client: Client, address: str, form: dict[str, str], seconds: float) -> Answer:
        ready.wait(30)
        Event().wait(seconds)
        return client.post(address, form)

    everybody = [*((*each, 0.0) for each in others), (*last, last_waits)]
    with ThreadPoolExecutor(len(presses)) as people:
        return [one.result() for one in [people.submit(press, *each) for each in everybody]]
