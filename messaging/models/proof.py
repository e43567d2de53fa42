"""What shows that the promise about texts was kept, and where it was not."""

from django.db import models
from django.db.models import Q

from crm.models import Organization, Staff
from messaging.contract.proof import INCIDENTS
from messaging.models.texts import Message


class Comparison(models.Model):
    """One day's texts by our record held against the provider's own; a day of the provider's calendar, UTC."""

    provider = models.CharField(max_length=16)
    day = models.DateField()
    ours = models.PositiveIntegerField(default=0)
    theirs = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField()
    # Empty while the provider has not answered in full; `why` says why not.
    finished_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "day"], name="comparison_once_a_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"


class Incident(models.Model):
    """A text of which our record and the provider's disagree: somebody must look, and say when they have."""

    kind = models.CharField(max_length=24)
    provider = models.CharField(max_length=16)
    sid = models.CharField(max_length=64)
    other_sid = models.CharField(max_length=64, blank=True)
    # Both may be empty for a text to a number that no organisation of ours ever texted; see proof.concerning.
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents")
    last4 = models.CharField(max_length=4, blank=True)
    day = models.DateField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            # Comparing a day again finds the same again.
            models.UniqueConstraint(fields=["provider", "sid", "kind"], name="incident_once"),
            models.CheckConstraint(condition=Q(kind__in=INCIDENTS), name="incident_kind"),
        ]
        # proof.api lists an organisation's incidents, the newest first.
        indexes = [models.Index(fields=["organization", "found_at"], name="incident_list")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sid}"
