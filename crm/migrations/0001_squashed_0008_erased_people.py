"""All tables as they stood when this was written, each made once with its keys, indexes and constraints."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.ids


class Migration(migrations.Migration):
    replaces = [
        ("crm", "0001_initial"),
        ("crm", "0002_alter_customer_created_at_signinguard"),
        ("crm", "0003_inbound"),
        ("crm", "0004_storefeed_kinds"),
        ("crm", "0005_staff_pin_locked_at"),
        ("crm", "0006_tasks"),
        ("crm", "0007_tasks_not_reached"),
        ("crm", "0008_erased_people"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClockShift",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("shift_seconds", models.FloatField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="clock_shift_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("brand", models.CharField(help_text="Signs every text.", max_length=40)),
                ("language", models.CharField(choices=[("en", "en"), ("zh", "zh")], default="en", max_length=8)),
                ("currency", models.CharField(max_length=3)),
                ("text_countries", models.JSONField(blank=True, default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("en", "zh"))), name="organization_language"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInGuard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(editable=False, max_length=64, unique=True)),
                ("wrong", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["updated_at"], name="sign_in_guard_age")],
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("zone", models.CharField(help_text="IANA name, such as Europe/London.", max_length=64)),
                ("cutoff_minutes", models.PositiveSmallIntegerField(default=240)),
                ("country", models.CharField(max_length=2)),
                ("language", models.CharField(choices=[("en", "en"), ("zh", "zh")], default="en", max_length=8)),
                ("currency", models.CharField(max_length=3)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stores", to="crm.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "name"), name="store_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("cutoff_minutes__lt", 1440)), name="store_cutoff_within_a_day"
                    ),
                    models.CheckConstraint(condition=models.Q(("language__in", ("en", "zh"))), name="store_language"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("e164", models.CharField(blank=True, max_length=16)),
                ("country", models.CharField(max_length=2)),
                ("opted_out_at", models.DateTimeField(blank=True, null=True)),
                ("opt_out_source", models.CharField(blank=True, max_length=20)),
                ("unreachable_reason", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("erased_hash", models.CharField(blank=True, editable=False, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["e164"], name="number_of_anybody"),
                    models.Index(
                        condition=models.Q(("erased_hash", ""), _negated=True),
                        fields=["organization", "erased_hash"],
                        name="number_erased",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("e164", ""), _negated=True),
                        fields=("organization", "e164"),
                        name="number_once_per_organization",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("e164__regex", "^\\+[1-9][0-9]{6,14}$"),
                            models.Q(
                                ("e164", ""),
                                ("opted_out_at__isnull", False),
                                models.Q(("erased_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="number_is_e164",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("display_name", models.CharField(help_text="Signs this person's texts.", max_length=40)),
                ("email", models.EmailField(blank=True, max_length=254, null=True, unique=True)),
                ("pin_hash", models.CharField(blank=True, editable=False, max_length=200)),
                ("language", models.CharField(default="en", max_length=8)),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False, help_text="May open the set-up pages.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to="crm.organization",
                    ),
                ),
                ("pin_locked_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name_plural": "staff",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("language__in", ("en", "zh"))), name="staff_language"),
                    models.CheckConstraint(
                        condition=models.Q(("organization__isnull", False), ("is_superuser", True), _connector="OR"),
                        name="staff_belongs_to_an_organization",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("enrolled_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "revoked",
                    models.CharField(blank=True, choices=[("retired", "retired"), ("stolen", "stolen")], max_length=8),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="devices", to="crm.store"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked", ""), ("revoked_at__isnull", True)),
                            models.Q(("revoked__in", ["retired", "stolen"]), ("revoked_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="device_revocation_has_its_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StoreFeed",
            fields=[
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="feed",
                        serialize=False,
                        to="crm.store",
                    ),
                ),
                ("seq", models.BigIntegerField(default=0)),
                ("visit_seq", models.BigIntegerField(default=0)),
                ("person_seq", models.BigIntegerField(default=0)),
                ("presence_seq", models.BigIntegerField(default=0)),
                ("message_seq", models.BigIntegerField(default=0)),
                ("quarantine_seq", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="StaffRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("associate", "associate"),
                            ("lead", "lead"),
                            ("manager", "manager"),
                            ("admin", "admin"),
                            ("auditor", "auditor"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles",
                        to="crm.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "store"), name="one_role_per_store"),
                    models.UniqueConstraint(
                        condition=models.Q(("store__isnull", True)),
                        fields=("staff",),
                        name="one_role_per_organization",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role__in", ("associate", "lead", "manager")), ("store__isnull", False)),
                            models.Q(("role__in", ("admin", "auditor")), ("store__isnull", True)),
                            _connector="OR",
                        ),
                        name="role_fits_its_reach",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=80)),
                (
                    "address_as",
                    models.CharField(blank=True, help_text="What to call this person in a text.", max_length=40),
                ),
                ("language", models.CharField(blank=True, max_length=8)),
                ("number_problem", models.CharField(blank=True, max_length=20)),
                ("content_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("change_seq", models.BigIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="customers",
                        to="crm.contactpoint",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                (
                    "store",
                    models.ForeignKey(
                        help_text="Where this person was first met.",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="crm.store",
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["store", "change_seq"], name="customer_changes")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["", "en", "zh"])), name="customer_language"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PinGuard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wrong", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
                ("device", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.device")),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("device", "staff"), name="pin_guard_once")],
            },
        ),
        migrations.CreateModel(
            name="PinSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("started_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pin_session", to="crm.device"
                    ),
                ),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="EnrolmentCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "device",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.device"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="crm.store")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("device__isnull", True), ("used_at__isnull", False), _connector="OR"),
                        name="enrolment_code_with_device_is_used",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=16)),
                ("granted", models.BooleanField()),
                ("wording_version", models.PositiveSmallIntegerField()),
                ("language", models.CharField(max_length=8)),
                ("method", models.CharField(default="tablet", max_length=16)),
                ("at", models.DateTimeField(help_text="When it was said, by the corrected clock.")),
                ("received_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="crm.contactpoint"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="crm.customer"
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.device"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.organization"),
                ),
                ("store", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="crm.store")),
                ("evidence", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "contact", "purpose"], name="consent_standing")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ("visit_text", "offers"))), name="consent_purpose"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("en", "zh"))), name="consent_language"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=crm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=50)),
                ("step", models.PositiveSmallIntegerField()),
                ("what", models.CharField(blank=True, max_length=200)),
                ("due_at", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=12)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                ("why", models.CharField(blank=True, max_length=16)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["store", "due_at"], name="task_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "step"), name="task_once_per_step"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="task_is_open_or_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("open", "done", "not_reached", "dropped"))),
                        name="task_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "not_reached"),
                                (
                                    "why__in",
                                    {
                                        "no_answer": {"en": "Nobody answered", "zh": "无人接听"},
                                        "not_now": {"en": "It was a bad moment", "zh": "对方不方便"},
                                        "wrong_number": {"en": "The number is wrong", "zh": "号码不对"},
                                    },
                                ),
                            ),
                            models.Q(models.Q(("state", "not_reached"), _negated=True), ("why", "")),
                            _connector="OR",
                        ),
                        name="task_not_reached_says_why",
                    ),
                ],
            },
        ),
    ]
