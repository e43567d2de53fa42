"""Set-up from nothing but a Python: `python3 config/setup.py run|dev -- COMMAND`.

Makes `.venv`, fills it with the hash-locked packages of `requirements/run.txt` or `requirements/dev.txt`,
and becomes `.venv/bin/python COMMAND`. When the lock has not changed since the last time it does so at once.

Standard library only, and it must also start on Pythons too old for Sendoff itself, so that it can say so
or find a newer one: nothing here may need more than Python 3.8.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
UV = "uv==0.13.9"
# Another build of the same Python is taken instead of the one at hand if it needs no more than this part of its time.
MUCH_QUICKER = 0.8
TURNS = 6
# Prints the version, the seconds of CPU for what Sendoff mostly does (calls, attributes, strings, dictionaries) and
# which program it really is.
PROBE = """
import os.path, sys, time
class Thing:
    def __init__(self, number): self.number = number
    def text(self): return str(self.number)
def work():
    started, found = time.process_time(), {}
    for number in range(20000): found[Thing(number % 500).text()] = number
    return time.process_time() - started
print(*sys.version_info[:2], min(work() for _ in range(4)), os.path.realpath(sys.executable))
"""
LOCKS = ("run", "dev")
USAGE = "usage: python3 config/setup.py run|dev [-- COMMAND ...]"
NEEDS_PYTHON = (
    "needs Python 3.11 or newer with its venv module, or uv. On Debian or Ubuntu: apt-get install -y python3-venv make"
)
NEEDS_NETWORK = (
    "the locked packages could not be installed; the messages above say why. "
    "They come from the package index that pip or uv is set up with"
)


def main(arguments: list[str]) -> NoReturn:
    """Install the named lock if it changed, then become the command after `--`."""
    name, *rest = arguments or [""]
    if name not in LOCKS or (rest and rest[0] != "--"):
        raise SystemExit(USAGE)
    python = install(ROOT, name)
    command = rest[1:]
    if not command:
        raise SystemExit(0)
    os.chdir(ROOT)
    # Whoever wants no compiled modules in what they write themselves has set this. Here every start, and Sendoff has
    # three processes, would compile it all again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.execv(python, [str(python), *command])  # noqa: S606 - the very purpose: no shell in between


def install(root: Path, name: str) -> Path:
    """Return the environment's Python, with every package of the lock `name` installed."""
    lock = root / "requirements" / (name + ".txt")
    venv = root / ".venv"
    python = venv / "bin" / "python"
    stamp = venv / (".installed-" + name)
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if is_current(stamp, python, wanted):
        return python
    with one_at_a_time(root / ".venv.lock"):
        # The other start may have done the work while this one waited.
        if is_current(stamp, python, wanted):
            return python
        started = time.monotonic()
        make_environment(venv)
        install_packages(python, lock)
        stamp.write_text(wanted)
        say(f"ready after {time.monotonic() - started:.0f} s")
    return python


def is_current(stamp: Path, python: Path, wanted: str) -> bool:
    """Whether the environment still has its Python and was filled from this very lock."""
    # A dangling link counts as missing: the Python that the environment was made from is gone.
    return python.exists() and stamp.exists() and stamp.read_text() == wanted


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one set-up work at a time; `make run` and `make test` may well be started together.

    The file is never removed: another process could be waiting on it.
    """
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_environment(venv: Path) -> None:
    """Make the virtual environment with what is there: uv, venv with pip, or venv alone."""
    if probe(str(venv / "bin" / "python")):
        return
    shutil.rmtree(venv, ignore_errors=True)
    uv = shutil.which("uv")
    pythons = find_pythons()
    if not pythons and uv is None:
        fail(NEEDS_PYTHON)
    # The quickest may lack what makes environments.
    for python in pythons:
        say(f"virtual environment from {python}")
        if make_environment_from(python, venv, uv):
            return
    if uv and not pythons:
        say("virtual environment from a Python that uv provides")
        if succeeds(uv, "venv", "-q", "--no-project", "--python", ">=3.11", venv):
            return
    # Nothing half-made may stay behind: the next start must try again.
    shutil.rmtree(venv, ignore_errors=True)
    fail(NEEDS_PYTHON)


def make_environment_from(python: str, venv: Path, uv: str | None) -> bool:
    """Whether an environment of this Python was made, and something can install into it."""
    if uv and succeeds(uv, "venv", "-q", "--no-project", "--python", python, venv):
        return True
    # Giving it a pip of its own takes seconds, and mostly nobody needs it.
    bare = succeeds(python, "-m", "venv", "--clear", "--without-pip", venv, quiet=True)
    return bare and any(pips(venv / "bin" / "python"))


@functools.lru_cache
def find_pythons() -> list[str]:
    """Find the Pythons an environment can be made from, the best first: this one, those on PATH, those of pyenv.

    The best is the first that is new enough, unless another build of the same version is much quicker. One compiled
    without a profile of its own, as pyenv does by default, takes half as long again for everything.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    names = ["python3"] + [f"python3.{minor}" for minor in (13, 12, 11, 14)]
    candidates = [sys.executable]
    candidates += [shutil.which(name, path=folder) or "" for name in names for folder in os.get_exec_path()]
    # Not Path.glob: it raises for a folder that is closed to us, as another user's home may be.
    candidates += sorted(glob.glob(str(pyenv / "3.1[1-9].*" / "bin" / "python")), reverse=True)
    # One program has many names; each is asked once.
    named: dict[str, str] = {}
    for python in filter(None, candidates):
        named.setdefault(os.path.realpath(python), python)
    found = {}
    for program, python in named.items():
        answer = probe(python)
        # pyenv's commands are scripts that start another program, which is among the candidates itself.
        if answer and (answer[2] == program or answer[2] not in named):
            found[python] = answer
    if not found:
        return []
    first, *others = found
    alike = [python for python in found if found[python][0] == found[first][0]]
    seconds = {python: found[python][1] for python in alike}
    # Whatever else the machine does makes a Python look slow, never quick: each has several turns, one after another.
    for python in alike * (TURNS if len(alike) > 1 else 0):
        if again := probe(python):
            seconds[python] = min(seconds[python], again[1])
    quickest = min(alike, key=lambda python: seconds[python])
    if seconds[quickest] > MUCH_QUICKER * seconds[first]:
        return [first, *others]
    return [quickest, *(python for python in found if python != quickest)]


def probe(python: str) -> tuple[tuple[int, int], float, str] | None:
    """Return this Python's version, how long a little work takes it and what program it is, if it is new enough.

    It is run before it is trusted, as pyenv puts commands on PATH that only print an error.
    """
    try:
        done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=True)
        major, minor, seconds, program = done.stdout.strip().split(" ", 3)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    version = (int(major), int(minor))
    return (version, float(seconds), program) if version >= OLDEST_PYTHON else None


def install_packages(python: Path, lock: Path) -> None:
    """Install the lock, every file checked against its hash; packages of the other lock stay."""
    say(f"installing the locked packages of requirements/{lock.name}")
    uv = find_uv(python)
    if uv and succeeds(uv, "pip", "install", "--python", python, "--require-hashes", "-r", lock):
        return
    # uv does not read pip's settings, so pip may reach an index where uv cannot.
    say("installing with pip instead: this takes a minute")
    if not any(succeeds(*pip, "install", "--require-hashes", "-r", lock) for pip in pips(python)):
        fail(NEEDS_NETWORK)


def find_uv(python: Path) -> str | None:
    """Return a uv, far faster than pip: on PATH, in the environment, or installed there now."""
    own = python.parent / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found:
        return found
    say(f"fetching {UV}")
    if any(succeeds(*pip, "install", "-q", UV, quiet=True) for pip in pips(python)):
        return str(own)
    return None


def pips(python: Path) -> Iterator[list[str | Path]]:
    """Yield the ways to call pip on the environment: a Python's outside, else its own, made now if it has none."""
    # The outside pip only installs into the environment, so an externally managed Python does not refuse it.
    outside = python_with_pip()
    if outside:
        yield [outside, "-m", "pip", "--python", python]
    # Debian's python3 without python3-venv cannot put pip into an environment.
    if succeeds(python, "-m", "pip", "--version", quiet=True) or succeeds(python, "-m", "ensurepip", quiet=True):
        yield [python, "-m", "pip"]


@functools.lru_cache
def python_with_pip() -> str | None:
    """Find a Python that has pip, the best first."""
    candidates = [*find_pythons(), sys.executable]
    return next((python for python in candidates if succeeds(python, "-m", "pip", "--version", quiet=True)), None)


def succeeds(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command and tell whether it ended well; `quiet` hides what it prints."""
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run([str(part) for part in command], stdout=output, stderr=output, check=False)
    except OSError:
        return False
    return done.returncode == 0


def say(text: str) -> None:
    """Tell the person what is going on, apart from the command's own output."""
    print(f"[setup] {text}", file=sys.stderr, flush=True)


def fail(reason: str) -> NoReturn:
    """End with one line that names what to do."""
    raise SystemExit(f"[setup] {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
