"""From a template to a text: its fields filled in, and what is always added to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from crm.contract import Language
from messaging.contract.wording import MAX_FREE_SEGMENTS, MAX_SEGMENTS
from messaging.own_page.links import planned_link
from messaging.wording.names import plain, safe_name
from messaging.wording.segments import segments
from messaging.wording.shipped import shipped
from messaging.wording.syntax import BadTemplate, Part, Slot, fault, parse

# Names are shortened step by step, as far as a text that is too long needs it, and at last left out.
_NAME_LENGTHS: Final = (40, 30, 20, 12, 0)
# So much of a name a template must always have room for.
_SHORTEST_NAME: Final = 12
# What the longest name and the longest day of the year are made of.
_LETTER: Final[Mapping[Language, str]] = {"en": "W", "zh": "字"}
_LONGEST_DAY: Final[Mapping[Language, date]] = {"en": date(2000, 9, 30), "zh": date(2000, 12, 30)}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as it will be read, and what it costs."""

    body: str
    segments: int


@dataclass(frozen=True, slots=True)
class Values:
    """What the fields stand for. What is None is left to the template's fallback."""

    brand: str
    store: str
    name: str | None = None
    associate: str | None = None
    visited_on: date | None = None


def render(*, template: str, language: Language, values: Values, country: str, answers: bool = False) -> Rendered:
    """A text names its brand and says how to get no more of them, whatever its template says. One that `answers` a
    customer in a conversation says just what its template does.

    Names are shortened, and at last left out, until it fits into the allowed segments. A shop whose own name was
    changed since may make it too long all the same: then it must not be sent. Nothing that was typed by or about a
    customer is ever read as a template.
    """
    parts = parse(body=template)
    for longest in _NAME_LENGTHS:
        body = _compose(parts, language, values, country, longest, answers)
        cost = segments(body)
        if cost <= MAX_SEGMENTS:
            break
    return Rendered(body, cost)


def most_segments(*, group: str, by_hand: bool) -> int:
    """What a text may cost: words that a person chose may take one segment more than a template (ruling 11)."""
    return MAX_FREE_SEGMENTS if by_hand or group == "conversation" else MAX_SEGMENTS


def longest_text(
    *, template: str, language: Language, brand: str, store: str, country: str = "", answers: bool = False
) -> Rendered:
    """The longest text that a template promises: with the longest names that are never shortened.

    Of names in another alphabet it promises nothing: one Chinese name makes an English text as expensive as a Chinese
    one, and where that is too much the name is left out.
    """
    values = _longest(language, brand, store)
    body = _compose(parse(body=template), language, values, country, _SHORTEST_NAME, answers)
    return Rendered(body, segments(body))


def too_long_from(*, template: str, language: Language, brand: str, store: str) -> int | None:
    """The character of a template from which on its longest text takes more than the allowed segments, if it does."""
    values = _longest(language, brand, store)

    def fits(parts: Sequence[Part]) -> bool:
        return segments(_compose(parts, language, values, "", _SHORTEST_NAME)) <= MAX_SEGMENTS

    parts = parse(body=template)
    if fits(parts):
        return None
    kept: list[Part] = []
    at = 0
    for part in parts:
        if fits([*kept, part]):
            kept.append(part)
            at += part.length if isinstance(part, Slot) else len(part)
            continue
        # A field is there as a whole or not at all; of words, as many characters as fit.
        if isinstance(part, str):
            at += next(n for n in range(len(part)) if not fits([*kept, part[: n + 1]]))
        return at
    raise AssertionError("the whole does not fit, so some part of it does not")


def by_hand(*, words: str, language: Language, brand: str, country: str) -> Rendered:
    """A text in a person's own words: the brand is added where they leave it out, and how to opt out always."""
    text, brand = plain(words), plain(brand)
    if brand not in text or shipped()["signature"][language]["always"]:
        before, after = _around(language, brand)
        text = f"{before}{text}{after}"
    body = _ended(text, language) + opt_out(language=language, country=country)
    return Rendered(body, segments(body))


def words_alone(*, body: str, language: Language, brand: str, country: str) -> str:
    """The words of a text without what is added to every one; `by_hand` makes the same text of them."""
    text = body.removesuffix(opt_out(language=language, country=country))
    if shipped()["signature"][language]["always"]:
        before, after = _around(language, plain(brand))
        text = text.removeprefix(before).removesuffix(after)
    return text


def opt_out(*, language: Language, country: str) -> str:
    """How a reader says no to more; the short Chinese word counts for numbers of mainland China alone."""
    words = shipped()
    by_country: Mapping[str, str] = words["opt_out_by_country"].get(country, {})
    return by_country.get(language) or cast(str, words["opt_out"][language])


def rules_for_tablets() -> dict[str, Any]:
    """What a tablet must know beside the templates so that its preview is the text to the letter."""
    words = shipped()
    named = ("opt_out", "opt_out_by_country", "full_stop", "sentence_ends", "fallback_name")
    return {name: words[name] for name in named} | {"name_lengths": _NAME_LENGTHS, "max_segments": MAX_SEGMENTS}


def signed(*, template: str, language: Language) -> str:
    """A template with its brand added and its fields still open, as a tablet previews it; only the link to the
    customer's own page, which a tablet cannot know, is there."""
    parts = parse(body=template)

    def words(part: Part) -> str:
        if isinstance(part, str):
            return part
        return planned_link() if part.name == "page" else template[part.offset : part.offset + part.length]

    return _signed("".join(map(words, parts)), parts, language, "{brand}")


def _compose(
    parts: Sequence[Part], language: Language, values: Values, country: str, longest: int, answers: bool = False
) -> str:
    given = _given(values, language, longest)
    last_resort = {
        "name": shipped()["fallback_name"][language],
        "associate": given["brand"],
        "visit_date": shipped()["fallback_visit_date"][language],
    }

    def words(part: Part) -> str:
        if isinstance(part, str):
            return part
        if part.name not in given:
            raise BadTemplate([fault("unknown_field", part.offset, part.length, ", ".join(given))])
        return given[part.name] or (part.fallback if part.fallback is not None else last_resort.get(part.name, ""))

    # One pass: a value that looks like a field is left as it is.
    text = "".join(map(words, parts))
    if answers:
        return text
    said = _ended(_signed(text, parts, language, given["brand"]), language)
    return said + opt_out(language=language, country=country)


def _given(values: Values, language: Language, longest: int) -> dict[str, str]:
    return {
        "name": safe_name(values.name or "", longest=longest),
        "associate": safe_name(values.associate or "", longest=longest),
        "brand": plain(values.brand),
        "store": plain(values.store),
        "visit_date": _day(values.visited_on, language) if values.visited_on else "",
        "page": planned_link(),
    }


def _day(day: date, language: Language) -> str:
    return f"{day.month}月{day.day}日" if language == "zh" else f"{_MONTHS[day.month - 1]} {day.day}"


def _longest(language: Language, brand: str, store: str) -> Values:
    name = _LETTER[language] * _SHORTEST_NAME
    return Values(brand=brand, store=store, name=name, associate=name, visited_on=_LONGEST_DAY[language])


def _signed(text: str, parts: Sequence[Part], language: Language, brand: str) -> str:
    signature: Mapping[str, Any] = shipped()["signature"][language]
    names_brand = any(isinstance(part, Slot) and part.name == "brand" for part in parts)
    # The Chinese brackets are the form that carriers ask for, whatever the text says besides.
    if names_brand and not signature["always"]:
        return text
    before, after = _around(language, brand)
    return f"{before}{text}{after}"


def _around(language: Language, brand: str) -> tuple[str, str]:
    signature: Mapping[str, Any] = shipped()["signature"][language]
    return signature["before"].replace("{brand}", brand), signature["after"].replace("{brand}", brand)


def _ended(text: str, language: Language) -> str:
    """What is said is a sentence of its own: a signature must not run into how to get no more."""
    text = text.rstrip()
    return text if text.endswith(tuple(shipped()["sentence_ends"])) else text + shipped()["full_stop"][language]
