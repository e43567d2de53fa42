"""Runs the suite in shares, five at a time: `python -m tests [pytest's arguments]`.

The first two begin alone, and the others once one of them has compiled what all of them load.

They are the tests on SQLite and those on PostgreSQL with Valkey, and on each apart those through a running product and
those that break something, which mostly wait; tests/conftest.py says which test belongs where.
SENDOFF_TEST_DATABASE=sqlite (or postgresql) in the environment runs all on that one alone. What the first share prints
is shown at once, and that of the others when all have ended.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.processes import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
# Where the shares through a running product find all of theirs: collecting the others as well takes seconds.
THROUGH_THE_PRODUCT = ("tests/browser", "tests/journeys", "tests/config/test_up.py")
# pytest's own code for it: what was asked for may belong to another share.
NO_TESTS = 5


@dataclass(frozen=True)
class Share:
    """A part of the suite that runs by itself."""

    name: str
    database: str
    folders: tuple[str, ...] = ()


SHARES = (
    Share("postgresql", "postgresql"),
    Share("product-sqlite", "sqlite", THROUGH_THE_PRODUCT),
    Share("sqlite", "sqlite"),
    Share("product-postgresql", "postgresql", THROUGH_THE_PRODUCT),
    Share("faults-postgresql", "postgresql", ("tests/faults",)),
    Share("faults-sqlite", "sqlite", ("tests/faults",)),
)
# More would only wait for each other on a small machine.
AT_ONCE = 5
# The file by which the first share says that it has loaded all tests: tests/conftest.py makes it.
LOADED = "SENDOFF_TEST_LOADED"


@dataclass
class Run:
    """A share in a process of its own."""

    share: Share
    process: subprocess.Popen[bytes]
    began: float
    code: int | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        outcome = {0: "passed", NO_TESTS: "had nothing to run"}.get(self.code or 0, f"FAILED (exit {self.code})")
        return f"{self.share.name} {outcome} in {self.seconds:.0f} s"


def main(arguments: list[str]) -> int:
    """Return 0 only if every share passed."""
    chosen = os.environ.get("SENDOFF_TEST_DATABASE")
    to_run = [Share(chosen, chosen)] if chosen else list(SHARES)
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        runs: list[Run] = []
        kept: list[IO[bytes]] = []
        loaded = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "loaded"
        try:
            while to_run or any(run.code is None for run in runs):
                running = [run for run in runs if run.code is None]
                at_once = AT_ONCE if loaded.exists() or len(running) < len(runs) else 2
                if to_run and len(running) < at_once:
                    output = stack.enter_context(tempfile.TemporaryFile()) if runs else None
                    kept += [output] if output else []
                    runs.append(begin(to_run.pop(0), arguments, output, loaded, apart=not chosen))
                    continue
                for run in running:
                    run.code = run.process.poll()
                    run.seconds = time.monotonic() - run.began
                time.sleep(0.1)
        except KeyboardInterrupt:
            # Ctrl-C reached them as well: let each end what it has started.
            for run in runs:
                run.process.wait()
            raise
        for printed in kept:
            printed.seek(0)
            sys.stdout.buffer.write(printed.read())
    print(f"tests: {', '.join(map(str, runs))}; {time.monotonic() - started:.0f} s in all", flush=True)
    codes = [run.code for run in runs]
    return int(0 not in codes or not {0, NO_TESTS}.issuperset(codes))


def begin(share: Share, arguments: list[str], output: IO[bytes] | None, loaded: Path, *, apart: bool) -> Run:
    """Start one share; what it prints goes to `output`, or to the terminal."""
    environment = {**os.environ, "SENDOFF_TEST_DATABASE": share.database}
    if output is None:
        environment[LOADED] = str(loaded)
    if apart:
        environment["SENDOFF_TEST_SHARE"] = share.name
    # Whoever names tests has chosen the folders.
    command = [sys.executable, "-m", "pytest", *(arguments or share.folders)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=end_with_parent
    )
    return Run(share, process, time.monotonic())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        # pytest has already told what was interrupted.
        sys.exit(130)
