"""What the client's own tests and the look for barriers need beside the client, installed once for whoever asks."""

from functools import cache
from pathlib import Path

from config.client_build import TABLET, build


@cache
def tablet_with_tools() -> Path:
    """The client's folder, with all packages of its lock; waits while somebody else is building there."""
    build(print, tools=True)
    return TABLET
