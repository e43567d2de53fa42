"""The demo's secret key: made once, kept in the data folder, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def demo_secret_key(data_dir: Path) -> str:
    """One key per data folder, so that a restart signs nobody out; two processes starting together agree on it."""
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return _read(path)


def _read(path: Path) -> str:
    # The other process may have created the file and not yet written it.
    while not (key := path.read_text()):
        continue
    return key
