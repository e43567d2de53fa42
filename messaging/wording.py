"""The words of the texts: templates with a few known fields, and what is always added to them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

from crm.contract import LANGUAGES, Language
from crm.models import Organization
from messaging.contract import FIELDS, MAX_SEGMENTS, PURPOSES, Purpose
from messaging.models import Template
from messaging.names import plain, safe_name
from messaging.segments import segments

_FILE: Final = Path(__file__).parent / "wording" / "departure.json"
# {field} or {field|fallback}. A fallback is plain text: it cannot hold another field.
_FIELD: Final = re.compile(r"\{([^{}|]*)(?:\|([^{}|]*))?\}")
# Names are shortened step by step, as far as a text that is too long needs it, and at last left out.
_NAME_LENGTHS: Final = (40, 30, 20, 12, 0)
_SHORTEST_NAME: Final = 12
_LONGEST_BRAND: Final = 40
_LONGEST_STORE: Final = 80


class BadTemplate(ValueError):
    """Wording that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as it will be read, and what it costs."""

    body: str
    segments: int


@dataclass(frozen=True, slots=True)
class Values:
    """What the fields stand for. An associate or name of None is left to the template's fallback."""

    brand: str
    store: str
    name: str | None = None
    associate: str | None = None


def render(*, template: str, language: Language, values: Values, country: str) -> Rendered:
    """A text names its brand and says how to get no more of them, whatever its template says.

    Names are shortened, and at last left out, until it fits into the allowed segments. Nothing that was typed by or
    about a customer is ever read as a template.
    """
    for longest in _NAME_LENGTHS:
        body = _compose(template, language, values, country, longest)
        if segments(body) <= MAX_SEGMENTS:
            break
    return Rendered(body, segments(body))


def check_template(*, body: str, language: Language) -> None:
    """A template uses known fields alone, and fits with the longest brand and store there can be and short names.

    Raises BadTemplate.
    """
    rest = _FIELD.sub("", body)
    if "{" in rest or "}" in rest:
        raise BadTemplate("a brace is not closed, or stands inside another")
    for field, _ in _FIELD.findall(body):
        if field not in FIELDS:
            raise BadTemplate(f"there is no field {field!r}; known are: {', '.join(FIELDS)}")
    if plain(body) != body:
        raise BadTemplate("a text is one line in NFC without control characters")
    # One Chinese name makes an English text as expensive as a Chinese one.
    brand, store, name = ("字" * longest for longest in (_LONGEST_BRAND, _LONGEST_STORE, _SHORTEST_NAME))
    worst = Values(brand=brand, store=store, name=name, associate=name)
    if segments(_compose(body, language, worst, "", _SHORTEST_NAME)) > MAX_SEGMENTS:
        raise BadTemplate(f"the text can take more than {MAX_SEGMENTS} segments")


def opt_out(*, language: Language, country: str) -> str:
    """How a reader says no to more; the short Chinese word counts for numbers of mainland China alone."""
    file = _file()
    by_country: Mapping[str, str] = file["opt_out_by_country"].get(country, {})
    return by_country.get(language) or cast(str, file["opt_out"][language])


def rules_for_tablets() -> dict[str, Any]:
    """What a tablet must know beside the templates so that its preview is the text to the letter."""
    file = _file()
    named = ("opt_out", "opt_out_by_country", "full_stop", "sentence_ends", "fallback_name")
    return {name: file[name] for name in named} | {"name_lengths": _NAME_LENGTHS, "max_segments": MAX_SEGMENTS}


def texts_for(*, organization_id: UUID) -> list[dict[str, str]]:
    """An organisation's present departure texts as a tablet previews them: brand added, fields still open."""
    return [
        {
            "purpose": purpose,
            "language": language,
            "body": _signed(template.body, template.body, language, "{brand}"),
        }
        for purpose in PURPOSES
        for language in LANGUAGES
        if (template := _newest(organization_id, purpose, language)) is not None
    ]


def template_for(*, organization_id: UUID, purpose: Purpose, language: Language) -> Template:
    """The newest version of an organisation's wording; one that has none yet gets the wording shipped with us."""
    found = _newest(organization_id, purpose, language)
    if found is None:
        load_default_templates(Organization.objects.get(pk=organization_id))
        found = _newest(organization_id, purpose, language)
    if found is None:
        raise LookupError(f"no wording for {purpose} in {language}")
    return found


def load_default_templates(organization: Organization) -> None:
    """Gives an organisation the texts shipped with us where it has none; what it has stays as it is."""
    for text in _file()["texts"]:
        check_template(body=text["body"], language=text["language"])
        Template.objects.get_or_create(
            organization=organization,
            purpose=text["purpose"],
            language=text["language"],
            version=1,
            defaults={"body": text["body"]},
        )


def _compose(template: str, language: Language, values: Values, country: str, longest: int) -> str:
    given = {
        "name": safe_name(values.name or "", longest=longest),
        "associate": safe_name(values.associate or "", longest=longest),
        "brand": plain(values.brand),
        "store": plain(values.store),
    }
    last_resort = {"name": _file()["fallback_name"][language], "associate": given["brand"]}

    def value(field: re.Match[str]) -> str:
        name, fallback = field.groups()
        if name not in given:
            raise BadTemplate(f"there is no field {name!r}")
        return given[name] or (fallback if fallback is not None else last_resort.get(name, ""))

    # One pass: a value that looks like a field is left as it is.
    text = _FIELD.sub(value, template)
    said = _ended(_signed(text, template, language, given["brand"]), language)
    return said + opt_out(language=language, country=country)


def _signed(text: str, template: str, language: Language, brand: str) -> str:
    signature = _file()["signature"][language]
    names_brand = any(field == "brand" for field, _ in _FIELD.findall(template))
    # The Chinese brackets are the form that carriers ask for, whatever the text says besides.
    if names_brand and not signature["always"]:
        return text
    before, after = (signature[place].replace("{brand}", brand) for place in ("before", "after"))
    return f"{before}{text}{after}"


def _ended(text: str, language: Language) -> str:
    """What is said is a sentence of its own: a signature must not run into how to get no more."""
    text = text.rstrip()
    return text if text.endswith(tuple(_file()["sentence_ends"])) else text + _file()["full_stop"][language]


def _newest(organization_id: UUID, purpose: str, language: str) -> Template | None:
    return (
        Template.objects.filter(organization_id=organization_id, purpose=purpose, language=language)
        .order_by("-version")
        .first()
    )


@cache
def _file() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data
