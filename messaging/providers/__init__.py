"""What a text provider is to us, and the three things it can have done with a text: taken it, not, or nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, Literal, Protocol
from uuid import UUID

from django.conf import settings

# retry: nothing is wrong with the text, later is better. config: our own set-up is wrong, so stop them all.
# number: this number can never be texted. opted_out: it asked the provider for no more texts.
# content: this wording is refused. refused: any other no, which only a person can look into.
Kind = Literal["retry", "config", "number", "opted_out", "content", "refused"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken it, under this id of its own."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider has certainly not taken it: it said so, or never got a byte of it."""

    kind: Kind
    code: str
    retry_after_seconds: float | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: sending it again could make it twice."""

    why: str
    http_status: int | None = None


Outcome = Accepted | NotSent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One attempt as it is frozen in the database. `still_mine` is asked right before the first byte leaves."""

    attempt_id: UUID
    to: str
    body: str
    validity_seconds: int
    still_mine: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be expected of a provider."""

    two_way: bool
    lookup: bool


class Provider(Protocol):
    """Sends one text once. No exception crosses it: whatever it did not expect is Unknown."""

    name: str
    capabilities: Capabilities

    def send(self, outgoing: Outgoing) -> Outcome: ...


_CLASSES: Final = {"twilio": "messaging.providers.twilio.Twilio", "console": "messaging.providers.console.Console"}


class NoProvider(RuntimeError):
    """SMS_PROVIDER names none."""


def provider_for() -> Provider:
    """The provider that the settings name; texts stay scheduled while they name none."""
    if settings.SMS_PROVIDER not in _CLASSES:
        raise NoProvider(f"SMS_PROVIDER must be one of {', '.join(_CLASSES)}, not {settings.SMS_PROVIDER!r}")
    return _made(settings.SMS_PROVIDER)


@cache
def _made(name: str) -> Provider:
    module, _, cls = _CLASSES[name].rpartition(".")
    made: Provider = getattr(import_module(module), cls)()
    return made
