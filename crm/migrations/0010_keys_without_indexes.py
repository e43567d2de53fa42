"""What another index begins with needs no index of its own: each costs every row that is written."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

from crm.migrations._indexes import without_index


class Migration(migrations.Migration):
    dependencies = [("crm", "0009_consents_never_change")]
    operations = [
        without_index(
            model="consent",
            name="customer",
            field=models.ForeignKey("crm.customer", CASCADE, related_name="consents", db_index=False),
            index="crm_consent_customer_id_6c648fd1",
            table="crm_consent",
        ),
        without_index(
            model="customer",
            name="store",
            field=models.ForeignKey(
                "crm.store", PROTECT, db_index=False, help_text="Where this person was first met."
            ),
            index="crm_customer_store_id_902617eb",
            table="crm_customer",
        ),
    ]
