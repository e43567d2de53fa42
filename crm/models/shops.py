"""Organisations and their stores."""

from django.db import models

from crm.contract import LANGUAGES
from crm.ids import uuid7

LANGUAGE_CHOICES = [(code, code) for code in LANGUAGES]


class Organization(models.Model):
    """A brand: what its texts are signed with, and the border that no row crosses."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    brand = models.CharField(max_length=40, help_text="Signs every text.")
    language = models.CharField(max_length=8, choices=LANGUAGE_CHOICES, default="en")
    currency = models.CharField(max_length=3)
    # Countries (ISO 3166-1 alpha-2) whose numbers may be texted; a premium number abroad costs real money.
    text_countries = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="organization_language")
        ]

    def __str__(self) -> str:
        return self.brand


class Store(models.Model):
    """A shop: its zone and cutoff say which business day a visit belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="stores")
    name = models.CharField(max_length=80)
    zone = models.CharField(max_length=64, help_text="IANA name, such as Europe/London.")
    # Minutes after local midnight at which the business day begins.
    cutoff_minutes = models.PositiveSmallIntegerField(default=240)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=8, choices=LANGUAGE_CHOICES, default="en")
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="store_name_once"),
            models.CheckConstraint(condition=models.Q(cutoff_minutes__lt=1440), name="store_cutoff_within_a_day"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="store_language"),
        ]

    def __str__(self) -> str:
        return self.name


class StoreFeed(models.Model):
    """How far a store's stream of changes has come: one counter, raised inside each transaction that changes a row.

    The counter's row stays locked until that transaction commits, so numbers appear in the order of commits and a
    reader who has seen number n has missed nothing before it.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="feed")
    # What another shop could guess from a number of its own must not look like a count of sales: it is opaque outside.
    seq = models.BigIntegerField(default=0)
    # The number of the last change of each kind, so that nobody asks for kinds without news (crm.changes).
    visit_seq = models.BigIntegerField(default=0)
    person_seq = models.BigIntegerField(default=0)
    presence_seq = models.BigIntegerField(default=0)
    message_seq = models.BigIntegerField(default=0)
    quarantine_seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.pk}: {self.seq}"
