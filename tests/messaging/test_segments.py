"""What a text costs."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messaging.segments import segments

BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
EXTENDED = "\f^{}\\[~]|€"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        # The euro would lie across the border, so it moves on and the rest no longer fits.
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("字" * 66 + "😀" + "字" * 66, 3),
        # One curly quote makes every letter twice as expensive.
        ("a" * 74, 1),
        ("a" * 73 + "’", 2),
        ("`", 1),
        ("ë" * 71, 2),
        ("é" * 160, 1),
    ],
)
def test_a_text_has_so_many_segments(body: str, count: int) -> None:
    assert segments(body) == count


@pytest.mark.parametrize("letter", sorted(BASIC))
def test_every_basic_letter_is_one_septet(letter: str) -> None:
    assert (segments(letter * 160), segments(letter * 161)) == (1, 2)


@pytest.mark.parametrize("letter", EXTENDED)
def test_every_extended_letter_is_two_septets(letter: str) -> None:
    assert (segments(letter * 80), segments(letter * 81)) == (1, 2)
    # 153 is odd: a joined segment holds 76 pairs and wastes a septet.
    assert (segments(letter * 152), segments(letter * 153)) == (2, 3)


@given(st.text(alphabet=BASIC + EXTENDED, max_size=700))
@example("a" * 152 + "€")
def test_a_joined_segment_wastes_at_most_one_septet(body: str) -> None:
    septets = sum(2 if c in EXTENDED else 1 for c in body)
    if septets <= 160:
        assert segments(body) == 1
    else:
        assert math.ceil(septets / 153) <= segments(body) <= math.ceil(septets / 152)


@given(st.text(max_size=300))
def test_a_text_with_a_foreign_letter_counts_utf16_units(body: str) -> None:
    body += "字"
    units = len(body.encode("utf-16-le", "surrogatepass")) // 2
    if units <= 70:
        assert segments(body) == 1
    else:
        assert math.ceil(units / 67) <= segments(body) <= math.ceil(units / 66)


@given(st.text(max_size=200), st.text(max_size=50))
def test_a_longer_text_never_costs_less(body: str, more: str) -> None:
    assert segments(body + more) >= segments(body)
