"""Who signs a text: nobody who has left the company by the time it goes."""

from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from messaging import arrows, ports
from messaging.contract.purposes import PLAN_GROUPS
from messaging.contract.states import STILL_OURS
from messaging.followups.wording import worded
from messaging.models import Message


def sign_anew(staff_id: UUID) -> None:
    """A text that still waits is planned again when who signs it leaves the company, or returns: the brand stands in
    for somebody who is not there any more."""
    waiting = Message.objects.filter(staff_id=staff_id, group__in=["departure", *PLAN_GROUPS], state__in=STILL_OURS)
    # In the order of stores, so that two who do this never wait for each other's counters.
    for message in waiting.order_by("store_id", "id"):
        seq = next_seq(message.store_id)
        if message.group == "departure":
            ports.plan_anew(message.subject)
        else:
            _word_anew(message.pk, seq=seq)


def _word_anew(message_id: UUID, *, seq: int) -> None:
    """Of a later text nobody else knows the facts. What somebody wrote by hand stays, here as there."""
    known = Message.objects.select_related("store__organization", "customer__contact", "staff", "template")
    message = known.filter(pk=message_id, state__in=STILL_OURS, edited_at=None).first()
    if message is None or message.customer is None or message.template is None:
        return
    text = worded(
        template=message.template,
        store=message.store,
        customer=message.customer,
        signer=message.staff,
        left_at=message.left_at,
    )
    if text.body == message.body:
        return
    # A worker that has claimed it misses its next arrow, and it is claimed anew with these words.
    moved = arrows.move(
        message,
        to="scheduled",
        seq=seq,
        now=db_now(),
        why="replanned",
        body=text.body,
        segments=text.segments,
        token=None,
        lease_until=None,
    )
    if not moved:
        raise arrows.Raced
    ports.ring_at(message.send_at)
