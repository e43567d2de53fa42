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
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {now_columns()}", [])
        value, shift = cursor.fetchone()
    return moment_of(value, shift)


def now_columns() -> str:
    """The database's time as two columns of any statement, which `moment_of` reads."""
    if not settings.DEMO:
        return f"{_NOW[connection.vendor]}, 0"
    return f"{_NOW[connection.vendor]}, (SELECT shift_seconds FROM {ClockShift._meta.db_table} WHERE id = 1)"  # noqa: S608  (names of our own)


def moment_of(value: datetime | str, shift_seconds: float | None) -> datetime:
    """The moment that the two columns of `now_columns` stand for."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC) + timedelta(seconds=shift_seconds or 0)


def now_in_sql() -> str:
    """The database's time as an expression to compare a column with."""
    shift = f"COALESCE((SELECT shift_seconds FROM {ClockShift._meta.db_table} WHERE id = 1), 0)"  # noqa: S608  (names of our own)
    if connection.vendor == "postgresql":
        moved = f" + make_interval(secs => {shift})" if settings.DEMO else ""
        return f"(clock_timestamp(){moved})"
    moved = f", {shift} || ' seconds'" if settings.DEMO else ""
    # Compared as text: in thousandths, while Django writes millionths.
    return f"(strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'{moved}) || '000')"


@transaction.atomic
def shift_clock(*, seconds: float) -> float:
    """Moves the clock forward for every process and answers the whole shift so far; never in production."""
    if not settings.DEMO:
        raise RuntimeError("the clock of a production installation cannot be moved")
    row, _ = ClockShift.objects.select_for_update().get_or_create(id=1)
    row.shift_seconds += seconds
    row.save(update_fields=["shift_seconds"])
    return row.shift_seconds
