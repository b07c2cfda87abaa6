"""Serve the whole portal: its servers, web, worker and timetable, until somebody stops it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from config.stack.processes import ROOT, Child, Refusal, Run
from core.logs import without_secrets

PORT = 8000
PORTS_TO_TRY = 100
STILL_WAITING = 20.0
LOOK_EVERY = 0.2
READINESS = "readyz/"
PARENT = os.getppid()
HAD_TERMINAL = os.isatty(1)
WEB_SERVER = [
    "--worker-class", "gthread", "--threads", "4", "--log-level", "warning", "--no-control-socket",
]  # fmt: skip
TWO_PROCESSES = ["--workers", "2", "--keep-alive", "0", "--worker-connections", "6"]
"""Each takes no more than its threads soon answer, and a connection ends with its answer. Otherwise
whichever wakes first takes what comes and keeps it, and people wait for it while the other has nothing
to do. For a server behind a proxy, which is quick to take an answer: the process waits until it has.
The image has the same (Dockerfile)."""


def say(text: str) -> None:
    print(f" stack | {text}", flush=True)


# --- What the portal is told ---------------------------------------------------------------------


def surroundings(state: Path, *, production: bool) -> dict[str, str]:
    """The environment of every process of the portal; what is set already is kept."""
    unless_set = {"DEMO": "1"}
    if production:
        unless_set = {
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1 localhost",
            "DB_POOL": "1",
            "MAIL_FOLDER": str(state / "mail"),
        }
    always = {
        "DEBUG": "0" if production else "1",
        "STATE": str(state),
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }
    given = {name: value for name, value in os.environ.items() if value}
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    chosen = {**unless_set, **given, **always}
    for name in ["SECRET_KEY", "RECEIPT_KEY"] if production else ["SECRET_KEY"]:
        if name not in chosen:
            chosen[name] = kept_secret(state / name.lower())
    return chosen


def kept_secret(path: Path) -> str:
    """A secret of this folder's own, so that sign-ins and receipt codes outlast a restart."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text()
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(secret)
    return secret


@contextlib.contextmanager
def servers(
    run: Run, chosen: dict[str, str], *, settings: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Have DATABASE_URL and REDIS_URL in `chosen`, each naming a server of ours if missing.

    `settings` are of our own Postgres, beside the usual ones.
    """
    with contextlib.ExitStack() as stack:
        # Redis first: where none can be had, we say so before anything slow.
        if "REDIS_URL" not in chosen:
            from config.stack import embedded

            chosen["REDIS_URL"] = stack.enter_context(embedded.redis(run))
        if "DATABASE_URL" not in chosen:
            from config.stack import embedded

            database = embedded.postgres(run, settings=settings or {})
            chosen["DATABASE_URL"] = stack.enter_context(database)
        run.tell(servers={name: chosen[name] for name in ("DATABASE_URL", "REDIS_URL")})
        try:
            yield
        finally:
            run.tell(ending=True)


def manage(chosen: dict[str, str], *words: str) -> None:
    ended = subprocess.run([sys.executable, "manage.py", *words], env=chosen, cwd=ROOT).returncode
    if ended:
        raise Refusal(f"`manage.py {' '.join(words)}` failed. Its words are above.")


# --- The portal ----------------------------------------------------------------------------------


def portal(run: Run, *, production: bool) -> int:
    chosen = surroundings(run.state, production=production)
    with servers(run, chosen), listening_socket(chosen_port(chosen)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        chosen.setdefault("SITE_ADDRESS", address.rstrip("/"))
        say("Preparing the database")
        manage(chosen, "migrate", "--verbosity=0")
        if production:
            manage(chosen, "collectstatic", "--noinput", "--verbosity=0")
        elif chosen["DEMO"] == "1":
            manage(chosen, "load_demo", "--quiet")
        children = start_portal(run, chosen, listener.fileno(), production=production)
        # From here on the port is the web server's alone: it is free again as soon as that ends.
        listener.close()
        try:
            return watch(run, address, chosen)
        finally:
            run.tell(ending=True)
            run.stop(*children)


def chosen_port(chosen: dict[str, str]) -> int:
    try:
        return int(chosen.get("PORT", PORT))
    except ValueError:
        raise Refusal(f"PORT is a number, not {chosen['PORT']!r}.") from None


def listening_socket(wanted: int) -> socket.socket:
    """Listen on the port asked for or, where it is taken, on the next free one.

    The web server inherits this socket, so nobody takes the port between choice and start.
    """
    for port in range(wanted, wanted + PORTS_TO_TRY):
        try:
            listener = socket.create_server(("127.0.0.1", port), backlog=512)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Refusal(f"Port {port} cannot be used: {error.strerror}") from None
        else:
            if port != wanted:
                say(f"Port {wanted} is taken, so this is port {port}")
            return listener
    raise Refusal(f"No free port from {wanted} to {wanted + PORTS_TO_TRY - 1}. Choose with PORT=")


def start_portal(
    run: Run,
    chosen: dict[str, str],
    listener: int,
    *,
    production: bool,
    says: Callable[[str, subprocess.Popen[str]], None] | None = None,
) -> list[Child]:
    """Start web, worker and timetable; `says` reads what each prints, and passes it on if left out."""
    python = sys.executable
    web = [
        "gunicorn", "config.wsgi", "--bind", f"fd://{listener}", "--graceful-timeout", "5",
        *WEB_SERVER, *(TWO_PROCESSES if production else ["--workers", "1"]),
    ]  # fmt: skip
    if not production:
        # Neither query strings nor addresses of people.
        web += ["--access-logfile", "-", "--access-logformat", "%(m)s %(U)s %(s)s %(M)sms"]
        # Celery says at length that root is dangerous. For a demonstration it is only noise.
        chosen = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser", **chosen}
    if chosen.get("RELOAD"):
        web += ["--reload"]
        for template in (ROOT / "templates").rglob("*.html"):
            web += ["--reload-extra-file", str(template)]
    celery = ["celery", "--quiet", "-A", "config"]
    worker = [*celery, "worker", "-c", "1", "-l", "warning", "--without-mingle", "--without-gossip"]
    beat = [*celery, "beat", "-l", "warning", "-s", str(run.state / "beat-schedule")]
    started = []
    for name, command in {"web": web, "worker": worker, "beat": beat}.items():
        process = run.start(
            name,
            [python, "-m", *command],
            env=chosen,
            output=subprocess.PIPE,
            pass_fds=[listener] if name == "web" else [],
        )
        threading.Thread(target=says or pass_on, args=(name, process), daemon=True).start()
        started.append(run.children[-1])
    return started


def pass_on(name: str, process: subprocess.Popen[str]) -> None:
    """Print what a process says, each line under its name."""
    assert process.stdout
    for line in process.stdout:
        if READINESS in line:
            continue  # Only we ask for it, several times a second.
        line = without_secrets(line)
        # When the terminal is gone we still read, or the process would stand still.
        with contextlib.suppress(OSError, ValueError):
            print(f"{name:>6} | {line.rstrip()}", flush=True)


def watch(run: Run, address: str, chosen: dict[str, str]) -> int:
    """Say when everything answers; return only when something ended that should not have."""
    ready, patience = False, time.monotonic() + STILL_WAITING
    while True:
        for child in run.children:
            ended = child.process.poll()
            if ended is not None:
                say(f"{child.name} ended with {ended}, so everything stops")
                return 1
        if deserted():
            return 1
        if not ready:
            answer = readiness(address)
            ready = answer == ""
            if ready:
                run.tell(address=address)
                welcome(address, chosen)
            elif time.monotonic() > patience:
                say(f"Still waiting for {address}{READINESS}: {answer}")
                patience = time.monotonic() + STILL_WAITING
        time.sleep(LOOK_EVERY)


def deserted() -> bool:
    """Say whether `make` was killed or the terminal closed, of which no signal need have told us."""
    make_is_gone = "MAKELEVEL" in os.environ and os.getppid() != PARENT
    return make_is_gone or (HAD_TERMINAL and not os.isatty(1))


def readiness(address: str) -> str:
    """Empty when web, database, Redis, worker and timetable all answer; else what is missing."""
    try:
        with urllib.request.urlopen(f"{address}{READINESS}", timeout=5):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(300).decode(errors='replace').strip()}"
    except OSError as error:
        return str(error)


def welcome(address: str, chosen: dict[str, str]) -> None:
    print(f"Portal ready: {address}", flush=True)
    if chosen.get("DEMO") == "1":
        say("Everybody in this demonstration is made up. To see the portal as one of them, choose")
        say(f"a role (hirer, site manager, programme staff and more): {address}try-it-as/")
        say(f"The letters it sends arrive here: {address}mailbox/")
    say("Ctrl-C stops everything.")
