"""Those who work in the stores and those who manage them."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from crm.contract import LANGUAGES, ORGANIZATION_ROLES, STORE_ROLES
from crm.ids import uuid7
from crm.models.shops import Organization, Store


class StaffManager(BaseUserManager["Staff"]):
    """Makes people who sign in on the web by e-mail address and password."""

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "Staff":
        staff = self.model(email=self.normalize_email(email).lower() if email else None, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, email: str, password: str, **fields: Any) -> "Staff":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Staff(AbstractBaseUser, PermissionsMixin):
    """A person at work. Associates act under a PIN on an enrolled tablet; managers sign in on the web."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Only the operator of the installation, who made it with createsuperuser, belongs to no organisation.
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="staff", null=True, blank=True
    )
    display_name = models.CharField(max_length=40, help_text="Signs this person's texts.")
    email = models.EmailField(unique=True, null=True, blank=True)
    pin_hash = models.CharField(max_length=200, blank=True, editable=False)
    # Since when no PIN of this person is heard on any tablet; a manager ends it.
    pin_locked_at = models.DateTimeField(null=True, blank=True, editable=False)
    language = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the set-up pages.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[StaffManager] = StaffManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name_plural = "staff"
        constraints = [
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="staff_language"),
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(is_superuser=True),
                name="staff_belongs_to_an_organization",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class StaffRole(models.Model):
    """What one person may do: in one store, or in the whole organisation. Rows stay when a person leaves, since
    events made offline before that are still theirs."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="roles")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="roles", null=True, blank=True)
    role = models.CharField(max_length=16, choices=[(r, r) for r in (*STORE_ROLES, *ORGANIZATION_ROLES)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "store"], name="one_role_per_store"),
            models.UniqueConstraint(
                fields=["staff"], condition=models.Q(store__isnull=True), name="one_role_per_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=STORE_ROLES, store__isnull=False)
                | models.Q(role__in=ORGANIZATION_ROLES, store__isnull=True),
                name="role_fits_its_reach",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.role}"
