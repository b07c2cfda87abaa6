"""Make this checkout ready, then hand over to `config.stack`.

Runs before anything is installed, so it is one file and uses the standard library alone. Each step
notes in .venv/prepared.json what it was made from, and is left out while that stays the same.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTES = VENV / "prepared.json"
NODE_AT_LEAST = 18
WITHOUT_STYLES = {"lint", "stop"}
WITH_CHECKS = {"lint", "test", "prove"}


def say(text: str) -> None:
    print(f" setup | {text}", flush=True)


def main(words: list[str]) -> None:
    task = words[0]
    os.chdir(ROOT)
    end_with_make()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["NPM_CONFIG_UPDATE_NOTIFIER"] = "false"
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(VENV / "bin")])
    if task == "clean":
        clean()
        return
    with one_at_a_time():
        virtual_environment()
        lock = "requirements-dev.txt" if task in WITH_CHECKS else "requirements.txt"
        packages(lock)
        if task not in WITHOUT_STYLES:
            npm = find_npm()
            step(
                "node",
                "the design system",
                fingerprint(NODE_INPUTS),
                lambda: run(npm, "ci", "--loglevel=error"),
            )
            build = [npm, "run", "--silent", "build"]
            step("styles", "the styles", fingerprint(style_inputs()), lambda: run(*build))
    os.execv(PYTHON, [str(PYTHON), "-m", "config.stack", *words])  # noqa: S606


def end_with_make() -> None:
    """Have the kernel stop us, and so everything we start, when `make` itself is killed."""
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


# --- Python --------------------------------------------------------------------------------------


def virtual_environment() -> None:
    """Have a .venv whose Python runs. One that works is never replaced."""
    if runs(PYTHON, "-c", "import pip"):
        return
    if not importlib.util.find_spec("ensurepip"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Python {version} here cannot make virtual environments. "
            f"On Debian or Ubuntu: sudo apt-get install python{version}-venv"
        )
    say(f"Making {VENV.name} with Python {sys.version.split()[0]}")
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def packages(lock: str) -> None:
    """Install what the lock names. The lock of the checks holds everything the portal's does."""
    python = subprocess.run([PYTHON, "-V"], check=True, capture_output=True).stdout
    wanted = {
        name: digest([name.encode(), python, (ROOT / name).read_bytes()])
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    if notes().get("python") in {wanted[lock], wanted["requirements-dev.txt"]}:
        return
    say(f"Installing Python packages from {lock} (a minute or two, only when it changed)")
    install(lock)
    note("python", wanted[lock])


def install(lock: str) -> None:
    options = ["--quiet", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    run(PYTHON, "-m", "pip", "install", *options, "-r", lock)


# --- Node and the styles -------------------------------------------------------------------------

NODE_INPUTS = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"]


def style_inputs() -> list[Path]:
    written = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    return NODE_INPUTS + [path for path in written if ROOT / "static/build" not in path.parents]


def find_npm() -> str:
    """npm of a Node that is new enough: the one on PATH, else the one Python packages bring."""
    with contextlib.suppress(OSError, ValueError):
        said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
        npm = shutil.which("npm")
        if npm and int(said.lstrip("v").split(".")[0]) >= NODE_AT_LEAST:
            return npm
    os.environ["PATH"] = os.pathsep.join([str(VENV / "bin"), os.environ["PATH"]])
    if not runs(VENV / "bin/npm", "--version"):
        say(f"Installing Node, as there is no Node {NODE_AT_LEAST} with npm on PATH")
        install("requirements-node.txt")
    return str(VENV / "bin/npm")


# --- Steps that are left out while nothing changed -----------------------------------------------

RESULTS = {"node": ROOT / "node_modules", "styles": ROOT / "static/build"}


def step(name: str, what: str, made_from: str, make: Callable[[], None]) -> None:
    if notes().get(name) == made_from and RESULTS[name].is_dir():
        return
    say(f"Getting {what} ready")
    make()
    note(name, made_from)


def digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def fingerprint(paths: Iterable[Path]) -> str:
    return digest(
        part
        for path in sorted(paths)
        if path.exists()
        for part in (str(path.relative_to(ROOT)).encode(), path.read_bytes())
    )


def notes() -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        kept: dict[str, str] = json.loads(NOTES.read_text())
        return kept
    return {}


def note(name: str, made_from: str) -> None:
    NOTES.write_text(json.dumps({**notes(), name: made_from}, indent=1))


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one checkout take turns. The file locked is this one."""
    with open(__file__) as mine:
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this folder to finish")
            fcntl.flock(mine, fcntl.LOCK_EX)
        yield


def run(*command: str | Path) -> None:
    """Run a command, or stop here with what it was: its own words are above."""
    ended = subprocess.run(command).returncode
    if ended:
        words = " ".join(str(word) for word in command)
        sys.exit(f"The set-up stopped. This failed: {words}")


def runs(*command: str | Path) -> bool:
    """Say whether a command is really there: shims and half-removed environments are not."""
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True).returncode == 0
    return False


# --- Undoing it ----------------------------------------------------------------------------------

MADE_HERE = [
    ".venv",
    "node_modules",
    "static/build",
    "staticfiles",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
]
MADE_IN_STATE = [
    "test", "pg", "pg.new", "postgres.log", "redis.log", "mail", "secret_key", "receipt_key",
    "beat-schedule*", "run.json", "lock",
]  # fmt: skip


def clean() -> None:
    """Stop what runs from here and take away everything that set-up and runs have made."""
    state = Path(os.environ.get("STATE") or ROOT / ".local").resolve()
    # The tests keep their own state inside, and so does a second portal beside the first.
    states = [*(lock.parent for lock in state.glob("*/lock")), state]
    if PYTHON.exists():
        for each in states:
            os.environ["STATE"] = str(each)
            runs(PYTHON, "-m", "config.stack", "stop")
    # A STATE folder named by hand may hold other things: only what is known to be ours goes.
    known = [path for each in states for name in MADE_IN_STATE for path in each.glob(name)]
    for path in [ROOT / name for name in MADE_HERE] + known + caches():
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
    for each in states:
        with contextlib.suppress(OSError):
            each.rmdir()
    say("Everything that was made here is gone")


def caches() -> list[Path]:
    found = []
    for folder, inside, _ in os.walk(ROOT):
        inside[:] = [name for name in inside if name not in {".git", ".venv", "node_modules"}]
        if Path(folder).name == "__pycache__":
            found.append(Path(folder))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
