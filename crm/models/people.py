"""Customers, their numbers, and what they agreed to."""

from django.db import models
from django.utils import timezone

from crm.contract import CONSENT_PURPOSES, LANGUAGES
from crm.ids import uuid7
from crm.models.devices import Device
from crm.models.shops import Organization, Store
from crm.models.staff import Staff


class ContactPoint(models.Model):
    """A phone number of an organisation's customers. Opting out belongs to the number, whoever shares it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # Empty once its customers were erased; then `erased_hash` stands for it, so that nobody texts it by mistake.
    e164 = models.CharField(max_length=16, blank=True)
    erased_hash = models.CharField(max_length=64, blank=True, editable=False)
    country = models.CharField(max_length=2)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    opt_out_source = models.CharField(max_length=20, blank=True)
    # Why the provider says this number can never be reached (its own code), empty while it can.
    unreachable_reason = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "e164"], condition=~models.Q(e164=""), name="number_once_per_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(e164__regex=r"^\+[1-9][0-9]{6,14}$")
                | (models.Q(e164="", opted_out_at__isnull=False) & ~models.Q(erased_hash="")),
                name="number_is_e164",
            ),
        ]
        # A customer's answer names its number alone: messaging.inbound asks who knows it.
        indexes = [
            models.Index(fields=["e164"], name="number_of_anybody"),
            # crm.erasing asks whether a new number is that of somebody who was erased.
            models.Index(
                fields=["organization", "erased_hash"], condition=~models.Q(erased_hash=""), name="number_erased"
            ),
        ]

    def __str__(self) -> str:
        return f"number ending {self.last4}"

    @property
    def last4(self) -> str:
        return self.e164[-4:]


class Customer(models.Model):
    """A person known to the organisation; may have no number. Made on a tablet, so its id is the tablet's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # No index of its own: customer_changes begins with it.
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, db_index=False, help_text="Where this person was first met."
    )
    name = models.CharField(max_length=80, blank=True)
    address_as = models.CharField(max_length=40, blank=True, help_text="What to call this person in a text.")
    language = models.CharField(max_length=8, blank=True)
    contact = models.ForeignKey(
        ContactPoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="customers"
    )
    # Why the number given on the tablet was not taken; the tablet shows it until it is corrected.
    number_problem = models.CharField(max_length=20, blank=True)
    # SHA-256 of what the tablet sent last, so that the same words sent again change nothing.
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    change_seq = models.BigIntegerField(default=0, editable=False)
    # What a tablet sends of this person afterwards is not kept.
    erased_at = models.DateTimeField(null=True, blank=True)
    # By the database's clock, so that a day moved on in the demo has its own people.
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(language__in=["", *LANGUAGES]), name="customer_language")
        ]
        # crm.people asks which people of a store changed after a cursor.
        indexes = [models.Index(fields=["store", "change_seq"], name="customer_changes")]

    def __str__(self) -> str:
        return f"customer {self.pk}"

    @property
    def called(self) -> str:
        """What this person is called: as they wish to be, else by their name."""
        return self.address_as or self.name

    @property
    def last4(self) -> str:
        """All that is shown of their number; empty without one."""
        return self.contact.last4 if self.contact else ""


class Consent(models.Model):
    """One line of the ledger: what was said yes or no to, in which words, where, to whom and when. Only ever added:
    the database itself refuses to change it (see migrations/_triggers.py)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # No index of its own: consent_standing begins with it.
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents", db_index=False)
    contact = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, null=True, blank=True)
    purpose = models.CharField(max_length=16)
    granted = models.BooleanField()
    wording_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=8)
    # `tablet`, `text` (an answer to one of ours), `page` (the customer's own page) or `provider` (it was asked for no
    # more texts, and its code is the evidence).
    method = models.CharField(max_length=16, default="tablet")
    # The customer's own words, where it was they who chose the words.
    evidence = models.CharField(max_length=300, blank=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, blank=True)
    at = models.DateTimeField(help_text="When it was said, by the corrected clock.")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(purpose__in=CONSENT_PURPOSES), name="consent_purpose"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="consent_language"),
        ]
        # crm.consent asks for the standing of one customer, number and purpose.
        indexes = [models.Index(fields=["customer", "contact", "purpose"], name="consent_standing")]

    def __str__(self) -> str:
        return f"{self.purpose} {'yes' if self.granted else 'no'}"
