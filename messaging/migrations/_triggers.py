"""What the database itself refuses of texts; each of these must end a migration that touches its table."""

from django.db import migrations

from crm.migrations._triggers import never_changes


def wording_never_changes() -> migrations.RunPython:
    """Refuses every change of a template's words."""
    words = ("organization_id", "purpose", "language", "version", "body")
    return never_changes("messaging_template", why="a version of wording never changes", columns=words)


def log_never_changes() -> migrations.RunPython:
    """Refuses every change of a line of a text's log; only who is gone is not named any more."""
    told = ("id", "message_id", "at", "before", "after", "why", "detail")
    return never_changes("messaging_messagelog", why="a line of a log never changes", columns=told)
