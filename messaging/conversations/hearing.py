"""What an answer does to its conversation: it is unread, somebody looks after it, and the customer waits."""

from datetime import datetime
from uuid import UUID

from crm.models import ContactPoint, Customer, Store
from messaging import ports
from messaging.contract.conversations import Verdict
from messaging.contract.reasons import Reason
from messaging.models import Conversation, Message

NEEDS_NO_ANSWER: tuple[Verdict, ...] = ("stop", "start")
_NO_VISITS: tuple[Reason, ...] = ("voided", "practice")


def note(*, contact: ContactPoint, verdict: Verdict, now: datetime) -> Conversation | None:
    """An answer opens or goes on with the conversation of its number. It is given to whoever served the last visit if
    they are here, else to whoever is; a STOP only ends the waiting.

    The caller holds the number's lock. None where an organisation has no store that could answer.
    """
    last = _last_visit(contact)
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
    """Where a number is answered: in the store of its last visit, else where its customer was last, else in the
    organisation's first."""
    last = last or _last_visit(contact)
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


def _last_visit(contact: ContactPoint) -> Message | None:
    """What was planned when whoever has this number left the last time, whether or not a text came of it."""
    left = Message.objects.filter(contact=contact, group="departure").exclude(reason__in=_NO_VISITS)
    return left.select_related("store").order_by("-left_at", "-closing").first()


def _only_customer(contact: ContactPoint) -> Customer | None:
    """Of a family that shares a number nobody knows who writes."""
    people = list(Customer.objects.filter(contact=contact)[:2])
    return people[0] if len(people) == 1 else None
