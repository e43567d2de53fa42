"""How many segments a text costs: GSM-7 as long as every character is in its alphabet, else UCS-2 for all of it."""

from typing import Final

# GSM 03.38's basic alphabet; the escape character itself is no letter.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as an escape and a letter.
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")


def segments(body: str) -> int:
    """A text has one segment up to 160 septets or 70 UTF-16 units, else one for every 153 or 67 begun.

    A character of two units is never cut: it moves into the next segment whole.
    """
    if all(c in _BASIC or c in _EXTENDED for c in body):
        return _count([2 if c in _EXTENDED else 1 for c in body], alone=160, joined=153)
    return _count([2 if ord(c) > 0xFFFF else 1 for c in body], alone=70, joined=67)


def _count(widths: list[int], *, alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count
