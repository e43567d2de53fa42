"""Many rows like one that was made as the product makes them, in one statement: else it would take hours."""

from typing import Any

from django.db import connection, models


def multiply(model: type[models.Model], *, count: int, **changed: str) -> None:
    """So many more rows like the first one of a table; `changed` are SQL expressions, in which `n` counts from 1."""
    columns = [field.column for field in model._meta.concrete_fields]
    unknown = changed.keys() - set(columns)
    assert not unknown, unknown
    values = [changed.get(column, f'm."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} "  # noqa: S608  (names of our own)
        f"FROM (SELECT * FROM {table} LIMIT 1) AS m, generate_series(1, %s) AS n",
        [count],
    )


def execute(statement: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
