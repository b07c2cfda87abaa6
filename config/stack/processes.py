"""One run from one STATE folder: who holds the folder, and the processes that belong to the run.

However a run ends, its processes end with it. Leaving the `with` block stops them. When the run is
killed outright, the Linux kernel signals each of them; and wherever the kernel does not, the next
run finds them in run.json and ends them before it starts its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

ROOT = Path(__file__).resolve().parent.parent.parent
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
PATIENCE = 8.0


class Refusal(Exception):
    """Why we cannot go on, in one line for the person at the terminal."""


class Child(NamedTuple):
    name: str
    process: subprocess.Popen[str]
    ending: signal.Signals


class Run:
    """Hold a STATE folder while the block lasts, and start processes that do not outlive it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.children: list[Child] = []
        self.facts: dict[str, Any] = {"pid": os.getpid()}

    def __enter__(self) -> Self:
        self.state.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.state / "lock", "a")
        self._claim()
        end_leftovers(facts_of(self.state).get("processes", []))
        self.tell()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(*self.children)
        (self.state / "run.json").unlink(missing_ok=True)
        self._lock.close()

    def _claim(self) -> None:
        # A run whose `make` was killed needs a moment to notice, and a moment more to end.
        noticing, ending = time.monotonic() + 2, time.monotonic() + 30
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                facts = facts_of(self.state)
                if time.monotonic() > (ending if facts.get("ending") else noticing):
                    self._lock.close()
                    raise Refusal(
                        f"Already running from {self.state} (process {facts.get('pid')}): "
                        f"{facts.get('address', 'still starting, or tests')}\n"
                        "Stop it with Ctrl-C where it runs, or start a second one beside it "
                        "with STATE=another-folder."
                    ) from None
                time.sleep(0.1)
            else:
                return

    def tell(self, **facts: object) -> None:
        """Write down what others may want to know of this run: its address, servers, processes."""
        self.facts.update(facts)
        self.facts["processes"] = [
            [child.process.pid, birth(child.process.pid), int(child.ending)]
            for child in self.children
            if child.process.poll() is None
        ]
        draft = self.state / "run.json.new"
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            json.dump(self.facts, written)
        draft.replace(self.state / "run.json")

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        output: IO[Any] | int,
        stdin: int = subprocess.DEVNULL,
        ending: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
        owner: Mapping[str, Any] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a process that ends with this run; `ending` is the signal that asks it to."""
        process = subprocess.Popen(
            command,
            env=env,
            cwd=ROOT,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C is for us alone: we stop the others in their order.
            start_new_session=True,
            preexec_fn=lambda: LIBC and LIBC.prctl(PR_SET_PDEATHSIG, int(ending)),
            pass_fds=pass_fds,
            **(owner or {}),
        )
        self.children.append(Child(name, process, ending))
        self.tell()
        return process

    def stop(self, *children: Child) -> None:
        """Ask these to end, all at once; kill with their descendants what does not in time."""
        for child in children:
            if child.process.poll() is None:
                child.process.send_signal(child.ending)
        deadline = time.monotonic() + PATIENCE
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            kill_group(child.process.pid)
            child.process.wait()
        self.children = [child for child in self.children if child not in children]


def in_front(command: Sequence[str | Path], env: Mapping[str, str]) -> int:
    """Run a command that has the terminal. Ctrl-C is between it and the person; we wait."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with subprocess.Popen(command, env=env, cwd=ROOT) as process:
            try:
                return process.wait()
            except BaseException:
                process.terminate()
                raise
    finally:
        signal.signal(signal.SIGINT, before)


def facts_of(state: Path) -> dict[str, Any]:
    """What the run that holds this folder, or held it last, has told."""
    with contextlib.suppress(OSError, ValueError):
        facts: dict[str, Any] = json.loads((state / "run.json").read_text())
        return facts
    return {}


def is_held(state: Path) -> bool:
    """Say whether some run holds this folder now."""
    with contextlib.suppress(FileNotFoundError), open(state / "lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def end(state: Path) -> None:
    """Stop the run that holds this folder, from outside, and whatever it left behind."""
    facts = facts_of(state)
    if is_held(state) and facts:
        os.kill(facts["pid"], signal.SIGTERM)
        deadline = time.monotonic() + 3 * PATIENCE
        while is_held(state) and time.monotonic() < deadline:
            time.sleep(0.1)
    end_leftovers(facts_of(state).get("processes", []))


def end_leftovers(processes: list[tuple[int, str, int]]) -> None:
    """End the processes of a run that can no longer end them itself."""
    alive = [each for each in processes if birth(each[0]) == each[1]]
    for pid, _, ending in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ending)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(birth(pid) == born for pid, born, _ in alive):
        time.sleep(0.05)
    for pid, born, _ in alive:
        if birth(pid) == born:
            kill_group(pid)


def birth(pid: int) -> str | None:
    """When a process began, which tells it from a later one of the same number; None: it ended."""
    if sys.platform == "linux":
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else rest[18]
    began = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return began.stdout.strip() or None


def kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
