"""Tablets, the codes that enrol them, and who is acting on them."""

from django.db import models

from crm.ids import uuid7
from crm.models.shops import Organization, Store
from crm.models.staff import Staff


class Device(models.Model):
    """An enrolled tablet of one store. Its token is known to the tablet alone; here lies only its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    enrolled_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked = models.CharField(max_length=8, blank=True, choices=[("retired", "retired"), ("stolen", "stolen")])
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(revoked="", revoked_at__isnull=True)
                | models.Q(revoked__in=["retired", "stolen"], revoked_at__isnull=False),
                name="device_revocation_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return self.name


class EnrolmentCode(models.Model):
    """Lets one tablet in, once, for a short while. The code itself is shown once and kept only as its SHA-256."""

    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    made_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    device = models.OneToOneField(Device, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(device__isnull=True) | models.Q(used_at__isnull=False),
                name="enrolment_code_with_device_is_used",
            )
        ]

    def __str__(self) -> str:
        return f"code for {self.store_id}"


class PinGuard(models.Model):
    """Wrong PINs in a row for one person on one tablet, and until when no more are heard."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    wrong = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "staff"], name="pin_guard_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} on {self.device_id}: {self.wrong}"


class SignInGuard(models.Model):
    """Wrong guesses in a row about anything else that signs in: a manager's address, or a person who is not here."""

    key = models.CharField(max_length=64, unique=True, editable=False)
    wrong = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        # crm.guards forgets those that nobody has guessed at for a day.
        indexes = [models.Index(fields=["updated_at"], name="sign_in_guard_age")]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.wrong}"


class PinSession(models.Model):
    """A person acting on a tablet until somebody else takes over, the tablet idles, or twelve hours have passed."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="pin_session")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.staff_id} on {self.device_id}"
