"""Names as texts carry them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.wording.names import plain, safe_name


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Emma", "Emma"),
        ("  Emma \n Clark\t", "Emma Clark"),
        ("王女士", "王女士"),
        ("Zoe\u0308", "Zoë"),
        ("O\u2019Brien", "O'Brien"),
        ("Em\x00m\x1ba", "Emma"),
        ("\u202eammE", "ammE"),
        ("\u2066Emma\u2069\u200b", "Emma"),
        ("Emma 😀", "Emma 😀"),
        ("Dr. Wang", "Dr. Wang"),
        ("J. R.", "J. R."),
        ("Emma 2", "Emma 2"),
    ],
)
def test_a_name_is_shown_plain(typed: str, shown: str) -> None:
    assert safe_name(typed, longest=40) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "...",
        "😀",
        "http://evil.example",
        "evil.example/x",
        "www.evil",
        "EVIL.COM",
        "evil。com",
        "ｅｖｉｌ．ｃｏｍ",
        "a@b",
        "<b>Emma</b>",
        "{password}",
        "{{7*7}}",
        "[Emma](x)",
        "&lt;Emma",
        "call 212-555-0199",
        "+12125550199",
    ],
)
def test_a_name_with_anything_live_in_it_is_no_name(typed: str) -> None:
    assert safe_name(typed, longest=40) == ""


def test_a_long_name_is_cut_without_tearing_a_letter() -> None:
    assert safe_name("A" * 500, longest=12) == "A" * 12
    # The family emoji is five characters joined to one picture.
    family = "👨\u200d👩\u200d👧"
    assert safe_name("A" * 10 + family, longest=12) == "A" * 10
    assert safe_name("A" * 11 + "q\u0323\u0307", longest=12) == "A" * 11
    assert safe_name("Anna Maria Luise", longest=5) == "Anna"


@given(st.text(max_size=120), st.sampled_from([40, 30, 20, 12]))
def test_no_name_brings_along_what_is_not_text(typed: str, longest: int) -> None:
    shown = safe_name(typed, longest=longest)
    assert len(shown) <= longest
    assert not any(unicodedata.category(c).startswith("C") and c not in "\u200c\u200d" for c in shown)
    assert not set(shown) & set("<>{}[]@|`\\\n\r")
    assert "://" not in shown


@given(st.text(max_size=120))
def test_plain_text_stays_plain(typed: str) -> None:
    once = plain(typed)
    assert plain(once) == once
