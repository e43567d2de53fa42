"""What customers write back: kept as it came, once, then understood. A STOP takes effect in the same transaction."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from crm.clock import db_now
from crm.erasing import contact_for
from crm.models import ContactPoint, Organization
from crm.numbers import country_of
from messaging import ports
from messaging.contract.conversations import Verdict
from messaging.conversations import hearing
from messaging.conversations.helping import answer_help
from messaging.followups import answers, following
from messaging.inbound import optingout, optout
from messaging.models import InboundText, Message

log = structlog.get_logger("messaging.inbound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A customer's text, proved to come from the provider. `sender` is their number, `to` one of ours."""

    provider: str
    sid: str
    sender: str
    to: str
    body: str
    media: int = 0
    # What the provider itself made of the words, and has acted on already: it sends no more texts after a STOP.
    provider_says: Verdict | None = None


def hear(heard: Heard) -> InboundText:
    """Stores an answer once, however often it is sent, and lets it take effect in the same transaction.

    It belongs to the organisation that `known_as` finds. An answer that belongs to nobody is kept all the same.
    """
    with transaction.atomic(durable=True):
        row, new = InboundText.objects.get_or_create(
            provider=heard.provider,
            digest=_digest(heard),
            defaults={
                "sid": heard.sid,
                "sender": heard.sender,
                "to": heard.to,
                "body": heard.body,
                "media": heard.media,
                "verdict": "other",
                "received_at": db_now(),
            },
        )
        if new:
            _understand(row, heard)
    return row


def known_as(number: str) -> list[ContactPoint]:
    """Whose customer a number is: of the organisation that texted it last, since all of them send from the same
    number and an answer is an answer to what was read last.

    A number that was never texted is known to whoever has it on file, so that a STOP counts for all of them; one that
    nobody knows belongs to the only organisation there is, or to nobody.
    """
    contacts = list(ContactPoint.objects.filter(e164=number).order_by("id"))
    if len(contacts) > 1:
        texted = Message.objects.filter(contact__in=contacts, posted_at__isnull=False).order_by("-posted_at").first()
        return [c for c in contacts if texted is None or c.pk == texted.contact_id]
    if contacts:
        return contacts
    organizations = list(Organization.objects.all()[:2])
    if len(organizations) != 1:
        return []
    only = organizations[0]
    return [contact_for(organization=only, e164=number, country=country_of(number), now=db_now())]


def _understand(row: InboundText, heard: Heard) -> None:
    contacts = [_locked(contact) for contact in known_as(heard.sender)]
    # Not before the locks: a text that was posted while we waited for them went before this moment, not after it.
    now = db_now()
    row.verdict = _verdict(heard, contacts, now)
    if len(contacts) == 1:
        row.contact, row.organization_id = contacts[0], contacts[0].organization_id
    row.save(update_fields=["verdict", "contact", "organization"])
    # A provider that knows the word has answered it by itself.
    helps = row.verdict == "help" and heard.provider_says != "help" and len(contacts) == 1
    place = hearing.place_of(contacts[0]) if helps else None
    for contact in contacts:
        following.end_plans(
            contact_id=contact.pk,
            why="opted_out" if row.verdict == "stop" else "replied",
            now=now,
            writes_from=place.pk if place else None,
        )
        if row.verdict == "other" and answers.record_answer(contact_id=contact.pk, text=heard.body, at=now):
            log.info("satisfaction_answered", contact=str(contact.pk), inbound=str(row.pk))
        if row.verdict == "stop":
            stopped = optingout.opt_out(contact=contact, source="inbound", method="text", words=heard.body, now=now)
            log.info("opted_out", contact=str(contact.pk), inbound=str(row.pk), stopped=stopped)
        elif row.verdict == "start" and optingout.opt_in(contact=contact, words=heard.body, now=now):
            log.info("opted_in", contact=str(contact.pk), inbound=str(row.pk))
    if len(contacts) == 1:
        talk = hearing.note(contact=contacts[0], verdict=row.verdict, now=now)
        if helps and talk is not None:
            answer_help(conversation=talk, contact=contacts[0], now=now)
    if not contacts:
        log.warning("inbound_of_nobody", inbound=str(row.pk))


def _verdict(heard: Heard, contacts: list[ContactPoint], now: datetime) -> Verdict:
    """Whoever heard a STOP is right: if either of us did, it is one."""
    about_appointment = any(_has_appointment(contact, now) for contact in contacts)
    ours = optout.read(text=heard.body, number=heard.sender, about_appointment=about_appointment)
    return "stop" if heard.provider_says == "stop" else ours


def _has_appointment(contact: ContactPoint, now: datetime) -> bool:
    texts = Message.objects.filter(contact=contact, posted_at__isnull=False).exclude(group="conversation")
    last = texts.order_by("-send_at").first()
    return last is not None and any(ask(last.subject, now) for ask in ports.appointments)


def _locked(contact: ContactPoint) -> ContactPoint:
    return ContactPoint.objects.select_for_update(no_key=True).get(pk=contact.pk)


def _digest(heard: Heard) -> str:
    content = "\n".join((heard.sid, heard.sender, heard.to, heard.body))
    return hashlib.sha256(content.encode()).hexdigest()
