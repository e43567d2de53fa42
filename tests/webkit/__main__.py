"""Runs the tablet on WebKit, the engine of every iPad: `python -m tests.webkit [--required] [pytest's arguments]`.

Where WebKit is missing it is installed, if we may; else the tests are left out, and that is said. With --required
(which CI gives) it is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browsers import install_from_debian
from tests.webkit.engine import DRIVER, GI_PYTHON, PACKAGES

MISSING = (
    "WEBKIT WAS NOT TESTED: its driver is not installed. What iPads will make of the tablet is unknown.\n"
    "On Debian or Ubuntu: apt-get install -y --no-install-recommends " + " ".join(PACKAGES)
)


def main(arguments: list[str]) -> int:
    """Return 0 if the tests passed, or could be left out."""
    required = "--required" in arguments
    rest = [argument for argument in arguments if argument != "--required"]
    if not is_there():
        install_from_debian(PACKAGES)
    if not is_there():
        line = "=" * 80
        print(f"{line}\n{MISSING}\n{line}", file=sys.stderr, flush=True)
        return int(required)
    environment = {**os.environ, "SENDOFF_TEST_DATABASE": "sqlite"}
    command = [sys.executable, "-m", "pytest", *(rest or ["tests/webkit"])]
    return subprocess.run(command, env=environment, check=False).returncode


def is_there() -> bool:
    """Whether the driver, a display without a screen and the library's Python binding are all installed."""
    if not (shutil.which(DRIVER) and shutil.which("Xvfb") and shutil.which(GI_PYTHON)):
        return False
    binding = "import gi; gi.require_version('WebKit2', '4.1')"
    return subprocess.run([GI_PYTHON, "-c", binding], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
