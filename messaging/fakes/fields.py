"""The parameters of Twilio's Messages resource as its documentation lists them, and what is wrong with a request."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

_E164: Final = re.compile(r"\+[1-9]\d{1,14}")
_SHORT_CODE: Final = re.compile(r"\d{3,8}")
_NAMED_SENDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_CHANNEL: Final = re.compile(r"(whatsapp|messenger|rcs):.+")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST_CHARACTERS: Final = 1600
_MOST_MEDIA: Final = 10
_LONGEST_VALIDITY: Final = 36_000


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a request does that the documentation does not allow, and Twilio's code where it has one for it."""

    field: str
    why: str
    code: int | None = None


def _recipient(value: str) -> bool:
    return bool(_E164.fullmatch(value) or _CHANNEL.fullmatch(value))


def _sender(value: str) -> bool:
    return any(form.fullmatch(value) for form in (_E164, _SHORT_CODE, _NAMED_SENDER, _CHANNEL))


def _address(value: str) -> bool:
    url = urlsplit(value)
    # "URL must contain a valid hostname and underscores are not allowed."
    return url.scheme in ("http", "https") and bool(url.hostname) and "_" not in (url.hostname or "")


def _sid(prefix: str) -> Callable[[str], bool]:
    return lambda value: bool(re.fullmatch(prefix + "[0-9a-f]{32}", value))


def _one_of(*allowed: str) -> Callable[[str], bool]:
    return lambda value: value in allowed


def _number(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: value.isascii() and value.isdigit() and low <= int(value) <= high


def _moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _json(value: str) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


def _any(value: str) -> bool:
    return True


_truth: Final = _one_of("true", "false")

# Create a Message: POST …/Messages.json. Every parameter there is; `To` alone is required by itself.
CREATE: Final[Mapping[str, Callable[[str], bool]]] = {
    "To": _recipient,
    "From": _sender,
    "MessagingServiceSid": _sid("MG"),
    "FallbackFrom": _sender,
    "Body": lambda value: 1 <= len(value) <= _MOST_CHARACTERS,
    "MediaUrl": _address,
    "ContentSid": _sid("HX"),
    "ContentVariables": _json,
    "StatusCallback": _address,
    "ApplicationSid": _sid("AP"),
    "MaxPrice": _any,
    "ProvideFeedback": _truth,
    "Attempt": _number(1, 1_000_000),
    "ValidityPeriod": _number(1, _LONGEST_VALIDITY),
    "ForceDelivery": _truth,
    "ContentRetention": _one_of("retain", "discard"),
    "AddressRetention": _one_of("retain", "obfuscate"),
    "SmartEncoded": _truth,
    "PersistentAction": _any,
    "TrafficType": _one_of("free"),
    "ShortenUrls": _truth,
    "ScheduleType": _one_of("fixed"),
    "SendAt": _moment,
    "SendAsMms": _truth,
    "MessageIntent": _any,
    "RiskCheck": _one_of("enable", "disable"),
}
# List Messages: GET …/Messages.json. The last three belong to the pages and come from `next_page_uri`.
LIST: Final[Mapping[str, Callable[[str], bool]]] = {
    "To": _recipient,
    "From": _sender,
    "DateSent": lambda value: bool(_DAY.fullmatch(value)),
    "DateSent<": lambda value: bool(_DAY.fullmatch(value)),
    "DateSent>": lambda value: bool(_DAY.fullmatch(value)),
    "PageSize": _number(1, 1000),
    "Page": _number(0, 1_000_000),
    "PageToken": _any,
}
_REPEATED: Final = ("MediaUrl", "PersistentAction")
# The codes of Twilio's error dictionary for what is missing or wrong.
_CODES: Final = {"To": 21211, "From": 21212, "Body": 21617, "StatusCallback": 21609}


def complaints(
    *, fields: list[tuple[str, str]], known: Mapping[str, Callable[[str], bool]] = CREATE
) -> Iterator[Complaint]:
    """A request has known parameters alone, each once and in its form; one to create a message also says to whom, from
    where and what."""
    names = [name for name, _ in fields]
    for name, value in fields:
        if name not in known:
            yield Complaint(name, "unknown")
        elif not known[name](value):
            yield Complaint(name, "form", _CODES.get(name))
    for name in sorted(set(names)):
        if names.count(name) > (_MOST_MEDIA if name in _REPEATED else 1):
            yield Complaint(name, "repeated")
    if known is CREATE:
        yield from _together(set(names))


def _together(names: set[str]) -> Iterator[Complaint]:
    if "To" not in names:
        yield Complaint("To", "missing", 21604)
    # One from a service's pool may be named as well, which chooses a sender behind the service's back.
    if len(names & {"From", "MessagingServiceSid"}) != 1:
        yield Complaint("From", "one sender", None if "From" in names else 21603)
    if not names & {"Body", "MediaUrl", "ContentSid"}:
        yield Complaint("Body", "missing", 21602)
    # Without a service, a schedule is dropped in silence and the text leaves at once.
    if names & {"SendAt", "ScheduleType"} and not {"SendAt", "ScheduleType", "MessagingServiceSid"} <= names:
        yield Complaint("SendAt", "not alone")
    for name, needs in (("ShortenUrls", "MessagingServiceSid"), ("ContentVariables", "ContentSid")):
        if name in names and needs not in names:
            yield Complaint(name, "not alone")
