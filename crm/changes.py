"""A store's stream of changes: what a tablet asks for with its cursor."""

from uuid import UUID

from django.core import signing
from django.db import connection

from crm.models import StoreFeed

_SALT = "sendoff.cursor"


def next_seq(store_id: UUID) -> int:
    """The number of this transaction's changes in the store's stream; call it late, since it holds the store's
    counter until the commit. Every row changed in the transaction gets this number."""
    table = StoreFeed._meta.db_table
    value = store_id.hex if connection.vendor == "sqlite" else str(store_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (store_id, seq) VALUES (%s, 1) "  # noqa: S608  (names of our own)
            f"ON CONFLICT (store_id) DO UPDATE SET seq = {table}.seq + 1 RETURNING seq",
            [value],
        )
        return int(cursor.fetchone()[0])


def current_seq(store_id: UUID) -> int:
    """How far the store's stream has come."""
    return StoreFeed.objects.filter(store_id=store_id).values_list("seq", flat=True).first() or 0


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
