"""Texts in wording that the provider has registered: which one a text is, and with what filled in."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from crm.contract import LANGUAGES
from crm.models import Organization
from messaging.models import RegisteredText
from messaging.wording import opt_out
from messaging.wording.names import plain

_FIELD: Final = re.compile(r"\$\{(\w+)\}")
_CODE: Final = re.compile(r"SMS_\d{4,20}")
# What one field may stand for; a bound, so that no text takes long to compare.
_ANYTHING: Final = ".{1,80}?"
_COUNTRY: Final = "CN"


class BadRegistration(ValueError):
    """A wording that cannot be the one which the provider approved; the message says why."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the provider is asked to send: its code for the wording, and what each field stands for."""

    code: str
    signature: str
    fields: dict[str, str]


def filled(*, organization_id: UUID, body: str) -> Filled | None:
    """The registered wording that reads exactly as this text once it is filled in; None when there is none.

    So what staff see is what the customer reads, the signature before it and how to opt out after it included: the
    provider adds both, and a text that has others is not the same.
    """
    for registered in RegisteredText.objects.filter(organization_id=organization_id).order_by("code"):
        words = _without_frame(body, registered.signature)
        fields = None if words is None else _fields(registered.text, words)
        if fields is not None:
            return Filled(registered.code, registered.signature, fields)
    return None


def register(*, organization: Organization, code: str, signature: str, text: str) -> RegisteredText:
    """Notes a wording that the provider has approved, or corrects what was noted under its code.

    Raises BadRegistration.
    """
    if not _CODE.fullmatch(code):
        raise BadRegistration("the code is the one that Aliyun shows, such as SMS_123456789")
    if not signature.strip("【】 ") or signature != signature.strip("【】 "):
        raise BadRegistration("the signature is written without 【】")
    if plain(text) != text:
        raise BadRegistration("the text is one line without control characters")
    if text.startswith("【") or any(text.endswith(opt_out(language=lang, country=_COUNTRY)) for lang in LANGUAGES):
        raise BadRegistration("the signature and how to opt out are added by Aliyun: leave them out")
    if re.search(r"\}\$\{", text):
        raise BadRegistration("between two fields there must be some words")
    if "$" in _FIELD.sub("", text) or "{" in _FIELD.sub("", text):
        raise BadRegistration("a field is written ${name}")
    made, _ = RegisteredText.objects.update_or_create(
        organization=organization, code=code, defaults={"signature": signature, "text": text}
    )
    return made


def _without_frame(body: str, signature: str) -> str | None:
    before = f"【{signature}】"
    after = next(
        (words for lang in LANGUAGES if body.endswith(words := opt_out(language=lang, country=_COUNTRY))), None
    )
    if after is None or not body.startswith(before):
        return None
    return body[len(before) : -len(after)]


def _fields(text: str, words: str) -> dict[str, str] | None:
    pattern, seen = "", set()
    for index, part in enumerate(_FIELD.split(text)):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            # A field that comes twice stands for the same both times.
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>{_ANYTHING})"
            seen.add(part)
    found = re.fullmatch(pattern, words)
    return None if found is None else found.groupdict()
