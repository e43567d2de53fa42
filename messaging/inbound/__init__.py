"""What customers write back: kept as it came, once, then understood. A STOP takes effect in the same transaction."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from crm.clock import db_now
from crm.erasing import contact_for
from crm.models import ContactPoint, Organization
from crm.numbers import E164, country_of
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
    """A text that was proved to come from the provider. `sender` wrote it, a customer if that is a number, `to` is
    where to, and `to_us` says whether texts leave from there, or ever did."""

    provider: str
    sid: str
    sender: str
    to: str
    body: str
    media: int = 0
    # Where the provider puts a signature before its texts: the one that is answered, empty where it names none.
    signature: str | None = None
    # What the provider itself made of the words, and has acted on already: it sends no more texts after a STOP.
    provider_says: Verdict | None = None
    to_us: bool = True


def hear(heard: Heard) -> InboundText:
    """Stores an answer once, however often it is sent, and lets it take effect in the same transaction.

    It belongs to the organisation that `known_as` finds, or `texted_under` where texts are signed. An answer that
    belongs to nobody is kept all the same, and so is what was written to a number that texts never leave from: nobody
    is shown it, and of it only a STOP counts, for everybody who has the customer's number.
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


def texted_under(*, signature: str, number: str, provider: str) -> list[ContactPoint]:
    """Who texted a number through a provider under this signature, or under any where none is named, the last first.

    Several organisations of one brand have one signature.
    """
    texts = Message.objects.filter(contact__e164=number, provider=provider, posted_at__isnull=False)
    begins = f"【{signature}】" if signature else ""
    last_first = texts.order_by("-posted_at").values_list("contact_id", "body")
    texted = list(dict.fromkeys(contact_id for contact_id, body in last_first if body.startswith(begins)))
    contacts = ContactPoint.objects.in_bulk(texted)
    return [contacts[pk] for pk in texted]


def _concerned(heard: Heard) -> tuple[list[ContactPoint], ContactPoint | None]:
    """Whom a STOP concerns, and who is to read the words; None where nobody can say.

    A signature that no text had, and a number that no text came from, belong to nobody we know of: their STOP counts
    for everybody who has the number. A short code or a name is nobody's phone.
    """
    if not E164.fullmatch(heard.sender):
        return [], None
    if not heard.to_us:
        contacts = list(ContactPoint.objects.filter(e164=heard.sender))
        stops = not contacts and _verdict(heard, [], db_now()) == "stop"
        return known_as(heard.sender) if stops else contacts, None
    if heard.signature is None:
        contacts = known_as(heard.sender)
    elif texted := texted_under(signature=heard.signature, number=heard.sender, provider=heard.provider):
        return texted, texted[0]
    else:
        contacts = list(ContactPoint.objects.filter(e164=heard.sender)) or known_as(heard.sender)
    return contacts, contacts[0] if len(contacts) == 1 else None


def _understand(row: InboundText, heard: Heard) -> None:
    concerned, reading = _concerned(heard)
    # Always in this order: two answers at once take the numbers one after the other.
    contacts = [_locked(contact) for contact in sorted(concerned, key=lambda each: each.pk)]
    reader = next((contact for contact in contacts if contact == reading), None)
    # Not before the locks: a text that was posted while we waited for them went before this moment, not after it.
    now = db_now()
    row.verdict = _verdict(heard, contacts, now)
    if reader is not None:
        row.contact, row.organization_id = reader, reader.organization_id
    row.save(update_fields=["verdict", "contact", "organization"])
    # A provider that knows the word has answered it by itself.
    helps = row.verdict == "help" and heard.provider_says != "help" and reader is not None
    place = hearing.place_of(reader) if helps and reader is not None else None
    # No more texts, or texts again, is said to everybody it concerns; all other words to whoever reads them.
    told = contacts if reader is None or row.verdict in hearing.NEEDS_NO_ANSWER else [reader]
    if not heard.to_us:
        log.warning("inbound_to_another_number", inbound=str(row.pk))
        told = contacts if row.verdict == "stop" else []
    for contact in told:
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
    if reader is not None:
        talk = hearing.note(contact=reader, verdict=row.verdict, now=now)
        if helps and talk is not None:
            answer_help(conversation=talk, contact=reader, now=now)
    if not contacts and heard.to_us:
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
