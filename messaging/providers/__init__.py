"""What a text provider is to us, and the three things it can have done with a text: taken it, not, or nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Final, Literal, Protocol
from uuid import UUID

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
    organization_id: UUID
    to: str
    body: str
    validity_seconds: int
    still_mine: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedFor:
    """An attempt of which nobody knows what became, and the provider's ids that are known to be of other texts."""

    attempt_id: UUID
    to: str
    body: str
    started_at: datetime
    owned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A text that a provider has. `attempt_id` is set where it gives back what we named the text by, `means` where its
    error says something of the number."""

    sid: str
    status: str
    to: str
    body: str
    created_at: datetime
    error_code: str = ""
    means: Kind | None = None
    attempt_id: UUID | None = None
    # False for a text that left the same account by another sender than the one the settings name now.
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What may be the text looked for, never none. Several are alike: texts in the same words to the same number."""

    texts: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider answered, and has no such text at this moment."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No verdict, neither way: the provider did not answer, or its answer leaves room for doubt."""

    why: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Every text that left on one day."""

    texts: tuple[Held, ...]


Looked = Found | Absent | CannotTell
OnAbsent = Literal["resend", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What can be expected of a provider, as far as anything here goes by it."""

    # It can be asked what it has.
    lookup: bool
    # It lists a whole day, so a day can be held against its record.
    lists_days: bool
    # It sends registered wording alone, with fields filled in.
    template_only: bool
    # It calls us when a text has arrived, or not; one that does not is asked.
    tells_receipts: bool
    # What becomes of a text that it surely has not: sent once more, or shown to a person.
    on_absent: OnAbsent


class Provider(Protocol):
    """Sends one text once, and tells what it has. No exception crosses it: what it did not expect is a doubt.

    What it calls us with is read by its own module of `messaging.webhooks`: one signs a form about one text, another
    pushes rows to a secret address, and alike is only what comes of it, a `Report` or something `Heard`.
    """

    name: str
    capabilities: Capabilities

    def send(self, outgoing: Outgoing) -> Outcome: ...

    def lookup(self, looked_for: LookedFor) -> Looked:
        """What the provider has that may be this text: to the same number, in the same words, not older."""

    def listing(self, day: date) -> Listing | CannotTell:
        """What left on a day of the provider's own calendar, UTC; a text that still waits there is not among it."""

    def fetch(self, sid: str) -> Held | Absent | CannotTell:
        """One text by the provider's own id, as it stands now."""


_CLASSES: Final = {
    "aliyun": "messaging.providers.aliyun.Aliyun",
    "console": "messaging.providers.console.Console",
    "twilio": "messaging.providers.twilio.Twilio",
}
NAMES: Final = tuple(_CLASSES)


class NoProvider(RuntimeError):
    """A setting, or an old text, names a provider that there is not."""


def provider_named(name: str) -> Provider:
    """The provider of this name, whatever the settings name for new texts."""
    if name not in NAMES:
        raise NoProvider(f"a text provider must be one of {', '.join(NAMES)}, not {name!r}")
    return _made(name)


@cache
def _made(name: str) -> Provider:
    module, _, cls = _CLASSES[name].rpartition(".")
    made: Provider = getattr(import_module(module), cls)()
    return made
