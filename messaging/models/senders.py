"""Who texts leave from: how fast, whether at all, and how much each day."""

from django.db import models
from django.db.models import Q

from crm.models import Organization, Staff


class Sender(models.Model):
    """A number or service of a provider that texts leave from. Every worker on every host goes by this row."""

    provider = models.CharField(max_length=16)
    address = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    # Segments a second that we allow ourselves; nothing is no limit.
    rate = models.FloatField(null=True, blank=True)
    # What may leave at once, as it stood at `tokens_at`, by the database's clock.
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField()
    # Asked to slow down: half the rate until then.
    slow_until = models.DateTimeField(null=True, blank=True)
    # Nothing leaves until then, and the provider's code for why: that stays until a text leaves again.
    breaker_until = models.DateTimeField(null=True, blank=True)
    breaker_code = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "address"], name="sender_once"),
            models.CheckConstraint(condition=Q(rate__isnull=True) | Q(rate__gt=0), name="sender_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"


class Pause(models.Model):
    """Somebody switched off the texts that leave through a provider, of one organisation or, without one, of all: who,
    when and why, and who switched them on again."""

    provider = models.CharField(max_length=16)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, blank=True)
    reason = models.CharField(max_length=200)
    # Nobody for the command line.
    paused_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    paused_at = models.DateTimeField()
    resumed_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Their indexes answer which pauses are running, which every drain asks.
            models.UniqueConstraint(
                fields=["provider", "organization"],
                condition=Q(resumed_at__isnull=True, organization__isnull=False),
                name="one_pause_of_an_organization",
            ),
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(resumed_at__isnull=True, organization__isnull=True),
                name="one_pause_of_all",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.paused_at:%Y-%m-%d}"


class SenderDay(models.Model):
    """What an organisation handed to a sender on one day, by its stores' own calendars: what a budget is held to."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="days")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    day = models.DateField()
    texts = models.PositiveIntegerField(default=0)
    segments = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sender", "day"], name="sender_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sender_id} {self.day}"
