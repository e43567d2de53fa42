"""Conversations with customers, one for each number of an organisation."""

from django.db import models
from django.db.models import Q

from crm.ids import uuid7
from crm.models import ContactPoint, Customer, Organization, Staff, Store
from messaging.contract.conversations import FLAGS


class Conversation(models.Model):
    """Everything that is said with one number, and who of us looks after it. The words are the texts themselves."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    contact = models.OneToOneField(ContactPoint, on_delete=models.PROTECT, related_name="conversation")
    # Where the customer was last; with `subject`, the visit itself.
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    subject = models.CharField(max_length=50, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True)
    assigned_to = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    unread = models.PositiveIntegerField(default=0)
    flag = models.CharField(max_length=10, blank=True)
    # The promise: since when the customer has been waiting for a first answer.
    waiting_since = models.DateTimeField(null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField()
    # The last word of either side, until all is said: meanwhile automatic texts hold back.
    talked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(flag__in=FLAGS), name="conversation_flag")]
        indexes = [
            # The inbox: a store's conversations, the latest first.
            models.Index(fields=["store", "last_at"], name="conversation_inbox"),
            # Who has been waiting longest.
            models.Index(
                fields=["store", "waiting_since"],
                condition=Q(waiting_since__isnull=False),
                name="conversation_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"
