"""All tables as they stood when this was written, each made once with its keys, indexes and constraints."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.ids
from funnel.migrations._triggers import events_never_change


class Migration(migrations.Migration):
    replaces = [("funnel", "0001_initial"), ("funnel", "0002_events_never_change")]

    initial = True

    dependencies = [
        ("crm", "0001_squashed_0008_erased_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Playbook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="QuarantinedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("event", "event"), ("person", "person"), ("note", "note")], max_length=8
                    ),
                ),
                ("item_id", models.CharField(blank=True, max_length=64)),
                ("type", models.CharField(blank=True, max_length=40)),
                ("code", models.CharField(max_length=24)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("raw", models.TextField()),
                ("content_hash", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("change_seq", models.BigIntegerField(default=0)),
                ("device", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.device")),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [models.Index(fields=["store", "change_seq"], name="quarantine_changes")],
                "constraints": [
                    models.UniqueConstraint(fields=("device", "content_hash", "code"), name="quarantined_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("visit_id", models.UUIDField(null=True)),
                ("type", models.CharField(max_length=40)),
                ("v", models.PositiveSmallIntegerField()),
                ("data", models.JSONField()),
                ("boot", models.UUIDField()),
                ("mono", models.FloatField()),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField(help_text="By the tablet's own clock.")),
                ("offset_ms", models.BigIntegerField()),
                ("corrected_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("content_hash", models.CharField(max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("device", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.device")),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("visit_id__isnull", False)), fields=["visit_id"], name="event_of_visit"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FloorPresence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("since", models.DateTimeField()),
                ("change_seq", models.BigIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "staff"), name="presence_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("on_floor", "away", "off"))), name="presence_state"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, primary_key=True, serialize=False)),
                ("visit_id", models.UUIDField()),
                ("text", models.TextField(max_length=2000)),
                ("received_at", models.DateTimeField()),
                ("device", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.device")),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [models.Index(fields=["visit_id"], name="note_of_visit")],
            },
        ),
        migrations.CreateModel(
            name="PlaybookVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title", models.JSONField()),
                ("needs", models.JSONField(default=list)),
                ("objections", models.JSONField(default=list)),
                ("categories", models.JSONField(default=list)),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="funnel.playbook"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("playbook", "number"), name="playbook_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
                ("role", models.CharField(max_length=12)),
                ("standard", models.CharField(help_text="The standard step this one stands for.", max_length=40)),
                ("title", models.JSONField()),
                ("prompt", models.JSONField()),
                ("target_seconds", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="funnel.playbookversion"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "key"), name="stage_key_once"),
                    models.UniqueConstraint(fields=("version", "position"), name="stage_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["progress", "always", "automatic"])), name="stage_role"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StorePlaybook",
            fields=[
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="playbook",
                        serialize=False,
                        to="crm.store",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="funnel.playbookversion"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("log_id", models.UUIDField()),
                ("started_at", models.DateTimeField()),
                ("business_date", models.DateField()),
                ("zone", models.CharField(max_length=64)),
                ("cutoff_minutes", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("practice", models.BooleanField(default=False)),
                ("source", models.CharField(max_length=12)),
                ("party_size", models.PositiveSmallIntegerField()),
                ("status", models.CharField(max_length=12)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("refunded_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("reached", models.PositiveSmallIntegerField(default=0)),
                ("in_order", models.PositiveSmallIntegerField(default=0)),
                ("stages_mask", models.PositiveIntegerField(default=0)),
                ("send_off_done", models.BooleanField(default=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("departed_at", models.DateTimeField(blank=True, null=True)),
                ("closing", models.PositiveSmallIntegerField(default=0)),
                ("clock_suspect", models.BooleanField(default=False)),
                ("events", models.PositiveIntegerField(default=0)),
                ("state", models.JSONField(default=dict)),
                ("change_seq", models.BigIntegerField(default=0)),
                (
                    "closer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="crm.customer",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "playbook_version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="funnel.playbookversion"),
                ),
                (
                    "previous_visit",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="funnel.visit"
                    ),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["store", "business_date"], name="visit_store_day"),
                    models.Index(fields=["store", "change_seq"], name="visit_changes"),
                    models.Index(fields=["log_id"], name="visit_log"),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)), fields=["customer"], name="visit_customer"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("open", "bought", "not_bought", "left_early", "voided"))),
                        name="visit_status",
                    ),
                    models.CheckConstraint(condition=models.Q(("party_size__gte", 1)), name="visit_party"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__isnull", True), models.Q(("currency", ""), _negated=True), _connector="OR"
                        ),
                        name="visit_money_has_a_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("departed_at__isnull", True),
                            ("departed_at__gte", models.F("started_at")),
                            _connector="OR",
                        ),
                        name="visit_departs_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
                ("title", models.JSONField()),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="funnel.stage"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [models.UniqueConstraint(fields=("stage", "key"), name="item_key_once")],
            },
        ),
        events_never_change(),
    ]
