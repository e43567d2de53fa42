"""Runs the suite twice, on SQLite and on PostgreSQL with Valkey: `python -m tests [pytest's arguments]`.

SENDOFF_TEST_DATABASE=sqlite (or postgresql) in the environment runs it on that one alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")


def main(arguments: list[str]) -> int:
    """Return 0 only if the suite passed on every database it was to run on."""
    chosen = os.environ.get("SENDOFF_TEST_DATABASE")
    results = []
    failed = False
    for database in [chosen] if chosen else DATABASES:
        started = time.monotonic()
        code = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=ROOT,
            env={**os.environ, "SENDOFF_TEST_DATABASE": database},
            check=False,
        ).returncode
        failed = failed or code != 0
        outcome = "passed" if code == 0 else f"FAILED (exit {code})"
        results.append(f"{database} {outcome} in {time.monotonic() - started:.0f} s")
    print("tests: " + ", ".join(results), flush=True)
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        # pytest has already told what was interrupted.
        sys.exit(130)
