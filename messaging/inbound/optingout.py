"""A number that asks for no more texts gets none, from any store of the organisation, from this moment on."""

from datetime import datetime
from typing import Final
from uuid import UUID

from crm import consent
from crm.changes import next_seq
from crm.erasing import ERASED
from crm.models import ContactPoint
from messaging import arrows
from messaging.contract.states import STILL_OURS
from messaging.models import Message

# START gives back what was stopped by answering; who asked for no more texts in another way is not asked this way.
# The number of somebody who was erased is stopped by us, and its owner may say START.
_BY_ANSWER: Final = ("inbound", "provider", ERASED)
# A STOP that we read, and one that the provider alone had heard.
_TAKEN_BY_ANSWER: Final[tuple[consent.Method, ...]] = ("text", "provider")


def opt_out(
    *,
    contact: ContactPoint,
    source: str,
    method: consent.Method,
    words: str,
    now: datetime,
    writes_from: UUID | None = None,
) -> int:
    """Every text that waits for this number is stopped at once, in every store; says how many. A text that is being
    posted at this moment may still go, and is the last.

    The caller holds the number's lock, which is what posting waits for, and may go on to write in the store
    `writes_from`.
    """
    if contact.opted_out_at is None:
        consent.withdraw(contact=contact, method=method, evidence=words, now=now)
        contact.opted_out_at, contact.opt_out_source = now, source
        contact.save(update_fields=["opted_out_at", "opt_out_source"])
    waiting = Message.objects.filter(contact=contact, state__in=STILL_OURS)
    # Always in this order: two numbers that are stopped at once take the stores' counters one after the other.
    stores = set(waiting.values_list("store_id", flat=True))
    if writes_from is not None:
        stores.add(writes_from)
    return sum(_stop(contact, store_id, now) for store_id in sorted(stores))


def opt_in(*, contact: ContactPoint, words: str, now: datetime) -> bool:
    """START returns what STOP took, and nothing that was not there before; says whether it did.

    The caller holds the number's lock. Texts that were stopped stay so: their moment has passed.
    """
    if contact.opted_out_at is None or contact.opt_out_source not in _BY_ANSWER:
        return False
    contact.opted_out_at, contact.opt_out_source = None, ""
    contact.save(update_fields=["opted_out_at", "opt_out_source"])
    consent.give_back(contact=contact, method="text", taken_by=_TAKEN_BY_ANSWER, evidence=words, now=now)
    return True


def _stop(contact: ContactPoint, store_id: UUID, now: datetime) -> int:
    seq = next_seq(store_id)
    stopped = 0
    for message in Message.objects.filter(contact=contact, store_id=store_id, state__in=STILL_OURS):
        moved = arrows.move(
            message,
            to="suppressed",
            seq=seq,
            now=now,
            why="opted_out",
            reason="opted_out",
            # A worker that has claimed it misses its next arrow: nothing was posted yet.
            token=None,
            lease_until=None,
        )
        if not moved:
            raise arrows.Raced
        stopped += 1
    return stopped
