"""All tables as they stood when this was written, each made once with its keys, indexes and constraints."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.ids
from messaging.migrations._triggers import wording_never_changes


class Migration(migrations.Migration):
    replaces = [
        ("messaging", "0001_initial"),
        ("messaging", "0002_remove_message_message_leases_message_message_leases"),
        ("messaging", "0003_wording_versions"),
        ("messaging", "0004_inbound"),
        ("messaging", "0005_doubts_are_looked_into"),
        ("messaging", "0006_proof"),
        ("messaging", "0007_console_status"),
        ("messaging", "0008_conversations"),
        ("messaging", "0009_policies"),
        ("messaging", "0010_registered_texts"),
        ("messaging", "0011_follow_ups"),
        ("messaging", "0012_senders"),
        ("messaging", "0013_page_links"),
        ("messaging", "0014_erased_texts"),
        ("messaging", "0015_help_answer"),
        ("messaging", "0016_pauses"),
    ]

    initial = True

    dependencies = [
        ("crm", "0001_squashed_0008_erased_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64)),
                ("sid", models.CharField(max_length=64)),
                ("attempt_id", models.UUIDField(null=True)),
                ("status", models.CharField(max_length=24)),
                ("error_code", models.CharField(blank=True, max_length=16)),
                ("received_at", models.DateTimeField()),
                ("applied", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("provider", "digest"), name="provider_event_once")],
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=32)),
                ("language", models.CharField(max_length=8)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("body", models.CharField(max_length=600)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.organization"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "purpose", "language", "version"), name="template_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("en", "zh"))), name="template_language"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "purpose__in",
                                (
                                    "departure_bought",
                                    "departure_not_bought",
                                    "departure_left_early",
                                    "departure_came_back",
                                    "follow_up_day_3",
                                    "follow_up_day_30",
                                    "satisfaction",
                                    "staff_reply",
                                    "staff_reply_call",
                                    "staff_reply_visit",
                                    "help_answer",
                                ),
                            )
                        ),
                        name="template_purpose",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InboundText",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=16)),
                ("sid", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("sender", models.CharField(max_length=16)),
                ("to", models.CharField(max_length=64)),
                ("body", models.TextField(max_length=2000)),
                ("media", models.PositiveSmallIntegerField(default=0)),
                ("verdict", models.CharField(max_length=12)),
                ("received_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inbound",
                        to="crm.contactpoint",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.organization"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["contact", "received_at"], name="inbound_thread")],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "digest"), name="inbound_text_once"),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ("stop", "start", "help", "doubtful", "other"))),
                        name="inbound_verdict",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comparison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=16)),
                ("day", models.DateField()),
                ("ours", models.PositiveIntegerField(default=0)),
                ("theirs", models.PositiveIntegerField(default=0)),
                ("tried_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("why", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("provider", "day"), name="comparison_once_a_day")],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(blank=True, max_length=50)),
                ("unread", models.PositiveIntegerField(default=0)),
                ("flag", models.CharField(blank=True, max_length=10)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("last_inbound_at", models.DateTimeField(blank=True, null=True)),
                ("last_at", models.DateTimeField()),
                ("talked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="conversation", to="crm.contactpoint"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.customer"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["store", "last_at"], name="conversation_inbox"),
                    models.Index(
                        condition=models.Q(("waiting_since__isnull", False)),
                        fields=["store", "waiting_since"],
                        name="conversation_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("flag__in", ("", "doubtful", "help"))), name="conversation_flag"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("settings", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="policies", to="crm.organization"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "version"), name="policy_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisteredText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32)),
                ("signature", models.CharField(max_length=40)),
                ("text", models.CharField(max_length=500)),
                ("registered_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.organization"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "code"), name="registered_text_once")],
            },
        ),
        migrations.CreateModel(
            name="FollowUpPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("outcome", models.CharField(max_length=12)),
                ("version", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "outcome", "version"), name="plan_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("bought", "not_bought", "left_early"))),
                        name="plan_outcome",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=16)),
                ("address", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=16)),
                ("rate", models.FloatField(blank=True, null=True)),
                ("tokens", models.FloatField(default=0)),
                ("tokens_at", models.DateTimeField()),
                ("slow_until", models.DateTimeField(blank=True, null=True)),
                ("breaker_until", models.DateTimeField(blank=True, null=True)),
                ("breaker_code", models.CharField(blank=True, max_length=24)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "address"), name="sender_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rate__isnull", True), ("rate__gt", 0), _connector="OR"),
                        name="sender_rate",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageLink",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="page_link",
                        serialize=False,
                        to="crm.contactpoint",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=200)),
                ("paused_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="crm.organization"
                    ),
                ),
                (
                    "paused_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resumed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("organization__isnull", False), ("resumed_at__isnull", True)),
                        fields=("provider", "organization"),
                        name="one_pause_of_an_organization",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("organization__isnull", True), ("resumed_at__isnull", True)),
                        fields=("provider",),
                        name="one_pause_of_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="pause_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=50)),
                ("closing", models.PositiveIntegerField()),
                ("group", models.CharField(default="departure", max_length=16)),
                ("purpose", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("body", models.CharField(blank=True, max_length=1000)),
                ("segments", models.PositiveSmallIntegerField(default=0)),
                ("state", models.CharField(max_length=16)),
                ("reason", models.CharField(blank=True, max_length=32)),
                ("left_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("send_at", models.DateTimeField()),
                ("not_after", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("token", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts_made", models.PositiveSmallIntegerField(default=0)),
                ("provider", models.CharField(blank=True, max_length=16)),
                ("provider_sid", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("provider_status", models.CharField(blank=True, max_length=24)),
                ("posted_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("change_seq", models.BigIntegerField(default=0, editable=False)),
                ("planned_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.contactpoint"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.customer"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
                (
                    "template",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="messaging.template"
                    ),
                ),
                ("absent_looks", models.PositiveSmallIntegerField(default=0)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("reconcile_at", models.DateTimeField(blank=True, null=True)),
                ("resends", models.PositiveSmallIntegerField(default=0)),
                ("put_off", models.BooleanField(default=False)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "scheduled")), fields=["send_at"], name="message_due"),
                    models.Index(fields=["store", "change_seq"], name="message_changes"),
                    models.Index(fields=["store", "left_at"], name="message_store_left"),
                    models.Index(
                        condition=models.Q(("state__in", ["scheduled", "claimed"])),
                        fields=["contact"],
                        name="message_contact",
                    ),
                    models.Index(
                        condition=models.Q(("lease_until__isnull", False)),
                        fields=["lease_until"],
                        name="message_leases",
                    ),
                    models.Index(
                        condition=models.Q(("contact__isnull", False)),
                        fields=["contact", "send_at"],
                        name="message_thread",
                    ),
                    models.Index(
                        condition=models.Q(("reconcile_at__isnull", False)),
                        fields=["reconcile_at"],
                        name="message_doubts",
                    ),
                    models.Index(
                        condition=models.Q(("posted_at__isnull", False)),
                        fields=["contact", "posted_at"],
                        name="message_sent_lately",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("group", "departure")),
                        fields=("subject", "closing"),
                        name="one_row_per_closing",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("group", "departure"),
                            (
                                "state__in",
                                ("posting", "unknown", "needs_review", "accepted", "sent", "delivered", "undelivered"),
                            ),
                        ),
                        fields=("subject",),
                        name="one_departure_text_per_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    "scheduled",
                                    "claimed",
                                    "posting",
                                    "unknown",
                                    "needs_review",
                                    "accepted",
                                    "sent",
                                    "delivered",
                                    "undelivered",
                                    "failed",
                                    "rejected",
                                    "canceled",
                                    "suppressed",
                                    "expired",
                                ),
                            )
                        ),
                        name="message_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("send_at__gte", models.F("left_at"))), name="message_due_after_leaving"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("not_after__gt", models.F("send_at"))), name="message_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["canceled", "suppressed", "expired", "rejected"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="no_text_without_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["claimed", "posting"]), _negated=True),
                            models.Q(("lease_until__isnull", False), ("token__isnull", False)),
                            _connector="OR",
                        ),
                        name="message_claim_has_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "unknown"), _negated=True),
                            ("reconcile_at__isnull", False),
                            _connector="OR",
                        ),
                        name="message_doubt_is_looked_into",
                    ),
                    models.CheckConstraint(condition=models.Q(("resends__lte", 2)), name="message_resends_are_few"),
                    models.CheckConstraint(
                        condition=models.Q(("group__in", ("departure", "follow_up", "satisfaction", "conversation"))),
                        name="message_group",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("group__in", ["follow_up", "satisfaction"])),
                        fields=("subject", "closing"),
                        name="one_text_per_step",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("canceled", "suppressed", "expired", "rejected", "failed")),
                            models.Q(
                                ("contact__isnull", False),
                                models.Q(("purpose", ""), _negated=True),
                                models.Q(
                                    models.Q(("body", ""), _negated=True),
                                    models.Q(
                                        ("erased_at__isnull", False),
                                        models.Q(("state__in", ("scheduled", "claimed")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="message_can_be_sent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "purpose__in",
                                [
                                    "",
                                    "departure_bought",
                                    "departure_not_bought",
                                    "departure_left_early",
                                    "departure_came_back",
                                    "follow_up_day_3",
                                    "follow_up_day_30",
                                    "satisfaction",
                                    "staff_reply",
                                    "staff_reply_call",
                                    "staff_reply_visit",
                                    "help_answer",
                                ],
                            )
                        ),
                        name="message_purpose",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=50, unique=True)),
                ("left_at", models.DateTimeField()),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("taken", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("paused_until", models.DateTimeField(blank=True, null=True)),
                ("state", models.CharField(default="running", max_length=8)),
                ("why", models.CharField(blank=True, max_length=12)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.customer"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
                ("plan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="messaging.followupplan")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="follow_up_due"
                    ),
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["customer"],
                        name="follow_up_of_customer",
                    ),
                    models.Index(fields=["store", "left_at"], name="follow_up_store_left"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("running", "ended"))), name="follow_up_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("due_at__isnull", False), ("state", "running"), ("why", "")),
                            models.Q(("due_at__isnull", True), ("state", "ended")),
                            _connector="OR",
                        ),
                        name="follow_up_runs_towards_a_step",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "why__in",
                                [
                                    "",
                                    "finished",
                                    "replied",
                                    "visited",
                                    "opted_out",
                                    "erased",
                                    "stopped",
                                    "reopened",
                                    "voided",
                                    "changed",
                                ],
                            )
                        ),
                        name="follow_up_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "running"), models.Q(("why", ""), _negated=True), _connector="OR"
                        ),
                        name="follow_up_ends_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUpStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=4)),
                ("days", models.PositiveSmallIntegerField()),
                ("hour", models.PositiveSmallIntegerField()),
                ("purpose", models.CharField(blank=True, max_length=32)),
                ("what", models.CharField(blank=True, max_length=200)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="messaging.followupplan"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "position"), name="step_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "text"),
                                ("purpose__in", ("follow_up_day_3", "follow_up_day_30", "satisfaction")),
                                ("what", ""),
                            ),
                            models.Q(("kind", "task"), ("purpose", "")),
                            _connector="OR",
                        ),
                        name="step_is_a_text_or_a_call",
                    ),
                    models.CheckConstraint(condition=models.Q(("days__gte", 1), ("days__lte", 365)), name="step_days"),
                    models.CheckConstraint(condition=models.Q(("hour__gte", 8), ("hour__lte", 20)), name="step_hour"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SenderDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("texts", models.PositiveIntegerField(default=0)),
                ("segments", models.PositiveIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.organization"),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="messaging.sender"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "sender", "day"), name="sender_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("token", models.UUIDField()),
                ("provider", models.CharField(max_length=16)),
                ("to", models.CharField(max_length=16)),
                ("body", models.CharField(max_length=1000)),
                ("started_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("code", models.CharField(blank=True, max_length=24)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("sid", models.CharField(blank=True, max_length=64)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="messaging.message"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("message", "number"), name="attempt_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["", "accepted", "not_sent", "unknown"])),
                        name="attempt_outcome",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("before", models.CharField(blank=True, max_length=16)),
                ("after", models.CharField(max_length=16)),
                ("why", models.CharField(blank=True, max_length=40)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="messaging.message"
                    ),
                ),
                ("detail", models.JSONField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["message", "id"], name="message_log_order")],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24)),
                ("provider", models.CharField(max_length=16)),
                ("sid", models.CharField(max_length=64)),
                ("other_sid", models.CharField(blank=True, max_length=64)),
                ("last4", models.CharField(blank=True, max_length=4)),
                ("day", models.DateField()),
                ("found_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="messaging.message",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.organization"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "found_at"], name="incident_list")],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "sid", "kind"), name="incident_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                {
                                    "missing_at_provider": {
                                        "en": "The provider took a text and does not have it any more.",
                                        "zh": "服务商曾接收一条短信，现在却查不到了。",
                                    },
                                    "sent_after_all": {
                                        "en": "The provider has a text that was believed not to have been sent.",
                                        "zh": "服务商处有一条我们认为没有发出的短信。",
                                    },
                                    "sent_twice": {
                                        "en": "The provider has two texts where one was planned.",
                                        "zh": "服务商处有两条短信，而计划只发一条。",
                                    },
                                    "unknown_to_us": {
                                        "en": "The provider has a text that nobody here planned.",
                                        "zh": "服务商处有一条不是由本系统计划的短信。",
                                    },
                                },
                            )
                        ),
                        name="incident_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SatisfactionAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=50)),
                ("score", models.PositiveSmallIntegerField()),
                ("answered_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answer", to="messaging.message"
                    ),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject"], name="answer_of_visit"),
                    models.Index(fields=["store", "answered_at"], name="answer_store_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="answer_is_1_to_5"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsoleText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to", models.CharField(max_length=16)),
                ("body", models.CharField(max_length=1000)),
                ("at", models.DateTimeField()),
                ("attempt", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="messaging.attempt")),
                ("status", models.CharField(default="delivered", max_length=24)),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="console_text_at")],
            },
        ),
        wording_never_changes(),
    ]
