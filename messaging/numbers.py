"""What the network says about a number: it belongs to the number, whoever's text taught us."""

from datetime import datetime
from uuid import UUID

from crm.models import ContactPoint


def flag(*, contact_id: UUID | None, code: str, opted_out: bool, now: datetime) -> None:
    """Remembers that a number opted out or cannot be reached. Locks the number: call it before the store's counter."""
    contact = ContactPoint.objects.select_for_update(no_key=True).filter(pk=contact_id).first() if contact_id else None
    if contact is None:
        return
    if not opted_out:
        contact.unreachable_reason = code[:20]
        contact.save(update_fields=["unreachable_reason"])
    elif contact.opted_out_at is None:
        contact.opted_out_at, contact.opt_out_source = now, "provider"
        contact.save(update_fields=["opted_out_at", "opt_out_source"])
