"""What another index begins with needs no index of its own: each costs every change of a text."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

from crm.migrations._indexes import without_index


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0010_keys_without_indexes"),
        ("messaging", "0018_turned_away"),
    ]
    operations = [
        without_index(
            model="attempt",
            name="message",
            field=models.ForeignKey("messaging.message", PROTECT, related_name="attempts", db_index=False),
            index="messaging_attempt_message_id_30133d40",
            table="messaging_attempt",
        ),
        without_index(
            model="message",
            name="contact",
            field=models.ForeignKey("crm.contactpoint", PROTECT, null=True, blank=True, db_index=False),
            index="messaging_message_contact_id_20c3f93a",
            table="messaging_message",
        ),
        without_index(
            model="message",
            name="store",
            field=models.ForeignKey("crm.store", PROTECT, db_index=False),
            index="messaging_message_store_id_5ee91f57",
            table="messaging_message",
        ),
        without_index(
            model="messagelog",
            name="message",
            field=models.ForeignKey("messaging.message", CASCADE, related_name="log", db_index=False),
            index="messaging_messagelog_message_id_a7596985",
            table="messaging_messagelog",
        ),
    ]
