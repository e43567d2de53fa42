"""The built tablet client: where its files stand, and which paths of the site open it."""

from functools import cache
from pathlib import Path

from django.conf import settings

DIST: Path = settings.CLIENT_DIST

# Each first part of a path that the app shows a screen for; "" is the home screen. The service worker answers
# the same paths when there is no network: the client's build takes the list from here.
SHELL_PATHS = ("", "floor", "visits", "follow-ups", "replies", "day", "manage")
# For `re_path`: `/`, `/floor`, `/visits/<anything>` and so on, with or without a slash at the end.
SHELL_PATTERN = r"^(?:(?:{})(?:/.*)?)?$".format("|".join(path for path in SHELL_PATHS if path))


class ClientNotBuilt(Exception):
    """The client has not been built on this machine."""

    def __init__(self) -> None:
        super().__init__("The client is not built yet: run manage.py build_client")


def read(name: str) -> bytes:
    """Return a built file of the client, or say that the client has to be built first."""
    try:
        return _content(DIST / name)
    except FileNotFoundError as error:
        raise ClientNotBuilt from error


@cache
def _content(path: Path) -> bytes:
    # Read once: WhiteNoise learns the files at the start of the process too, and a page names them by their hash.
    return path.read_bytes()
