"""How long a visit holds the associate's attention, reckoned from the taps that were really made.

By the keystroke-level model (Card, Moran and Newell, "The Keystroke-Level Model for User Performance Time with
Interactive Systems", Communications of the ACM 23, 1980) for somebody who knows the screens and makes no mistake:

- M, 1.35 s: making up one's mind before an act. One before each tap, but none where it was settled before (their
  rule 1): what ends the visit's last form is no decision.
- K, 0.28 s: one key, of an average typist who is no typist by trade.
- The model points with a mouse (P 1.10 s, and K 0.20 s for its button). A finger is quicker: 0.57 s for pointing and
  tapping together, as measured on a tablet (Applied Ergonomics, 2016, doi 10.1016/j.apergo.2016.06.004).

Typing a number is left out, as the promise has it, and so is what nobody has to give. Waiting for the machine is
nothing: every tap is painted before the next one.
"""

from typing import Final

from tests.browser.hand import Hand

MAKING_UP_ONES_MIND_SECONDS: Final = 1.35
KEY_SECONDS: Final = 0.28
TAP_SECONDS: Final = 0.57
SETTLED_BEFORE: Final = "save-finish"


def attention_seconds(hand: Hand, *, without: tuple[str, ...] = ()) -> float:
    """The seconds of what this hand has done since it began anew, without the fields that are left out."""
    left_out = {"number", *without}
    taps = [tap for tap in hand.trail if tap.strip("[]") not in left_out]
    typed = {field: keys for field, keys in hand.typed.items() if field not in left_out}
    decisions = sum(tap != SETTLED_BEFORE for tap in taps)
    # A field that had the focus was not tapped, yet what goes into it had to be thought of.
    decisions += sum(f"[{field}]" not in taps for field in typed)
    return decisions * MAKING_UP_ONES_MIND_SECONDS + len(taps) * TAP_SECONDS + sum(typed.values()) * KEY_SECONDS
