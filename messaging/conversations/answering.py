"""A person's answer: a text like every other, so it goes through the same gate, claim, posting and settling."""

from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from crm.contract import Language
from crm.ids import uuid7
from crm.models import ContactPoint, Staff
from crm.problems import Problem, not_found
from messaging import arrows, ports
from messaging.contract.purposes import QUICK_REPLIES, Purpose
from messaging.contract.reasons import REASONS
from messaging.contract.times import NOT_AFTER_MINUTES
from messaging.contract.wording import MAX_FREE_SEGMENTS
from messaging.conversations.permission import is_recent, refusal
from messaging.followups import following
from messaging.models import Conversation, Message, Template
from messaging.sending import routing
from messaging.subjects import subject_of_conversation
from messaging.wording import Values, render, template_for
from messaging.wording.segments import segments

_LONGEST: Final = 1000


def reply(*, conversation: Conversation, staff: Staff, text_id: UUID, body: str, quick: Purpose | None) -> Message:
    """An answer is planned to leave now, in free words at most one segment longer than a template. `quick` names the
    wording it began as; who has been silent for a month is written to in such wording alone, and a number whose
    provider takes registered wording alone in what is registered.

    `text_id` is the client's: the same answer sent again is one. Raises Problem, in words, for what may not be sent.
    """
    subject = subject_of_conversation(conversation.pk)
    known = Message.objects.filter(pk=text_id).first()
    if known is not None:
        if known.subject != subject or known.body != body:
            raise Problem(409, "id_reuse", "An answer with this id was already given.")
        return known
    contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=conversation.contact_id)
    rows = Conversation.objects.select_related("contact", "store__organization", "customer")
    conversation = rows.get(pk=conversation.pk)
    now = db_now()
    no = refusal(conversation=conversation, contact=contact, now=now)
    if no is not None:
        raise Problem(409, no, REASONS[no]["en"])
    template = _template(conversation, staff, body, quick, now)
    if not routing.can_send(organization_id=conversation.organization_id, country=contact.country, body=body):
        raise Problem(422, "wording_not_registered", REASONS["wording_not_registered"]["en"])
    following.pause_plans(contact_id=contact.pk, writes_from=conversation.store_id, now=now)
    purpose: Purpose = cast(Purpose, template.purpose) if template else QUICK_REPLIES[0]
    message = say(
        conversation=conversation,
        contact=contact,
        purpose=purpose,
        template=template,
        body=body,
        now=now,
        staff=staff,
        text_id=text_id,
    )
    _answered(conversation, staff, now)
    return message


def say(
    *,
    conversation: Conversation,
    contact: ContactPoint,
    purpose: Purpose,
    template: Template | None,
    body: str,
    now: datetime,
    staff: Staff | None = None,
    text_id: UUID | None = None,
) -> Message:
    """What is said in a conversation is a text that is due at once, and goes the way of every other: it may still be
    refused at the gate. The caller holds the number's lock."""
    message = Message(
        id=text_id or uuid7(),
        organization_id=conversation.organization_id,
        store_id=conversation.store_id,
        subject=subject_of_conversation(conversation.pk),
        closing=0,
        group="conversation",
        purpose=purpose,
        customer_id=conversation.customer_id,
        contact=contact,
        staff=staff,
        template=template,
        language=language_of(conversation),
        body=body,
        segments=segments(body),
        state="scheduled",
        left_at=now,
        received_at=now,
        send_at=now,
        not_after=now + timedelta(minutes=NOT_AFTER_MINUTES),
        planned_at=now,
    )
    arrows.create([message], seq=next_seq(conversation.store_id), now=now, actor_id=staff.pk if staff else None)
    ports.ring_at(now)
    return message


def quick_replies(*, conversation: Conversation, staff: Staff) -> list[dict[str, str]]:
    """What can be answered with one tap, in the customer's language and the organisation's words; what the provider
    for their number would not send is left out."""
    language = language_of(conversation)
    words = {purpose: _words(conversation, staff, purpose, language)[1] for purpose in QUICK_REPLIES}
    organization_id, country = conversation.organization_id, conversation.contact.country
    return [
        {"purpose": purpose, "body": body}
        for purpose, body in words.items()
        if routing.can_send(organization_id=organization_id, country=country, body=body)
    ]


def language_of(conversation: Conversation) -> Language:
    """The customer's own language, else their store's."""
    customer = conversation.customer
    return cast(Language, (customer.language if customer else "") or conversation.store.language)


def _template(
    conversation: Conversation, staff: Staff, body: str, quick: Purpose | None, now: datetime
) -> Template | None:
    if not body:
        raise Problem(422, "empty", "The answer has no words yet.")
    if segments(body) > MAX_FREE_SEGMENTS or len(body) > _LONGEST:
        raise Problem(422, "too_long", f"An answer takes at most {MAX_FREE_SEGMENTS} messages. Please shorten it.")
    template = None
    if quick is not None:
        if quick not in QUICK_REPLIES:
            raise not_found()
        found, words = _words(conversation, staff, quick, language_of(conversation))
        # Once it was changed by hand it is free words.
        template = found if words == body else None
    if template is None and not is_recent(conversation, now=now):
        raise Problem(422, "template_needed", "The customer has not written for a month: begin with a quick reply.")
    return template


def _words(conversation: Conversation, staff: Staff, purpose: Purpose, language: Language) -> tuple[Template, str]:
    template = template_for(organization_id=conversation.organization_id, purpose=purpose, language=language)
    customer = conversation.customer
    values = Values(
        brand=conversation.store.organization.brand,
        store=conversation.store.name,
        name=customer.called if customer else None,
        associate=staff.display_name,
    )
    country = conversation.contact.country
    # Registered wording goes out with brand and how to opt out, in an answer too.
    free = routing.speaks_freely(country)
    text = render(template=template.body, language=language, values=values, country=country, answers=free)
    return template, text.body


def _answered(conversation: Conversation, staff: Staff, now: datetime) -> None:
    """The promise is kept, all is read, and whoever answers first has the conversation."""
    conversation.waiting_since, conversation.unread = None, 0
    conversation.last_at = conversation.talked_at = now
    conversation.assigned_to_id = conversation.assigned_to_id or staff.pk
    conversation.save(update_fields=["waiting_since", "unread", "last_at", "talked_at", "assigned_to"])
