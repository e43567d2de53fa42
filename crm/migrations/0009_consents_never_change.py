"""The ledger of consents is only ever added to: the database itself refuses to change a line."""

from django.db import migrations

from crm.migrations._triggers import consents_never_change


class Migration(migrations.Migration):
    dependencies = [("crm", "0008_erased_people")]
    operations = [*consents_never_change()]
