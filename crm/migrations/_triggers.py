"""What the database itself refuses, and Django has no word for."""

from collections.abc import Sequence
from typing import Final

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_SQLITE: Final = """
CREATE TRIGGER IF NOT EXISTS {name} BEFORE UPDATE {of} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{why}'); END
"""
_POSTGRESQL: Final = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{why}' USING ERRCODE = 'restrict_violation'; END $$;
CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE {of} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {name}();
"""
# Erasing somebody empties the words in which they said it, and nothing else of a line.
_CONSENT: Final = (
    *("id", "organization_id", "customer_id", "contact_id", "purpose", "granted", "wording_version", "language"),
    *("method", "store_id", "staff_id", "device_id", "at", "received_at"),
)


def never_changes(
    table: str, *, why: str, columns: Sequence[str] = (), when: str = "", name: str = ""
) -> migrations.RunPython:
    """Refuses every change of a table's rows; of these columns alone, or where `when` holds, if either is given.

    On SQLite Django changes a table by making it anew, and its triggers go with the old one: a migration that touches
    such a table must end with this operation.
    """
    told = {
        "name": name or f"{table}_never_changes",
        "table": table,
        "of": f"OF {', '.join(columns)}" if columns else "",
        "when": f"WHEN ({when})" if when else "",
        "why": why,
    }

    def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        statement = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[schema_editor.connection.vendor]
        schema_editor.execute(statement.format(**told))

    def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {told['name']}")
        else:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {told['name']}() CASCADE")

    return migrations.RunPython(forwards, backwards)


def consents_never_change() -> list[migrations.RunPython]:
    """What somebody said yes or no to stays as it was said; their own words may only be emptied."""
    return [
        never_changes("crm_consent", why="a line of the consent ledger never changes", columns=_CONSENT),
        never_changes(
            "crm_consent",
            why="what somebody said never changes but to be erased",
            columns=["evidence"],
            when="NEW.evidence <> '' AND NEW.evidence <> OLD.evidence",
            name="crm_consent_words_never_change",
        ),
    ]
