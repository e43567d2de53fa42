"""What a customer who writes HELP is told at once: who we are, and how to get no more texts."""

from datetime import datetime, timedelta

from crm.changes import next_seq
from crm.models import ContactPoint
from messaging import arrows, ports
from messaging.contract.conversations import HELP_AGAIN_HOURS
from messaging.contract.purposes import HELP_ANSWER
from messaging.contract.times import NOT_AFTER_MINUTES
from messaging.conversations.answering import language_of
from messaging.models import Conversation, Message
from messaging.subjects import subject_of_conversation
from messaging.wording import Values, render, template_for


def answer_help(*, conversation: Conversation, contact: ContactPoint, now: datetime) -> Message | None:
    """Who writes HELP is answered once a day with brand, store and how to opt out, and still waits for a person.

    It is an answer to a customer's own message, so it is of the group `conversation`: neither quiet hours nor the cap
    are asked, and everything else of the gate is. Carriers would answer a number that said STOP as well; we promised
    that it gets nothing more, and keep that. The caller holds the number's lock, and then the counters that come
    before this store's. None where there is no answer.
    """
    if contact.opted_out_at is not None or contact.unreachable_reason:
        return None
    since = now - timedelta(hours=HELP_AGAIN_HOURS)
    if Message.objects.filter(contact=contact, purpose=HELP_ANSWER, planned_at__gt=since).exists():
        return None
    language, store = language_of(conversation), conversation.store
    template = template_for(organization_id=conversation.organization_id, purpose=HELP_ANSWER, language=language)
    customer = conversation.customer
    name = (customer.address_as or customer.name) if customer else None
    values = Values(brand=store.organization.brand, store=store.name, name=name)
    text = render(template=template.body, language=language, values=values, country=contact.country)
    message = Message(
        organization_id=conversation.organization_id,
        store=store,
        subject=subject_of_conversation(conversation.pk),
        closing=0,
        group="conversation",
        purpose=HELP_ANSWER,
        customer=customer,
        contact=contact,
        template=template,
        language=language,
        body=text.body,
        segments=text.segments,
        state="scheduled",
        left_at=now,
        received_at=now,
        send_at=now,
        not_after=now + timedelta(minutes=NOT_AFTER_MINUTES),
        planned_at=now,
    )
    arrows.create([message], seq=next_seq(store.pk), now=now)
    ports.ring_at(now)
    return message
