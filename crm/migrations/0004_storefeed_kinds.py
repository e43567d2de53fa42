"""A store's stream says which kinds have news. What came before may be of every kind."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

KINDS = ("visit", "person", "presence", "message", "quarantine")


def every_kind(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    feeds = apps.get_model("crm", "StoreFeed").objects.using(schema_editor.connection.alias)
    feeds.update(**{f"{kind}_seq": F("seq") for kind in KINDS})


class Migration(migrations.Migration):
    dependencies = [("crm", "0003_inbound")]

    operations = [
        *(
            migrations.AddField(model_name="storefeed", name=f"{kind}_seq", field=models.BigIntegerField(default=0))
            for kind in KINDS
        ),
        migrations.RunPython(every_kind, migrations.RunPython.noop, elidable=True),
    ]
