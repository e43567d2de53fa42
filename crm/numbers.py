"""Phone numbers: which ones may be texted at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from crm.contract import NumberProblem
from crm.models import Organization, Store

Kind = Literal["mobile", "fixed_or_mobile"]
# How a phone number is written everywhere; a short code or a name is none.
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# In North America a number does not tell whether it is a mobile one.
_TEXTABLE: Final[dict[int, Kind]] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
}


@dataclass(frozen=True)
class Number:
    e164: str
    country: str
    national: str
    kind: Kind


class NumberRefused(Exception):
    """A number that gets no texts; `code` says why."""

    def __init__(self, code: NumberProblem) -> None:
        super().__init__(code)
        self.code = code


def allowed_countries(organization: Organization, store: Store) -> list[str]:
    """A store texts numbers of its own country, named first, and of those its organisation has added."""
    return list(dict.fromkeys([store.country, *organization.text_countries]))


def countries(*, organization: Organization, store: Store) -> list[dict[str, str]]:
    """The allowed countries with their calling code and the look of a mobile number there."""
    return [
        {"code": code, "calling": f"+{phonenumbers.country_code_for_region(code)}", "example": _example(code)}
        for code in allowed_countries(organization, store)
    ]


def read_number(*, text: str, country: str, allowed_countries: Sequence[str]) -> Number:
    """A number is texted only if it is complete, belongs to an allowed country, and can be a mobile phone's."""
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise NumberRefused("number_invalid") from None
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        raise NumberRefused("number_invalid")
    # The region of the number itself: +1876… is Jamaica and +882… no country, whatever they begin with.
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or region not in allowed_countries:
        raise NumberRefused("number_region")
    kind = _TEXTABLE.get(phonenumbers.number_type(parsed))
    if kind is None:
        raise NumberRefused("number_not_mobile")
    return Number(
        e164=phonenumbers.format_number(parsed, PhoneNumberFormat.E164),
        country=region,
        national=phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL),
        kind=kind,
    )


def country_of(e164: str) -> str:
    """The country that a complete number belongs to; nothing for one that belongs to none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""


def _example(country: str) -> str:
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else ""
