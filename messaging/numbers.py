"""What the network says about a number: it belongs to the number, whoever's text taught us."""

from datetime import datetime
from uuid import UUID

from crm.models import ContactPoint
from messaging.followups import following
from messaging.inbound import optingout


def flag(*, contact_id: UUID | None, code: str, opted_out: bool, writes_from: UUID, now: datetime) -> None:
    """Remembers that a number cannot be reached, or asked the provider for no more texts: that is what a STOP is, and
    counts at once in every store, with the provider's code as its evidence.

    Locks the number: call it before the counter of the store `writes_from`, in which the caller goes on to write.
    """
    contact = ContactPoint.objects.select_for_update(no_key=True).filter(pk=contact_id).first() if contact_id else None
    if contact is None:
        return
    if not opted_out:
        contact.unreachable_reason = code[:20]
        contact.save(update_fields=["unreachable_reason"])
    else:
        following.end_plans(contact_id=contact.pk, why="opted_out", now=now, writes_from=writes_from)
        optingout.opt_out(
            contact=contact, source="provider", method="provider", words=code, now=now, writes_from=writes_from
        )
