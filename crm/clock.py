"""The one clock that decides when texts are due: the database's."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from crm.models import ClockShift

# Not now(): on PostgreSQL that is the start of the transaction, which may have waited long for a lock.
_NOW = {
    "postgresql": "clock_timestamp()",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
}


def db_now() -> datetime:
    """The database's time in UTC, whatever this host's own clock says.

    In the demo and in tests it is moved by the shift row.
    """
    now = _NOW[connection.vendor]
    with connection.cursor() as cursor:
        if not settings.DEMO:
            cursor.execute(f"SELECT {now}, 0", [])
        else:
            table = ClockShift._meta.db_table
            cursor.execute(f"SELECT {now}, (SELECT shift_seconds FROM {table} WHERE id = 1)", [])  # noqa: S608  (names of our own)
        value, shift = cursor.fetchone()
    if isinstance(value, str):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value.astimezone(UTC)
    return moment + timedelta(seconds=shift or 0)


@transaction.atomic
def shift_clock(*, seconds: float) -> float:
    """Moves the clock forward for every process and answers the whole shift so far; never in production."""
    if not settings.DEMO:
        raise RuntimeError("the clock of a production installation cannot be moved")
    row, _ = ClockShift.objects.select_for_update().get_or_create(id=1)
    row.shift_seconds += seconds
    row.save(update_fields=["shift_seconds"])
    return row.shift_seconds
