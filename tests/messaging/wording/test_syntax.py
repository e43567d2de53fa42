"""The language of templates: what it reads, and where exactly it stumbles."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.contract import LANGUAGES
from messaging.contract.wording import FIELDS, FIELDS_OF, TEMPLATE_CHARACTERS, TEMPLATE_FAULTS
from messaging.wording.syntax import BadTemplate, Fault, Slot, faults_in, parse, slots, tidy


def places(body: str) -> list[tuple[str, str]]:
    """Each fault, and the characters it points at."""
    found = faults_in(body=body, allowed=FIELDS_OF["departure"])
    return [(fault.code, body[fault.offset : fault.offset + fault.length]) for fault in found]


def test_words_and_fields_take_turns() -> None:
    assert parse(body="Hi {name|there}, {brand}!") == [
        "Hi ",
        Slot("name", "there", 3, 12),
        ", ",
        Slot("brand", None, 17, 7),
        "!",
    ]
    assert slots(body="{name|}") == [Slot("name", "", 0, 7)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi {nmae|x}, {brand}", [("unknown_field", "{nmae|x}")]),
        ("Your {password}", [("unknown_field", "{password}")]),
        ("{name.__class__}", [("unknown_field", "{name.__class__}")]),
        ("{name!r} {0} { name }", [("unknown_field", f) for f in ("{name!r}", "{0}", "{ name }")]),
        ("{name:>10}", [("unknown_field", "{name:>10}")]),
        ("your visit on {visit_date}", [("unknown_field", "{visit_date}")]),
        ("Hi {name", [("brace_open", "{")]),
        ("Hi {name|{brand}}", [("brace_open", "{"), ("brace_stray", "}")]),
        ("Hi name}", [("brace_stray", "}")]),
        ("Hi {}", [("bad_field", "{}")]),
        ("Hi {|there}", [("bad_field", "{|there}")]),
        ("Hi {name|a|b}", [("bad_field", "{name|a|b}")]),
        ("two\nlines", [("line_break", "\n")]),
        ("two\u2028lines", [("line_break", "\u2028")]),
        ("a\u202eb", [("invisible", "\u202e")]),
        ("a\u200bb\x00c", [("invisible", "\u200b"), ("invisible", "\x00")]),
        ("lone \ud800", [("invisible", "\ud800")]),
        ("x" * 601, [("too_long", "x")]),
        ("", [("empty", "")]),
        ("  ", [("empty", "  ")]),
        ("{nmae} and {oops", [("unknown_field", "{nmae}"), ("brace_open", "{")]),
        ("caf\u00e9 👩\u200d👩\u200d👧 \u00a0 {name|您好}", []),
    ],
)
def test_each_fault_is_shown_at_its_place(body: str, expected: list[tuple[str, str]]) -> None:
    assert places(body) == expected


def test_a_fault_says_what_to_do_in_every_language() -> None:
    (unknown,) = faults_in(body="{nmae}", allowed=FIELDS_OF["departure"])
    assert unknown.sentence == {
        "en": "There is no such field here. Use one of: name, associate, brand, store, page.",
        "zh": "这里没有这个字段，可用的有：name, associate, brand, store, page。",
    }
    (open_brace,) = faults_in(body="Hi {", allowed=FIELDS)
    # The braces that a sentence shows are not its gap.
    assert open_brace.sentence["en"] == TEMPLATE_FAULTS["brace_open"]["en"]
    assert all(set(sentences) == set(LANGUAGES) for sentences in TEMPLATE_FAULTS.values())


def test_what_is_not_well_formed_is_never_filled_in() -> None:
    with pytest.raises(BadTemplate, match="never closed") as refused:
        parse(body="Hi {name")
    assert refused.value.faults[0].offset == 3


def test_a_template_is_kept_in_nfc_without_blanks_around_it() -> None:
    assert tidy("  cafe\u0301 {name} ") == "caf\u00e9 {name}"


@given(st.text(alphabet=string.ascii_letters + "{}| 字\n\u202e", max_size=60))
@example("{" * 30 + "}" * 30)
def test_whatever_is_typed_every_fault_points_into_it(body: str) -> None:
    found: list[Fault] = faults_in(body=body, allowed=FIELDS)
    assert all(0 <= fault.offset <= len(body) and fault.offset + fault.length <= len(body) for fault in found)
    assert [fault.offset for fault in found] == sorted(fault.offset for fault in found)
    if not found:
        joined = "".join(part if isinstance(part, str) else written(part) for part in parse(body=body))
        assert joined == body
        assert all(slot.name in FIELDS for slot in slots(body=body))


def written(slot: Slot) -> str:
    return f"{{{slot.name}}}" if slot.fallback is None else f"{{{slot.name}|{slot.fallback}}}"


def test_the_longest_template_that_is_kept_fits_its_column() -> None:
    assert places("x" * TEMPLATE_CHARACTERS) == []
