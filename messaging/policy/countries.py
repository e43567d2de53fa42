"""In which hours a country's customers may be texted unless the owner says otherwise: data, with its sources."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from messaging.policy.quiet import Week, Window

_FILE: Final = Path(__file__).parent / "countries.json"


def default_week(country: str) -> Week:
    """A country's own hours where we know of a rule or a custom, and careful ones elsewhere."""
    data = _data()
    line = data["countries"].get(country, data["default"])
    return tuple(_window(hours) if hours else None for hours in line["hours"])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data


def _window(hours: str) -> Window:
    opens, closes = (_minutes(each) for each in hours.split("-"))
    return Window(opens, closes)


def _minutes(wall: str) -> int:
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)
