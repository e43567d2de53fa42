"""Who signs a text: nobody who has left the company by the time it goes."""

from uuid import UUID

from crm.changes import next_seq
from messaging import ports
from messaging.contract.states import STILL_OURS
from messaging.models import Message


def sign_anew(staff_id: UUID) -> None:
    """A text that still waits is planned again when who signs it leaves the company, or returns: the brand stands in
    for somebody who is not there any more."""
    waiting = Message.objects.filter(staff_id=staff_id, group="departure", state__in=STILL_OURS)
    # In the order of stores, so that two who do this never wait for each other's counters.
    for message in waiting.order_by("store_id", "id"):
        next_seq(message.store_id)
        ports.plan_anew(message.subject)
