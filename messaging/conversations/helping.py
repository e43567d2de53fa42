"""What a customer who writes HELP is told at once: who we are, and how to get no more texts."""

from datetime import datetime, timedelta

from crm.models import ContactPoint
from messaging.contract.conversations import HELP_AGAIN_HOURS
from messaging.contract.purposes import HELP_ANSWER
from messaging.conversations.answering import language_of, say
from messaging.models import Conversation, Message
from messaging.sending import routing
from messaging.wording import Values, render, template_for


def answer_help(*, conversation: Conversation, contact: ContactPoint, now: datetime) -> Message | None:
    """Who writes HELP is answered once a day with brand, store and how to opt out, and still waits for a person.

    It is an answer to a customer's own message, so it is of the group `conversation`: neither quiet hours nor the cap
    are asked, and everything else of the gate is. Carriers would answer a number that said STOP as well; we promised
    that it gets nothing more, and keep that. The caller holds the number's lock, and then the counters that come
    before this store's. None where there is no answer, as for a number whose provider takes registered wording alone.
    """
    if not routing.speaks_freely(contact.country):
        return None
    if contact.opted_out_at is not None or contact.unreachable_reason:
        return None
    since = now - timedelta(hours=HELP_AGAIN_HOURS)
    if Message.objects.filter(contact=contact, purpose=HELP_ANSWER, planned_at__gt=since).exists():
        return None
    language, store = language_of(conversation), conversation.store
    template = template_for(organization_id=conversation.organization_id, purpose=HELP_ANSWER, language=language)
    customer = conversation.customer
    name = customer.called if customer else None
    values = Values(brand=store.organization.brand, store=store.name, name=name)
    text = render(template=template.body, language=language, values=values, country=contact.country)
    return say(
        conversation=conversation, contact=contact, purpose=HELP_ANSWER, template=template, body=text.body, now=now
    )
