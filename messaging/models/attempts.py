"""Every try to send a text, and what the providers said of it."""

from django.db import models
from django.db.models import Q

from crm.ids import uuid7
from messaging.models.texts import Message


class Attempt(models.Model):
    """One try to send one text, written before the request: what was about to be said to whom, then what came back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: attempt_number_once begins with it.
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    token = models.UUIDField()
    provider = models.CharField(max_length=16)
    to = models.CharField(max_length=16)
    body = models.CharField(max_length=1000)
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, blank=True)
    code = models.CharField(max_length=24, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    sid = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_number_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "accepted", "not_sent", "unknown"]), name="attempt_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.message_id}"


class ProviderEvent(models.Model):
    """A provider's callback as it came, stored before it is applied, once however often it is sent."""

    provider = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    sid = models.CharField(max_length=64)
    attempt_id = models.UUIDField(null=True)
    status = models.CharField(max_length=24)
    error_code = models.CharField(max_length=16, blank=True)
    received_at = models.DateTimeField()
    applied = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "digest"], name="provider_event_once")]
        # messaging.policy.alerts asks whether a carrier has blocked us lately.
        indexes = [models.Index(fields=["error_code", "received_at"], name="provider_event_codes")]

    def __str__(self) -> str:
        return f"{self.provider} {self.sid} {self.status}"


class ConsoleText(models.Model):
    """What the console provider "sent": its own record, which the customers' phones of the demo show."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE)
    to = models.CharField(max_length=16)
    body = models.CharField(max_length=1000)
    at = models.DateTimeField()
    status = models.CharField(max_length=24, default="delivered")

    class Meta:
        indexes = [models.Index(fields=["at"], name="console_text_at")]

    def __str__(self) -> str:
        return f"text {self.pk}"
