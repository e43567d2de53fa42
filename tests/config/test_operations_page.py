"""The page for operators names every setting there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_table_of_settings_is_complete() -> None:
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', (ROOT / "config" / "settings.py").read_text("utf-8")))
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE)
    assert read == {name for row in rows for name in re.findall(r"`(\w+)`", row)}
