"""How many segments a text costs: GSM-7 as long as every character is in its alphabet, else UCS-2 for all of it."""

from dataclasses import dataclass
from typing import Final

from messaging.contract.wording import Encoding

# GSM 03.38's basic alphabet; the escape character itself is no letter.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as an escape and a letter.
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_ALPHABET: Final = _BASIC | _EXTENDED
# The room of a text that has one segment, and of each segment of a longer one.
_ROOM: Final[dict[Encoding, tuple[int, int]]] = {"gsm7": (160, 153), "ucs2": (70, 67)}
# What a keyboard or a word processor puts in of its own accord, and what says the same in GSM-7.
_PLAIN_FORMS: Final = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201a": "'",
    "\u201b": "'",
    "\u2032": "'",
    "`": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2033": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2026": "...",
    "\u2022": "-",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A character that GSM-7 does not have, where it stands, and what could stand there instead ("" for nothing)."""

    offset: int
    character: str
    plain_form: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a text costs: `units` are septets or UTF-16 units, `left` is what still fits without one more segment."""

    segments: int
    encoding: Encoding
    units: int
    left: int


def segments(body: str) -> int:
    """A text has one segment up to 160 septets or 70 UTF-16 units, else one for every 153 or 67 begun.

    A character of two units is never cut: it moves into the next segment whole.
    """
    return measure(body=body).segments


def measure(*, body: str) -> Measured:
    """One character outside GSM-7 makes the whole text UCS-2, and so more than twice as expensive."""
    encoding: Encoding = "gsm7" if _ALPHABET.issuperset(body) else "ucs2"
    alone, joined = _ROOM[encoding]
    widths = [_width(character, encoding) for character in body]
    units = sum(widths)
    if units <= alone:
        return Measured(1, encoding, units, alone - units)
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return Measured(count, encoding, units, joined - used)


def is_gsm7(character: str) -> bool:
    """Whether one character is in GSM-7's alphabet or its extension."""
    return character in _ALPHABET


def foreign(*, body: str) -> list[Foreign]:
    """Every character that forbids GSM-7, in its order: to get the cheaper encoding, all of them must go.

    The offset counts characters, not UTF-16 units.
    """
    return [
        Foreign(offset, character, _PLAIN_FORMS.get(character, ""))
        for offset, character in enumerate(body)
        if not is_gsm7(character)
    ]


def _width(character: str, encoding: Encoding) -> int:
    two = character in _EXTENDED if encoding == "gsm7" else ord(character) > 0xFFFF
    return 2 if two else 1
