"""`make bench`: have a database full of bookings, serve portal and floor on a copy of it, measure.

Runs before Django is set up, like the rest of config/stack. The loaded database is kept; each run
measures a fresh copy, so that nothing a drill writes stays.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from bench.measuring import timed
from bench.world import Sizes
from config.stack.portal import (
    READINESS,
    TWO_PROCESSES,
    WEB_SERVER,
    listening_socket,
    manage,
    readiness,
    servers,
    start_portal,
    surroundings,
)
from config.stack.processes import Refusal, Run, in_front
from core.logs import without_secrets

HERE = Path(__file__).parent
MEASURED = {
    # As the yardsticks were first measured. Nothing that Postgres promises is switched off.
    "shared_buffers": "1GB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
}
SETTINGS = {
    # The drills ask for more rooms than one group may wait for.
    "MOST_UNDECIDED_REQUESTS": "1000000",
}
WHOLE = Sizes()
LARGE = replace(WHOLE, spaces=5_000, bookings=5_360_000)
BEFORE, KEPT_FOR = timedelta(weeks=78), timedelta(weeks=20)
"""The first day is so long before the week of loading; what is older is loaded anew."""
READY_WITHIN = 120.0


def say(text: str) -> None:
    print(f" bench | {text}", flush=True)


def bench(run: Run, words: list[str]) -> int:
    asked = options(words)
    if os.environ.get("DATABASE_URL"):
        raise Refusal("DATABASE_URL is set. The bench fills and drops databases of its own alone.")
    sizes = sizes_asked_for()
    chosen = {**surroundings(run.state, production=True), **SETTINGS}
    with listening_socket(0) as portal, listening_socket(0) as floor:
        chosen["SITE_ADDRESS"] = address_of(portal)
        with servers(run, chosen, settings=MEASURED):
            manage(chosen, "collectstatic", "--noinput", "--verbosity=0")
            if asked.large:
                return grow(chosen, sizes)
            copied = copy(chosen, loaded(chosen, sizes))
            with serving(run, copied, portal.fileno(), floor.fileno()):
                given = {
                    "goals": asked.goals,
                    "sizes": asdict(sizes),
                    "is_whole": sizes == WHOLE and not asked.goals and asked.goals_times == 1,
                    "bench": {
                        "portal": address_of(portal),
                        "floor": address_of(floor),
                        "stricter": asked.goals_times,
                        **how_often(sizes),
                    },
                }
                return step(copied, "measure", given)


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("goals", nargs="*", help="such as G1 G5; all when none is named")
    parser.add_argument(
        "--large", action="store_true", help="G4, by hand: takes a quarter of an hour"
    )
    parser.add_argument(
        "--goals-times",
        type=float,
        default=1.0,
        metavar="X",
        help="multiply what is allowed, to see the bench say that a goal is not met",
    )
    asked = parser.parse_args(words)
    asked.goals = [name.upper() for name in asked.goals]
    return asked


def sizes_asked_for() -> Sizes:
    """The sizes of the goals, or the smaller ones that BENCH_SITES and the like ask for."""
    asked = {
        name: int(os.environ[f"BENCH_{name.upper()}"])
        for name in asdict(WHOLE)
        if os.environ.get(f"BENCH_{name.upper()}")
    }
    return replace(WHOLE, **asked)


def how_often(sizes: Sizes) -> dict[str, Any]:
    """How many rounds to measure, and the groups that the drills book for."""
    asked: dict[str, Any] = {
        name: int(os.environ[f"BENCH_{name.upper()}"])
        for name in ("rounds", "times", "races")
        if os.environ.get(f"BENCH_{name.upper()}")
    }
    first = sizes.hirers + 1
    return asked | {"drill_hirers": list(range(first, first + sizes.drill_groups))}


# --- Databases -------------------------------------------------------------------------------------


def loaded(chosen: dict[str, str], sizes: Sizes) -> str:
    """The name of a database with a world of these sizes in it, made if there is none yet.

    A comment on the database says what is in it, and is written last: half a world has none.
    """
    name = f"loaded_{sizes.bookings}_{sizes.spaces}_{sizes.sites}_{sizes.seed}"
    made_by = hashlib.sha256((HERE / "world.py").read_bytes()).hexdigest()[:12]
    today = datetime.now(UTC).date()  # noqa: TID251
    monday = today - timedelta(days=today.weekday())
    with administrator(chosen) as server:
        found = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        note: dict[str, Any] = json.loads(found[0]) if found and found[0] else {}
        fits = note.get("sizes") == asdict(sizes) and note.get("made_by") == made_by
        if fits and monday - date.fromisoformat(note["monday"]) <= KEPT_FOR:
            say(f"{sizes.bookings:,} bookings are loaded already")
        else:
            note = {}
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(name)))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            say(f"Loading {sizes.bookings:,} bookings (some minutes, once)")
        there = {**chosen, "DATABASE_URL": beside(chosen["DATABASE_URL"], name)}
        manage(there, "migrate", "--verbosity=0")
        given = {
            "fill": not note,
            "sizes": asdict(sizes),
            "monday": monday.isoformat(),
            "first_day": (monday - BEFORE).isoformat(),
        }
        took = timed(lambda: must(step(there, "load", given), "loading"))
        if not note:
            told = {"sizes": asdict(sizes), "made_by": made_by, "monday": monday.isoformat()}
            server.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(name), sql.Literal(json.dumps(told))
                )
            )
            say(f"Loaded in {took:.0f} seconds")
    return name


def copy(chosen: dict[str, str], name: str) -> dict[str, str]:
    """The surroundings of a fresh copy of a loaded database."""
    with administrator(chosen) as server:
        server.execute("DROP DATABASE IF EXISTS measured WITH (FORCE)")
        statement = sql.SQL("CREATE DATABASE measured TEMPLATE {} STRATEGY file_copy")
        server.execute(statement.format(sql.Identifier(name)))
    return {**chosen, "DATABASE_URL": beside(chosen["DATABASE_URL"], "measured")}


def administrator(chosen: dict[str, str]) -> psycopg.Connection[Any]:
    return psycopg.connect(beside(chosen["DATABASE_URL"], "postgres"), autocommit=True)


def beside(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


# --- Portal, floor and measurements ------------------------------------------------------------------


def keep(name: str, process: subprocess.Popen[str]) -> None:
    """Read what a process says and pass on all but the races that were lost, which are thousands."""
    assert process.stdout
    for line in process.stdout:
        if "Conflict: " not in line and READINESS not in line:
            print(f"{name:>6} | {without_secrets(line).rstrip()}", flush=True)


@contextlib.contextmanager
def serving(run: Run, chosen: dict[str, str], portal: int, floor: int) -> Iterator[None]:
    """The portal as `make serve` has it, and the floor behind the same kind of server."""
    children = start_portal(run, chosen, portal, production=True, says=keep)
    command = [
        sys.executable, "-m", "gunicorn", "bench.floor.app", "--bind", f"fd://{floor}",
        *WEB_SERVER, *TWO_PROCESSES,
    ]  # fmt: skip
    process = run.start("floor", command, env=chosen, output=subprocess.PIPE, pass_fds=[floor])
    children.append(run.children[-1])
    threading.Thread(target=keep, args=("floor", process), daemon=True).start()
    deadline = time.monotonic() + READY_WITHIN
    while answer := readiness(f"{chosen['SITE_ADDRESS']}/"):
        ended = [child.name for child in children if child.process.poll() is not None]
        if ended or time.monotonic() > deadline:
            raise Refusal(f"The portal does not start: {', '.join(ended) or answer}")
        time.sleep(0.2)
    try:
        yield
    finally:
        run.stop(*children)


def address_of(listener: Any) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def step(chosen: dict[str, str], name: str, given: dict[str, Any]) -> int:
    environment = {**chosen, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return in_front([sys.executable, "-m", "bench", name, json.dumps(given)], environment)


def must(code: int, what: str) -> None:
    if code:
        raise Refusal(f"The {what} failed. Its words are above.")


def grow(chosen: dict[str, str], sizes: Sizes) -> int:
    """G4: the filtered search in two databases, turn about, in three rounds."""
    both = {"small": sizes, "large": LARGE}
    there = {
        size: {**chosen, "DATABASE_URL": beside(chosen["DATABASE_URL"], loaded(chosen, one))}
        for size, one in both.items()
    }
    given = {"bench": {"portal": "", "floor": "", "drill_hirers": [], "rounds": 3, "times": 40}}
    told: dict[str, list[dict[str, float]]] = {"small": [], "large": []}
    for _round in range(3):
        for size, environment in there.items():
            said = subprocess.run(
                [sys.executable, "-m", "bench", "search", json.dumps(given)],
                env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            told[size].append(json.loads(said))
    kept: dict[str, Any] = {
        size: {
            "bookings": both[size].bookings,
            **{who: median(one[who] for one in rounds) for who in ("ours", "raw")},
        }
        for size, rounds in told.items()
    }
    kept["on"] = datetime.now(UTC).date().isoformat()  # noqa: TID251
    (HERE / "by_hand.json").write_text(json.dumps(kept, indent=1) + "\n")
    say("Written to bench/by_hand.json; the next `make bench` tells it as G4")
    return 0
