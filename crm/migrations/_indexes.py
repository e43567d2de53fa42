"""A key whose own index goes, because another index begins with it or nobody asks by it."""

from typing import Any

from django.db import migrations
from django.db.models import ForeignKey


def without_index(
    *, model: str, name: str, field: "ForeignKey[Any, Any]", index: str, table: str
) -> migrations.SeparateDatabaseAndState:
    """Drops the index of a foreign key, and leaves the rest of the table alone.

    Django's own way makes the whole table anew on SQLite, which loses its triggers and takes long where there is much.
    """
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX {index}",
                reverse_sql=f"CREATE INDEX {index} ON {table} ({name}_id)",
            )
        ],
        state_operations=[migrations.AlterField(model, name, field)],
    )
