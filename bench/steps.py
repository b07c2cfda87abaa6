"""The steps of `make bench` that need Django: load, measure, and grow."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from bench import goals, raw
from bench.loading import load as fill
from bench.measuring import Check, Outcome, table
from bench.setting import Bench
from bench.world import Sizes, World
from notifications.models import Message
from spaces.services import send_reminders

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
BY_HAND = HERE / "by_hand.json"


def main(words: list[str]) -> int:
    task, given = words[0], json.loads(words[1])
    return {"load": load, "measure": measure, "search": search}[task](given)


def load(given: dict[str, Any]) -> int:
    """Fill this database if it is empty; then write the letters that came due meanwhile."""
    with connection.cursor() as cursor:
        # A constraint over half a million rows takes longer than any page may.
        cursor.execute("SET statement_timeout = 0")
    if given["fill"]:
        monday = datetime.combine(date.fromisoformat(given["monday"]), datetime.min.time(), UTC)
        sizes = Sizes(**given["sizes"])
        fill(World(sizes, date.fromisoformat(given["first_day"]), monday), now=monday)
    # A portal that ran all the time has told all this. Otherwise its worker would tell it now,
    # thousands of letters at once, while we measure.
    now = timezone.now()
    send_reminders(now=now)
    Message.objects.waiting().update(state=Message.State.SENT, sent_at=Now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return 0


def measure(given: dict[str, Any]) -> int:
    """Measure goals and say what came of each; 1 when one of them is not met."""
    chosen = {
        name: goal
        for name, goal in goals.GOALS.items()
        if not given["goals"] or name.split()[0] in given["goals"] or name in given["goals"]
    }
    bench = Bench(database=os.environ["DATABASE_URL"], **given["bench"])
    outcomes = []
    for name, goal in chosen.items():
        print(f" bench | {name} …", flush=True)
        outcome = goal(bench)
        print(outcome, flush=True)
        outcomes.append(outcome)
    if not given["goals"]:
        by_hand = growth_by_hand()
        print(by_hand, flush=True)
        outcomes.insert(3, by_hand)
    if given["is_whole"]:
        RESULTS.write_text(results(outcomes, given))
        print(f" bench | Written to {RESULTS.relative_to(HERE.parent)}", flush=True)
    else:
        print(" bench | Only a whole run, as it comes, is written down.", flush=True)
    return int(not all(outcome.is_met for outcome in outcomes))


def search(given: dict[str, Any]) -> int:
    """Print how long the filtered search takes in this database, in seconds: ours and raw."""
    bench = Bench(database=os.environ["DATABASE_URL"], **given["bench"])
    compared, _pages = goals.compare_search(bench, raw.FILTERED, filtered=True)
    print(json.dumps({"ours": compared.ours(), "raw": compared.yardstick()}))
    return 0


# --- What is written down ----------------------------------------------------------------------------


def growth_by_hand() -> Outcome:
    """G4, which takes too long for every run: what the last run by hand gave."""
    title = "search with eleven times as many bookings, by hand"
    if not BY_HAND.exists():
        return Outcome("G4", title, [Check("never run yet", False)])
    last = json.loads(BY_HAND.read_text())
    return growth(title, last)


def growth(title: str, told: dict[str, Any]) -> Outcome:
    """From what `--large` measured: rows and seconds of both databases, and the day."""
    small, large = told["small"], told["large"]
    ratio = large["ours"] / small["ours"]
    words = (
        f"on {told['on']} ours {large['ours'] * 1000:.2f} ms with {large['bookings']:,} bookings,"
        f" {small['ours'] * 1000:.2f} ms with {small['bookings']:,}, ratio {ratio:.2f}"
        f" (raw {large['raw'] / small['raw']:.2f}), goal at most 10"
    )
    return Outcome("G4", title, [Check(words, ratio <= 10)])


def results(outcomes: list[Outcome], given: dict[str, Any]) -> str:
    sizes = given["sizes"]
    server = raw.connect(os.environ["DATABASE_URL"], bound_by_client=False)
    (postgres,) = server.execute("SHOW server_version").fetchone() or ("?",)
    versions = [
        f"Python {platform.python_version()}",
        f"PostgreSQL {postgres.split()[0]}",
        *(f"{name} {version(name)}" for name in ("Django", "psycopg", "gunicorn")),
    ]
    met = sum(outcome.is_met for outcome in outcomes)
    return f"""# How fast the portal is

Written by `make bench` on {timezone.now():%Y-%m-%d}. Quote the ratios: times depend on the machine and on what
else it does. {met} of {len(outcomes)} goals are met.

{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {", ".join(versions)}.
{sizes["sites"]} sites, {sizes["spaces"]} spaces, {sizes["bookings"]:,} bookings over {sizes["days"]} days,
seed {sizes["seed"]}. What the yardsticks and goals are: [docs/decisions/speed.md](../docs/decisions/speed.md).

{table(outcomes)}
"""
