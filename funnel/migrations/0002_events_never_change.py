"""The log is only ever added to: the database itself refuses to change an event."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = """
CREATE TRIGGER funnel_visitevent_never_changes BEFORE UPDATE ON funnel_visitevent
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END
"""
POSTGRESQL = """
CREATE FUNCTION funnel_visitevent_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'an event never changes' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER funnel_visitevent_never_changes BEFORE UPDATE ON funnel_visitevent
FOR EACH ROW EXECUTE FUNCTION funnel_visitevent_never_changes();
"""


def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute({"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor])


def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER funnel_visitevent_never_changes")
    else:
        schema_editor.execute("DROP FUNCTION funnel_visitevent_never_changes() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("funnel", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
