"""Events are looked for by their visit or id, and a visit's keys have longer indexes: one of each costs every tap."""

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import PROTECT, SET_NULL

from crm.migrations._indexes import without_index


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0010_keys_without_indexes"),
        ("funnel", "0001_squashed_0002_events_never_change"),
    ]
    operations = [
        without_index(
            model="visit",
            name="customer",
            field=models.ForeignKey(
                "crm.customer", SET_NULL, null=True, blank=True, db_constraint=False, db_index=False
            ),
            index="funnel_visit_customer_id_d782f0dc",
            table="funnel_visit",
        ),
        without_index(
            model="visit",
            name="store",
            field=models.ForeignKey("crm.store", PROTECT, db_index=False),
            index="funnel_visit_store_id_9ffcf5e0",
            table="funnel_visit",
        ),
        without_index(
            model="visitevent",
            name="actor",
            field=models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+", db_index=False),
            index="funnel_visitevent_actor_id_1c157738",
            table="funnel_visitevent",
        ),
        without_index(
            model="visitevent",
            name="device",
            field=models.ForeignKey("crm.device", PROTECT, db_index=False),
            index="funnel_visitevent_device_id_4a806256",
            table="funnel_visitevent",
        ),
        without_index(
            model="visitevent",
            name="organization",
            field=models.ForeignKey("crm.organization", PROTECT, db_index=False),
            index="funnel_visitevent_organization_id_0dc8bf89",
            table="funnel_visitevent",
        ),
        without_index(
            model="visitevent",
            name="store",
            field=models.ForeignKey("crm.store", PROTECT, db_index=False),
            index="funnel_visitevent_store_id_413ad0e5",
            table="funnel_visitevent",
        ),
    ]
