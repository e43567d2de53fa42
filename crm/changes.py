"""A store's stream of changes: what a tablet asks for with its cursor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from django.core import signing
from django.db import connection

from crm.clock import moment_of, now_columns
from crm.models import StoreFeed

Kind = Literal["visit", "person", "presence", "message", "quarantine"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_SALT = "sendoff.cursor"


@dataclass(frozen=True, slots=True)
class Feed:
    """How far a store's stream has come, and the number of the last change of each kind."""

    seq: int
    last: dict[Kind, int]

    def kinds_after(self, seq: int) -> frozenset[Kind]:
        """The kinds in which anything changed after this number."""
        return frozenset(kind for kind, last in self.last.items() if last > seq)


@dataclass(frozen=True, slots=True)
class Turn:
    """The number of a transaction's changes, and the database's time when the store's counter was given to it."""

    seq: int
    now: datetime


def next_seq(store_id: UUID) -> int:
    """The number of this transaction's changes, of whatever kind, in the store's stream."""
    return next_turn(store_id).seq


def next_turn(store_id: UUID) -> Turn:
    """The same, and what time it is: whoever had to wait for the counter has an older one."""
    feed, now = _advance(store_id, KINDS)
    return Turn(feed.seq, now)


def advance(*, store_id: UUID, kinds: Collection[Kind]) -> Feed:
    """The number of this transaction's changes of these kinds in the store's stream, and how the stream stands with
    them; call it late, since it holds the store's counter until the commit. Every row changed in the transaction gets
    this number."""
    return _advance(store_id, kinds)[0]


def _advance(store_id: UUID, kinds: Collection[Kind]) -> tuple[Feed, datetime]:
    table = StoreFeed._meta.db_table
    names = ", ".join(f"{kind}_seq" for kind in KINDS)
    first = ", ".join("1" if kind in kinds else "0" for kind in KINDS)
    later = "".join(f", {kind}_seq = {table}.seq + 1" for kind in KINDS if kind in kinds)
    value = store_id.hex if connection.vendor == "sqlite" else str(store_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (store_id, seq, {names}) VALUES (%s, 1, {first}) "  # noqa: S608  (names of our own)
            f"ON CONFLICT (store_id) DO UPDATE SET seq = {table}.seq + 1{later} "
            f"RETURNING seq, {names}, {now_columns()}",
            [value],
        )
        seq, *last, now, shift = cursor.fetchone()
    return Feed(int(seq), dict(zip(KINDS, map(int, last), strict=True))), moment_of(now, shift)


def current_feed(store_id: UUID) -> Feed:
    """How the store's stream stands."""
    row = StoreFeed.objects.filter(store_id=store_id).values_list("seq", *(f"{kind}_seq" for kind in KINDS)).first()
    seq, *last = row or [0] * (len(KINDS) + 1)
    return Feed(seq, dict(zip(KINDS, last, strict=True)))


def make_cursor(store_id: UUID, seq: int) -> str:
    """An opaque cursor, good for this store alone."""
    return signing.Signer(salt=_SALT).sign(f"{store_id.hex}.{seq}")


def read_cursor(store_id: UUID, cursor: str | None) -> int | None:
    """The number a cursor stands for; None for none, a foreign or a broken one, which means: from the beginning."""
    if not cursor:
        return None
    try:
        store, seq = signing.Signer(salt=_SALT).unsign(cursor).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return int(seq) if store == store_id.hex else None
