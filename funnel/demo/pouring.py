"""Adds very many rows at once, as fast as the database can take them. Django's own way takes several times as long."""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, Final

from django.db import connection, models

# Turns one column's values into what the database wants of them.
_Adapter = Callable[[Iterable[Any]], list[Any]]
_MEMORY_KIB: Final = 65_536


@contextmanager
def nothing_thrown_away() -> Iterator[None]:
    """Nothing is looked through for garbage meanwhile: what is made is kept until it is written, and looking at all of
    it again and again takes a fifth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def much_in_memory() -> Iterator[None]:
    """SQLite writes its pages when all is there: its usual two megabytes hold so little of the indexes that the same
    pages go out and come back again and again, which takes a quarter of the time."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (usual,) = cursor.fetchone()
        cursor.execute(f"PRAGMA cache_size = -{_MEMORY_KIB}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {usual}")


def pour_objects(objects: Sequence[models.Model]) -> None:
    """Adds new objects of one model whole, as `pour` does: what Django would fill in when saving must be given."""
    if not objects:
        return
    fields = [f for f in objects[0]._meta.concrete_fields if not isinstance(f, models.AutoField)]
    pour(type(objects[0]), [f.name for f in fields], map(attrgetter(*(f.attname for f in fields)), objects))


def pour(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds rows, each a tuple of what the columns hold; keys are given as what they point at is keyed by.

    Nothing is filled in and nothing is asked first: what breaks a rule of the database is refused by it.
    """
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in columns]
    names = ", ".join(quote(str(getattr(field, "column", ""))) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # By column, since asking of each single value how it is adapted takes longer than adapting it.
    held: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for n, field in enumerate(fields[: len(held)]):
        adapt = _adapter(field)
        if adapt is not None:
            held[n] = adapt(held[n])
    adapted = list(zip(*held, strict=True))
    table = f"{quote(model._meta.db_table)} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in adapted:
                    copy.write_row(row)
        else:
            insert = f"INSERT INTO {table} VALUES ({places})"  # noqa: S608  (names of our own)
            cursor.executemany(insert, adapted)


def _adapter(field: Any) -> _Adapter | None:
    """How the database wants a column's values, where that is not as they are."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.JSONField):
        return _as_json
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.UUIDField):
        return _as_hex
    if isinstance(field, models.DateTimeField):
        # All our times are UTC, and so is the database's zone.
        return lambda values: [at if at is None else at.isoformat(" ").removesuffix("+00:00") for at in values]
    return None


def _as_hex(values: Iterable[Any]) -> list[Any]:
    # Neighbours have the same store, the same tablet, mostly the same visit.
    last, text = None, None
    found: list[Any] = []
    for value in values:
        if value is not last:
            last, text = value, value and value.hex
        found.append(text)
    return found


def _as_json(values: Iterable[Any]) -> list[Any]:
    # Most taps say what others said too, and reading a value out is much quicker than writing it as JSON.
    written: dict[str, str] = {}
    found: list[Any] = []
    for value in values:
        said = repr(value)
        if said not in written:
            written[said] = json.dumps(value)
        found.append(None if value is None else written[said])
    return found
