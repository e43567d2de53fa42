"""The pictures in docs/screens: small enough together, and none of the screens and sheets without one."""

import re
from typing import Final

from config.screens import CAPTIONS, FOLDER, MOST_BYTES
from tests.product import ROOT

SOURCES: Final = ROOT / "funnel" / "tablet" / "src" / "core"
# What the tablet calls its places and sheets, and what shows each.
PLACES: Final = {
    "floor": "floor",
    "visits": "visits",
    "visit": "visit",
    "followups": "follow-up",
    "replies": "replies",
    "day": "my-day",
    "manage": "manager",
}
SHEETS: Final = {
    "start": "start",
    "me": "me",
    "settings": "settings",
    "outcome": "outcome",
    "bought_after_all": "bought-after-all",
    "edit": "edit-text",
    "more": "more",
    "correct": "correct-number",
}


def test_the_pictures_are_small_together_and_all_of_them_are_shown() -> None:
    pictures = {path.name: path.stat().st_size for path in FOLDER.glob("*.webp")}
    assert sum(pictures.values()) <= MOST_BYTES
    shown = re.findall(r'src="([^"]+)"', (FOLDER / "README.md").read_text("utf-8"))
    assert sorted(shown) == sorted(pictures)
    assert {name.split(".")[0] for name in pictures} == set(CAPTIONS)


def test_every_place_and_every_sheet_of_the_tablet_has_a_picture() -> None:
    routes, sheets = ((SOURCES / name).read_text("utf-8") for name in ("route.ts", "sheet.ts"))
    assert set(re.findall(r"^  \| \{ screen: '(\w+)'", routes, re.MULTILINE)) == set(PLACES)
    assert set(re.findall(r"^  \| \{ kind: '(\w+)'", sheets, re.MULTILINE)) == set(SHEETS)
    assert CAPTIONS.keys() >= {*PLACES.values(), *SHEETS.values()}
