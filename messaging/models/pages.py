"""The way to a customer's own page."""

from django.db import models

from crm.models import ContactPoint


class PageLink(models.Model):
    """The one link that opens the page of a number, as its latest text carries it. Only its hash is known here."""

    contact = models.OneToOneField(ContactPoint, on_delete=models.CASCADE, primary_key=True, related_name="page_link")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"page of {self.contact_id}"
