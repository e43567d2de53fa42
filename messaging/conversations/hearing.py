"""What an answer does to its conversation: it is unread, somebody looks after it, and the customer waits."""

from datetime import datetime
from uuid import UUID

from crm.models import ContactPoint, Customer, Store
from messaging import ports
from messaging.contract.conversations import Verdict
from messaging.models import Conversation, Message

NEEDS_NO_ANSWER: tuple[Verdict, ...] = ("stop", "start")


def note(*, contact: ContactPoint, verdict: Verdict, now: datetime) -> Conversation | None:
    """An answer opens or goes on with the conversation of its number. It is given to whoever served the last visit if
    they are here, else to whoever is; a STOP only ends the waiting.

    The caller holds the number's lock. None where an organisation has no store that could answer.
    """
    last = _last_text(contact)
    place = place_of(contact, last)
    if place is None:
        return None
    conversation = Conversation.objects.filter(contact=contact).first() or Conversation(
        organization_id=contact.organization_id, contact=contact
    )
    if conversation.store_id != place.pk:
        conversation.store, conversation.assigned_to_id = place, None
    if last is not None:
        conversation.subject, conversation.customer_id = last.subject, last.customer_id
    elif conversation.customer_id is None:
        conversation.customer = _only_customer(contact)
    conversation.last_at = conversation.last_inbound_at = now
    if verdict in NEEDS_NO_ANSWER:
        conversation.flag, conversation.waiting_since, conversation.talked_at = "", None, None
    else:
        conversation.unread += 1
        # A doubt once raised stays until a person has read it, whatever comes after.
        if conversation.flag != "doubtful":
            conversation.flag = verdict if verdict in ("doubtful", "help") else conversation.flag
        conversation.waiting_since = conversation.waiting_since or now
        conversation.talked_at = now
        conversation.assigned_to_id = _who_answers(conversation)
    conversation.save()
    return conversation


def place_of(contact: ContactPoint, last: Message | None = None) -> Store | None:
    """Where a number is answered: in the store of the last text about a visit, else where its customer was last, else
    in the organisation's first."""
    last = last or _last_text(contact)
    if last is not None:
        return last.store
    customer = Customer.objects.filter(contact=contact).select_related("store").order_by("-created_at").first()
    if customer is not None:
        return customer.store
    return Store.objects.filter(organization_id=contact.organization_id).order_by("created_at", "id").first()


def _who_answers(conversation: Conversation) -> UUID | None:
    """Whoever has it keeps it while they are here; a customer must not wait for somebody who went home."""
    for ask in ports.answerers:
        found = ask(conversation.store, conversation.subject, conversation.assigned_to_id)
        if found is not None:
            return found
    return None


def _last_text(contact: ContactPoint) -> Message | None:
    """The last text about a visit that was sent to this number."""
    sent = Message.objects.filter(contact=contact, posted_at__isnull=False).exclude(group="conversation")
    return sent.select_related("store").order_by("-send_at").first()


def _only_customer(contact: ContactPoint) -> Customer | None:
    """Of a family that shares a number nobody knows who writes."""
    people = list(Customer.objects.filter(contact=contact)[:2])
    return people[0] if len(people) == 1 else None
