"""What was turned away lately is found without reading everything that ever was."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("messaging", "0017_log_never_changes")]
    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["store", "settled_at"], condition=Q(state="rejected"), name="message_rejected"),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(fields=["error_code", "received_at"], name="provider_event_codes"),
        ),
    ]
