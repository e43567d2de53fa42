"""Wording that a provider has registered: some send no other."""

from django.db import models

from crm.models import Organization


class RegisteredText(models.Model):
    """A wording as the provider approved it for an organisation, under the provider's own code and signature."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    code = models.CharField(max_length=32)
    # What stands in 【】 before the text; the provider puts it there.
    signature = models.CharField(max_length=40)
    # With ${name} where something is filled in; without the signature, and without how to opt out.
    text = models.CharField(max_length=500)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="registered_text_once")]

    def __str__(self) -> str:
        return self.code
