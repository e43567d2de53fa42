"""What the database itself refuses, and Django has no word for."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_SQLITE = """
CREATE TRIGGER funnel_visitevent_never_changes BEFORE UPDATE ON funnel_visitevent
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END
"""
_POSTGRESQL = """
CREATE FUNCTION funnel_visitevent_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'an event never changes' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER funnel_visitevent_never_changes BEFORE UPDATE ON funnel_visitevent
FOR EACH ROW EXECUTE FUNCTION funnel_visitevent_never_changes();
"""


def events_never_change() -> migrations.RunPython:
    """Refuses every change of an event: the log is only ever added to."""
    return migrations.RunPython(_forwards, _backwards)


def _forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute({"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[schema_editor.connection.vendor])


def _backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER funnel_visitevent_never_changes")
    else:
        schema_editor.execute("DROP FUNCTION funnel_visitevent_never_changes() CASCADE")
