"""Judges one event by itself: what it says, and whether it can be taken."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crm.bodies import Doubled
from funnel.contract import (
    CLOCK_SUSPECT_SECONDS,
    EVENT_DATA,
    FUTURE_SECONDS,
    OLDEST_DAYS,
    WITHOUT_VISIT,
    EventEnvelope,
    QuarantineCode,
)
from funnel.fold import Event
from funnel.models import VisitEvent

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
M = TypeVar("M", bound=BaseModel)


@dataclass
class Refused(Exception):
    """Why something cannot be taken: a code, and where it was wrong. Never what it said, which may be personal."""

    code: QuarantineCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One item of a batch before anybody has judged it."""

    raw: Any
    # ASCII-escaped JSON that any database can keep, and its SHA-256: the same words have the same hash.
    text: str
    digest: str

    @property
    def id(self) -> str:
        return self._word("id", longest=64)

    @property
    def type(self) -> str:
        return self._word("type", longest=40)

    def _word(self, key: str, *, longest: int) -> str:
        value = None
        if isinstance(self.raw, Mapping):
            value = self.raw.get(key)
        elif isinstance(self.raw, Doubled):
            # The tablet must hear of its event, or it would send it for ever.
            value = self.raw.last(key)
        # Only what every database and every header can hold; the whole of it stands in `text`.
        return re.sub(r"[^ -~]", "?", value[:longest]) if isinstance(value, str) else ""


def sent(raw: Any) -> Sent:
    """An item as it came, with its canonical text and digest."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return Sent(raw=raw, text=text, digest=hashlib.sha256(text.encode()).hexdigest())


def storable(item: Sent) -> None:
    """Refuses text that no database can hold: a NUL, or half of a surrogate pair."""
    if _NUL.search(item.text):
        raise Refused("bad_text", "a NUL character")
    if "\\ud" in item.text:
        try:
            json.dumps(item.raw, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Refused("bad_text", "half of a surrogate pair") from error


def read(model: type[M], item: Sent) -> M:
    """The item as a typed value; Refused names the places that are wrong."""
    storable(item)
    try:
        return model.model_validate(item.raw)
    except ValidationError as error:
        raise Refused("bad_event", _places(error)) from error


def _places(error: ValidationError) -> str:
    places = (f"/{'/'.join(str(part) for part in e['loc'])}: {e['type']}" for e in error.errors()[:5])
    return "; ".join(places).encode("ascii", "replace").decode()[:300]


@dataclass(frozen=True, slots=True)
class Frame:
    """The batch around an event: when it was sent by the tablet's clock, how far that is off, and when it came."""

    sent_at: datetime
    offset_ms: int
    received_at: datetime


def judge(*, item: Sent, frame: Frame) -> tuple[EventEnvelope, dict[str, Any]]:
    """Reads one event and its data, and refuses what is wrong whatever the database holds.

    A wrong tablet clock alone is no reason: only an event later than its own batch, or older than 90 days, is.
    """
    envelope = read(EventEnvelope, item)
    shape = EVENT_DATA.get(envelope.type)
    if shape is None:
        raise Refused("unknown_type")
    if (envelope.visit is None) != (envelope.type in WITHOUT_VISIT):
        raise Refused("bad_event", "/visit: belongs to every event of a visit and to no other")
    try:
        data = shape.model_validate(envelope.data)
    except ValidationError as error:
        raise Refused("bad_event", "/data" + _places(error)) from error
    if envelope.at > frame.sent_at + timedelta(seconds=FUTURE_SECONDS):
        raise Refused("from_the_future")
    if envelope.at < frame.sent_at - timedelta(days=OLDEST_DAYS):
        raise Refused("too_old")
    return envelope, data.model_dump(mode="json", by_alias=True, exclude_unset=True)


def corrected(*, at: datetime, frame: Frame) -> datetime:
    """A tablet's time by the server's clock, and never after the moment it came (ruling 5)."""
    return min(at + timedelta(milliseconds=frame.offset_ms), frame.received_at)


def is_suspect(offset_ms: int) -> bool:
    """A clock more than two minutes off is left out of time statistics."""
    return abs(offset_ms) > CLOCK_SUSPECT_SECONDS * 1000


def as_folded(row: VisitEvent) -> Event:
    """A stored event as the fold reads it."""
    return Event(
        id=row.id,
        type=row.type,
        at=row.corrected_at,
        received_at=row.received_at,
        device=row.device_id,
        seq=row.seq,
        actor=row.actor_id,
        data=row.data,
        clock_suspect=is_suspect(row.offset_ms),
    )
