"""The small language of templates: words with `{field}` or `{field|what stands there when it is empty}` among them.

It is our own, and has nothing else: no expressions, no attributes, no formats. What fills a field is never read again.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crm.contract import LANGUAGES, Language
from messaging.contract.wording import TEMPLATE_CHARACTERS, TEMPLATE_FAULTS, Field, TemplateFault
from messaging.wording.names import is_invisible

_LINE_BREAKS: Final = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a template cannot be used, and where: `length` characters from `offset`, counted as Python counts them."""

    code: TemplateFault
    offset: int
    length: int
    sentence: Mapping[Language, str]


class BadTemplate(ValueError):
    """Wording that cannot be used: all of its faults, in their order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.offset}: {fault.sentence['en']}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's place among the words. Without a fallback, a field that is empty falls back to our own last resort."""

    name: str
    fallback: str | None
    offset: int
    length: int


Part = str | Slot


def fault(code: TemplateFault, offset: int, length: int, detail: object = "") -> Fault:
    """A fault with its sentence in every language; `detail` fills the sentence's gap."""
    # The sentences show braces of their own, so only the empty pair is the gap.
    sentence = {lang: TEMPLATE_FAULTS[code][lang].replace("{}", str(detail)) for lang in LANGUAGES}
    return Fault(code, offset, length, sentence)


def tidy(body: str) -> str:
    """A template as it is kept: in NFC, without blanks around it. Faults are placed in this form."""
    return unicodedata.normalize("NFC", body).strip()


def parse(*, body: str) -> list[Part]:
    """A template is words and fields in turn. Raises BadTemplate for one that is not well formed."""
    parts, faults = _scan(body)
    if faults:
        raise BadTemplate(faults)
    return parts


def slots(*, body: str) -> list[Slot]:
    """The fields a template uses, in their order."""
    return [part for part in parse(body=body) if isinstance(part, Slot)]


def faults_in(*, body: str, allowed: Sequence[Field]) -> list[Fault]:
    """A template uses the fields of its purpose alone, is one line, and holds nothing that cannot be seen.

    How many segments it takes is not asked here: that depends on what fills it.
    """
    if not body.strip():
        return [fault("empty", 0, len(body))]
    parts, faults = _scan(body)
    for part in parts:
        if isinstance(part, Slot) and part.name not in allowed:
            faults.append(fault("unknown_field", part.offset, part.length, ", ".join(allowed)))
    for offset, character in enumerate(body):
        if character in _LINE_BREAKS:
            faults.append(fault("line_break", offset, 1))
        elif is_invisible(character):
            faults.append(fault("invisible", offset, 1))
    if len(body) > TEMPLATE_CHARACTERS:
        faults.append(fault("too_long", TEMPLATE_CHARACTERS, len(body) - TEMPLATE_CHARACTERS, TEMPLATE_CHARACTERS))
    return sorted(faults, key=lambda one: one.offset)


def _scan(body: str) -> tuple[list[Part], list[Fault]]:
    parts: list[Part] = []
    faults: list[Fault] = []
    at = 0
    while at < len(body):
        start = _next_brace(body, at)
        if start > at:
            parts.append(body[at:start])
        at = start + 1
        if start == len(body):
            break
        if body[start] == "}":
            faults.append(fault("brace_stray", start, 1))
            continue
        end = _next_brace(body, at)
        if end == len(body) or body[end] == "{":
            faults.append(fault("brace_open", start, 1))
            continue
        name, bar, fallback = body[at:end].partition("|")
        at = end + 1
        if not name or "|" in fallback:
            faults.append(fault("bad_field", start, at - start))
        else:
            parts.append(Slot(name, fallback if bar else None, start, at - start))
    return parts, faults


def _next_brace(body: str, at: int) -> int:
    found = [place for place in (body.find("{", at), body.find("}", at)) if place != -1]
    return min(found, default=len(body))
