"""The demo's text worker, to be killed before one's eyes: whoever started it starts it again."""

import os
import signal
from pathlib import Path

from django.conf import settings


def is_alive() -> bool:
    """Whether a text worker of this demo runs."""
    return _pid() is not None


def kill() -> bool:
    """Ends the worker without a word, in the middle of whatever it does; False where none runs."""
    pid = _pid()
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _pid() -> int | None:
    """The worker's process, if the file still tells the truth: the number may be another process's by now."""
    try:
        pid = int((settings.DATA_DIR / "worker.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"worker" in words else None
