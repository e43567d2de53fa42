"""What a text costs."""

import math

import pytest
import smsutil  # type: ignore[import-untyped]  # it has no types
from hypothesis import example, given
from hypothesis import strategies as st

from messaging.fakes import resource
from messaging.wording.segments import Foreign, foreign, is_gsm7, measure, segments

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
        ("字" * 67 + "a" * 67, 2),
        ("😀" * 67, 3),  # 33 to a segment: the 67th unit stays empty
    ],
)
def test_a_text_has_so_many_segments(body: str, count: int) -> None:
    assert segments(body) == count
    # What the provider says of it, which counts in its own way.
    assert resource.segments(body) == count


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


# smsutil takes the bare escape character for a letter of GSM-7. It announces an extended letter and is none: sent on
# its own, a phone shows a blank or swallows the letter after it. Ours counts such a text as UCS-2.
NOT_A_LETTER = "\x1b"


@given(
    st.one_of(
        st.text(alphabet=BASIC + EXTENDED, max_size=700),
        st.text(max_size=300),
        st.text(alphabet=st.sampled_from("a€字😀’" + EXTENDED), max_size=300),
    ).filter(lambda body: NOT_A_LETTER not in body)
)
@example("a" * 160)
@example("a" * 159 + "€")
@example("a" * 152 + "€" + "a" * 152)
@example("字" * 66 + "😀" + "字" * 66)
def test_smsutil_counts_the_same(body: str) -> None:
    theirs = smsutil.split(body)
    ours = measure(body=body)
    assert ours.segments == len(theirs.parts)
    if body:
        assert ours.encoding == {"gsm0338": "gsm7", "utf_16_be": "ucs2"}[theirs.encoding]
        assert ours.units == theirs.total_bytes // (1 if ours.encoding == "gsm7" else 2)
        assert ours.left == room(ours.encoding, ours.segments) - units(ours.encoding, theirs.parts[-1].content)


def room(encoding: str, count: int) -> int:
    return {"gsm7": (160, 153), "ucs2": (70, 67)}[encoding][count > 1]


def units(encoding: str, body: str) -> int:
    if encoding == "ucs2":
        return len(body.encode("utf-16-le", "surrogatepass")) // 2
    return sum(2 if c in EXTENDED else 1 for c in body)


def test_smsutil_takes_the_escape_character_for_a_letter_and_we_do_not() -> None:
    assert smsutil.split(NOT_A_LETTER).encoding == "gsm0338"
    assert measure(body=NOT_A_LETTER).encoding == "ucs2"
    assert (len(smsutil.split(NOT_A_LETTER + "a" * 99).parts), segments(NOT_A_LETTER + "a" * 99)) == (1, 2)


def test_smsutil_calls_a_text_without_letters_ucs2_and_we_do_not() -> None:
    assert smsutil.split("").encoding == "utf_16_be"
    assert measure(body="").encoding == "gsm7"


def test_the_letters_that_make_a_text_expensive_are_pointed_out() -> None:
    body = "It’s 😀 here… `ok` ẞ"
    assert foreign(body=body) == [
        Foreign(2, "’", "'"),
        Foreign(5, "😀", ""),
        Foreign(11, "…", "..."),
        Foreign(13, "`", "'"),
        Foreign(16, "`", "'"),
        Foreign(18, "ẞ", ""),
    ]
    assert foreign(body="It's [here]: 5 € ~ ok") == []


@given(st.text(max_size=200))
def test_a_text_is_ucs2_exactly_when_a_letter_is_foreign(body: str) -> None:
    found = foreign(body=body)
    assert (measure(body=body).encoding == "ucs2") == bool(found)
    assert all(body[one.offset] == one.character for one in found)
    assert all(is_gsm7(letter) for one in found for letter in one.plain_form)


@given(st.text(alphabet=BASIC + EXTENDED + "字😀", min_size=1, max_size=400))
def test_what_is_left_still_fits_and_one_more_does_not(body: str) -> None:
    found = measure(body=body)
    filler = "a" if found.encoding == "gsm7" else "字"
    assert segments(body + filler * found.left) == found.segments
    assert segments(body + filler * (found.left + 1)) == found.segments + 1
