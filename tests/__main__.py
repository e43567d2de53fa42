"""Runs the suite twice side by side, on SQLite and on PostgreSQL with Valkey: `python -m tests [pytest's arguments]`.

SENDOFF_TEST_DATABASE=sqlite (or postgresql) in the environment runs it on that one alone. What the second one prints
is shown when the first has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from config.processes import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
# pytest's own code for it: what was asked for may be run on the other database alone.
NO_TESTS = 5


@dataclass
class Run:
    """The suite on one database, in a process of its own."""

    database: str
    process: subprocess.Popen[bytes]
    code: int | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        outcome = {0: "passed", NO_TESTS: "had nothing to run"}.get(self.code or 0, f"FAILED (exit {self.code})")
        return f"{self.database} {outcome} in {self.seconds:.0f} s"


def main(arguments: list[str]) -> int:
    """Return 0 only if the suite passed on every database it was to run on."""
    chosen = os.environ.get("SENDOFF_TEST_DATABASE")
    databases = [chosen] if chosen else list(DATABASES)
    started = time.monotonic()
    with tempfile.TemporaryFile() as kept:
        runs: list[Run] = []
        for database in databases:
            environment = {**os.environ, "SENDOFF_TEST_DATABASE": database}
            if not chosen:
                environment["SENDOFF_TEST_BESIDE"] = "1"
            command = [sys.executable, "-m", "pytest", *arguments]
            output = kept if runs else None
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=end_with_parent
            )
            runs.append(Run(database, process))
        try:
            while waiting := [run for run in runs if run.code is None]:
                for run in waiting:
                    run.code = run.process.poll()
                    run.seconds = time.monotonic() - started
                time.sleep(0.1)
        except KeyboardInterrupt:
            # Ctrl-C reached them as well: let each end what it has started.
            for run in runs:
                run.process.wait()
            raise
        kept.seek(0)
        sys.stdout.buffer.write(kept.read())
    print("tests: " + ", ".join(map(str, runs)), flush=True)
    codes = [run.code for run in runs]
    return int(0 not in codes or not {0, NO_TESTS}.issuperset(codes))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        # pytest has already told what was interrupted.
        sys.exit(130)
