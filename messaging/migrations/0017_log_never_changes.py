"""A text's log is only ever added to: the database itself refuses to change a line."""

from django.db import migrations

from messaging.migrations._triggers import log_never_changes


class Migration(migrations.Migration):
    dependencies = [("messaging", "0016_pauses")]
    operations = [log_never_changes()]
