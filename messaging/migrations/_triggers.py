"""What the database itself refuses, and Django has no word for."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_COLUMNS = "organization_id, purpose, language, version, body"
_SQLITE = f"""
CREATE TRIGGER IF NOT EXISTS messaging_template_never_changes BEFORE UPDATE OF {_COLUMNS} ON messaging_template
BEGIN SELECT RAISE(ABORT, 'a version of wording never changes'); END
"""
_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION messaging_template_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a version of wording never changes' USING ERRCODE = 'restrict_violation'; END $$;
CREATE OR REPLACE TRIGGER messaging_template_never_changes BEFORE UPDATE OF {_COLUMNS} ON messaging_template
FOR EACH ROW EXECUTE FUNCTION messaging_template_never_changes();
"""


def wording_never_changes() -> migrations.RunPython:
    """Refuses every change of a template's words.

    On SQLite Django changes a table by making it anew, and its triggers go with the old one: a migration that touches
    the table of templates must end with this operation.
    """
    return migrations.RunPython(_forwards, _backwards)


def _forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute({"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[schema_editor.connection.vendor])


def _backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS messaging_template_never_changes")
    else:
        schema_editor.execute("DROP FUNCTION IF EXISTS messaging_template_never_changes() CASCADE")
