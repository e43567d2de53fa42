"""What the database itself refuses of visits."""

from django.db import migrations

from crm.migrations._triggers import never_changes


def events_never_change() -> migrations.RunPython:
    """Refuses every change of an event: the log is only ever added to."""
    return never_changes("funnel_visitevent", why="an event never changes")
