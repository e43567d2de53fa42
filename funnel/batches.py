"""What a tablet hands in, and one batch of it on its way through the door."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crm.changes import Feed
from crm.models import Device
from funnel.events import Frame, Refused, Sent
from funnel.models import QuarantinedEvent, Visit, VisitEvent

Kind = Literal["event", "person", "note"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a tablet hands in. `offset_ms` is how far its clock is behind the server's, None while it does not know."""

    sent_at: datetime
    offset_ms: int | None = None
    people: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item, named by the id it called itself."""

    id: str
    status: Literal["accepted", "duplicate", "quarantined"]
    code: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Work:
    """One batch on its way."""

    device: Device
    frame: Frame
    now: datetime
    # With care, each row has a savepoint of its own: only after the database refused the quick way.
    careful: bool
    results: list[Result] = field(default_factory=list)
    aside: list[QuarantinedEvent] = field(default_factory=list)
    logs: set[UUID] = field(default_factory=set)
    # What the touched logs were before this batch, and their events with those of this batch.
    visits: dict[UUID, list[Visit]] = field(default_factory=dict)
    events: dict[UUID, list[VisitEvent]] = field(default_factory=dict)
    # What changed, to be numbered and told.
    people: list[UUID] = field(default_factory=list)
    presences: list[VisitEvent] = field(default_factory=list)
    written: list[Visit] = field(default_factory=list)
    feed: Feed | None = None

    def refuse(self, kind: Kind, item: Sent, refused: Refused) -> None:
        """Keeps an item aside, and says so to the tablet that sent it."""
        self.keep_aside(kind, item, refused)
        self.results.append(Result(item.id, "quarantined", refused.code, refused.detail or None))

    def keep_aside(self, kind: Kind, item: Sent, refused: Refused) -> None:
        self.aside.append(
            QuarantinedEvent(
                organization_id=self.device.organization_id,
                store_id=self.device.store_id,
                device=self.device,
                kind=kind,
                item_id=item.id,
                type=item.type,
                code=refused.code,
                detail=refused.detail,
                raw=item.text,
                content_hash=item.digest,
                received_at=self.now,
            )
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """The results in the order people, notes, events; `feed` is how the store's stream stood when the changes were
    numbered, None if there were none, and `visits` are those that were folded anew."""

    results: list[Result]
    feed: Feed | None = None
    visits: list[Visit] = field(default_factory=list)
