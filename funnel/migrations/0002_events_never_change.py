"""The log is only ever added to: the database itself refuses to change an event."""

from django.db import migrations

from funnel.migrations._triggers import events_never_change


class Migration(migrations.Migration):
    dependencies = [("funnel", "0001_initial")]
    operations = [events_never_change()]
