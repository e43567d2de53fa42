"""What an organisation allows its texts, in versions that never change."""

from django.db import models

from crm.models import Organization, Staff


class PolicyVersion(models.Model):
    """The rules of an organisation from a moment on: the newest is in force. An organisation without any has the
    defaults of `messaging.policy.terms`, quiet hours and the cap switched on."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    # As `messaging.policy.terms.Terms` writes them.
    settings = models.JSONField()
    staff = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"policy {self.version} of {self.organization_id}"
