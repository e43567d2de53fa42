"""Lists page: in the order of one time field, with an opaque, signed cursor that is good for its own list alone."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet

from crm.problems import Problem

M = TypeVar("M", bound=Model)


def take_page(
    *, rows: QuerySet[M], by: str, limit: int, cursor: str | None, oldest_first: bool = False
) -> tuple[list[M], str | None]:
    """The next `limit` rows, newest first by the time field `by` and then by id, and the cursor of what follows them.

    Raises Problem 422 `cursor_invalid` for a cursor of another list or of nobody.
    """
    salt = f"sendoff.{rows.model._meta.label_lower}.{by}{'.oldest' if oldest_first else ''}"
    if cursor:
        rows = rows.filter(_beyond(cursor, by, salt, "gt" if oldest_first else "lt"))
    order = (by, "id") if oldest_first else (f"-{by}", "-id")
    found = list(rows.order_by(*order)[: limit + 1])
    page = found[:limit]
    return page, _cursor(page[-1], by, salt) if len(found) > limit else None


def _cursor(row: Model, by: str, salt: str) -> str:
    at: datetime = getattr(row, by)
    return signing.dumps([at.isoformat(), row.pk.hex], salt=salt)


def _beyond(cursor: str, by: str, salt: str, than: str) -> Q:
    try:
        at, row_id = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise Problem(422, "cursor_invalid", "This place in the list is not known.") from error
    return Q(**{f"{by}__{than}": at}) | Q(**{by: at, f"id__{than}": UUID(row_id)})
