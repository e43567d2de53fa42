"""The words that come with Sendoff: the texts of a new organisation, and what is added to every text."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "shipped.json"


@cache
def shipped() -> dict[str, Any]:
    """The file as it is; a test holds that it has every purpose in every language."""
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data


def shipped_text(*, purpose: str, language: str) -> str:
    """The wording that an organisation has until it writes its own."""
    texts: list[dict[str, str]] = shipped()["texts"]
    return next(text["body"] for text in texts if (text["purpose"], text["language"]) == (purpose, language))
