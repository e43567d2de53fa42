"""What customers write back."""

from django.db import models
from django.db.models import Q

from crm.ids import uuid7
from crm.models import ContactPoint, Organization
from messaging.contract.conversations import VERDICTS


class InboundText(models.Model):
    """A text from a customer as it came, stored before anything is made of it, once however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=16)
    sid = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sender = models.CharField(max_length=16)
    to = models.CharField(max_length=64)
    body = models.TextField(max_length=2000)
    # Pictures that came with it. They stay where they are: nothing is fetched.
    media = models.PositiveSmallIntegerField(default=0)
    # Both are empty while nobody can say whose customer this is.
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True)
    contact = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound")
    verdict = models.CharField(max_length=12)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "digest"], name="inbound_text_once"),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="inbound_verdict"),
        ]
        # A conversation shows what came from its number, in the order in which it came.
        indexes = [models.Index(fields=["contact", "received_at"], name="inbound_thread")]

    def __str__(self) -> str:
        return f"inbound text {self.pk}"
