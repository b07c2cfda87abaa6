"""`python -m config.stack WORD`: what the Makefile calls once everything is installed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config.stack import checks
from config.stack.portal import manage, portal, servers, surroundings
from config.stack.processes import ROOT, Refusal, Run, end, facts_of, in_front, is_held


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, a closed terminal, or a polite kill."""


def main(words: list[str]) -> int:
    task, *rest = words
    state = Path(os.environ.get("STATE") or ROOT / ".local").resolve()
    stop_on_signals()
    try:
        match task:
            case "run" | "serve":
                with Run(state) as run:
                    return portal(run, production=task == "serve")
            case "lint":
                return checks.lint()
            case "test":
                return checks.test(state / "test", rest)
            case "prove":
                return checks.prove(state / "test", rest)
            case "bench":
                from bench.stage import bench

                with Run(state / "bench") as run:
                    return bench(run, rest)
            case "manage":
                return beside(state, [sys.executable, "manage.py", *rest])
            case "demo-reset":
                return demo_reset(state)
            case "stop":
                end(state)
                return 0
        raise Refusal(f"There is no `{task}`. The Makefile lists what there is.")
    except Refusal as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    except PermissionError as error:
        print(
            f"{error.filename} belongs to somebody else. If this ran as root before, "
            "`sudo make clean` removes it; STATE=another-folder goes beside it.",
            file=sys.stderr,
        )
        return 1
    except Stopped:
        return 0 if task in {"run", "serve"} else 130


def stop_on_signals() -> None:
    """Leave through every `finally` when told to stop; being told again does not hurry us."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, lambda number, frame: None)
        raise Stopped

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    # `nohup make run` asks to outlive the terminal.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)


def beside(state: Path, command: list[str]) -> int:
    """Run one command with the servers of the portal running here, else with its own."""
    chosen = surroundings(state, production=False)
    lent = facts_of(state).get("servers") if is_held(state) else None
    if lent:
        return in_front(command, {**chosen, **lent})
    with Run(state) as run, servers(run, chosen):
        return in_front(command, chosen)


def demo_reset(state: Path) -> int:
    """Take away the demonstration's database and load it anew."""
    if os.environ.get("DATABASE_URL"):
        raise Refusal("DATABASE_URL is set. Only the demonstration's own database is ever dropped.")
    with Run(state) as run:
        chosen = surroundings(state, production=False)
        with servers(run, chosen):
            from config.stack import embedded

            embedded.empty_database(chosen["DATABASE_URL"])
            manage(chosen, "migrate", "--verbosity=0")
            manage(chosen, "load_demo")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
