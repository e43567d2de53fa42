"""How the demo's customers liked it: who bought was asked two days later, and some have answered."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final, cast
from uuid import UUID

from django.db.models import Exists, OuterRef

from crm.changes import next_seq
from crm.contract import Language
from crm.models import Consent, ContactPoint, Customer, Device, Staff, Store
from funnel.demo.dice import dice, new_id
from funnel.demo.texts import Texts
from funnel.models import Visit, VisitEvent
from messaging.contract.plans import STEP_AHEAD_MINUTES, STEP_LATE_HOURS
from messaging.contract.purposes import CONSENT_OF, Purpose
from messaging.followups.plans import due_of
from messaging.followups.wording import worded
from messaging.models import Conversation, FollowUpStep, InboundText, Message, SatisfactionAnswer, Template
from messaging.subjects import subject_of
from messaging.wording import template_for

_PURPOSE: Final[Purpose] = "satisfaction"
STEP: Final = FollowUpStep(kind="text", purpose=_PURPOSE, days=2, hour=11)
# A little further than reports look back.
_LOOKS_BACK: Final = timedelta(days=31)
# By then a text is sent and settled.
_SETTLED_WITHIN: Final = timedelta(minutes=3)
_ANSWER: Final = 0.44
_SCORES: Final = {5: 52, 4: 28, 3: 11, 2: 6, 1: 3}
_WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("{}", "{}", "{}/5", "A {} from me"),
    "zh": ("{}", "{}", "{}分", "打{}分"),
}


def ask(*, store: Store, staff: list[Staff], tablets: list[Device], now: datetime) -> None:
    """Who bought in the last weeks and agreed to hear more was asked how it was, once the time for it has come; some
    of them answered with a score, and that was all they said.

    Only made-up visits are asked about: a text that nobody saw go must not stand beside a real one.
    """
    texts, answers = Texts.of(store, staff), _Answers(store)
    templates: dict[Language, Template] = {}
    for visit, customer, contact, due_at in _to_ask(store, tablets, now):
        throw = dice(visit.pk, "liked")
        language = cast(Language, customer.language or store.language)
        if language not in templates:
            templates[language] = template_for(
                organization_id=store.organization_id, purpose=_PURPOSE, language=language
            )
        question = _question(store, visit, customer, templates[language], due_at, throw)
        texts.arrives(question, contact, throw)
        answers.give(question, contact, throw, now=now)
    if texts.messages:
        texts.save(seq=next_seq(store.pk))
        answers.save()


def _to_ask(
    store: Store, tablets: list[Device], now: datetime
) -> Iterator[tuple[Visit, Customer, ContactPoint, datetime]]:
    """Each visit that a question of the past is missing for, with whom to ask and when that was."""
    made_up = VisitEvent.objects.filter(visit_id=OuterRef("log_id"), type="visit.departed", device__in=tablets)
    bought = Visit.objects.filter(
        Exists(made_up),
        store=store,
        status="bought",
        practice=False,
        departed_at__gt=now - _LOOKS_BACK,
        customer__contact__opted_out_at=None,
        customer__contact__unreachable_reason="",
        customer__contact__conversation=None,
    )
    visits = list(bought.select_related("customer__contact", "owner").order_by("departed_at", "id"))
    agreed = _who_agreed({visit.customer_id for visit in visits if visit.customer_id})
    asked = set(Message.objects.filter(store=store, group="satisfaction").values_list("subject", flat=True))
    left = _leavings({visit.customer.contact_id for visit in visits if visit.customer})
    taken: set[UUID] = set()
    for visit in visits:
        customer, left_at = visit.customer, visit.departed_at
        if customer is None or customer.contact is None or left_at is None:
            continue
        due_at = due_of(step=STEP, left_at=left_at, zone=store.zone)
        again = any(left_at < other <= due_at for other in left[customer.contact.pk])
        if (
            due_at + _SETTLED_WITHIN < now
            and not again
            and customer.pk in agreed
            and customer.contact.pk not in taken
            and subject_of(visit.pk) not in asked
        ):
            taken.add(customer.contact.pk)
            yield visit, customer, customer.contact, due_at


def _who_agreed(customers: set[UUID]) -> set[UUID]:
    said = Consent.objects.filter(customer__in=customers, purpose=CONSENT_OF["satisfaction"])
    lines = list(said.values_list("customer_id", "granted"))
    return {who for who, yes in lines if yes} - {who for who, yes in lines if not yes}


def _leavings(contacts: set[UUID | None]) -> dict[UUID | None, list[datetime]]:
    found: dict[UUID | None, list[datetime]] = defaultdict(list)
    texts = Message.objects.filter(contact__in=contacts, group="departure")
    for contact_id, left_at in texts.values_list("contact_id", "left_at"):
        found[contact_id].append(left_at)
    return found


def _question(
    store: Store, visit: Visit, customer: Customer, template: Template, due_at: datetime, throw: Random
) -> Message:
    assert visit.departed_at is not None, "asked for above"
    text = worded(template=template, store=store, customer=customer, signer=visit.owner, left_at=visit.departed_at)
    planned_at = due_at - timedelta(minutes=STEP_AHEAD_MINUTES)
    return Message(
        id=new_id(throw, planned_at),
        organization_id=visit.organization_id,
        store_id=visit.store_id,
        subject=subject_of(visit.pk),
        closing=1,
        group="satisfaction",
        purpose=_PURPOSE,
        customer_id=customer.pk,
        contact_id=customer.contact_id,
        staff_id=visit.owner_id,
        template_id=template.pk,
        language=template.language,
        body=text.body,
        segments=text.segments,
        left_at=visit.departed_at,
        received_at=planned_at,
        send_at=due_at,
        not_after=due_at + timedelta(hours=STEP_LATE_HOURS),
        planned_at=planned_at,
    )


class _Answers:
    """What some of those who were asked wrote back, as it stands once it has been read."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.heard: list[InboundText] = []
        self.scores: list[SatisfactionAnswer] = []
        self.talks: list[Conversation] = []

    def give(self, question: Message, contact: ContactPoint, throw: Random, *, now: datetime) -> None:
        """Some answer, and not all of them at once."""
        answers = throw.random() < _ANSWER
        at = question.send_at + timedelta(minutes=3 + throw.expovariate(1 / 90))
        if not answers or at > now:
            return
        score = throw.choices(list(_SCORES), list(_SCORES.values()))[0]
        body = throw.choice(_WORDS[cast(Language, question.language)]).format(score)
        sid = f"console-{new_id(throw, at).hex}"
        of_store = {"organization_id": question.organization_id, "store_id": question.store_id}
        self.heard.append(
            InboundText(
                id=new_id(throw, at),
                provider=question.provider,
                digest=sha256(sid.encode()).hexdigest(),
                sid=sid,
                sender=contact.e164,
                to="",
                body=body,
                verdict="other",
                organization_id=question.organization_id,
                contact=contact,
                received_at=at,
            )
        )
        self.scores.append(
            SatisfactionAnswer(
                **of_store, subject=question.subject, question_id=question.pk, score=score, answered_at=at
            )
        )
        self.talks.append(
            Conversation(
                id=new_id(throw, at),
                **of_store,
                contact=contact,
                subject=question.subject,
                customer_id=question.customer_id,
                assigned_to_id=question.staff_id,
                last_inbound_at=at,
                last_at=at,
            )
        )

    def save(self) -> None:
        """After the questions, which they answer."""
        InboundText.objects.bulk_create(self.heard)
        SatisfactionAnswer.objects.bulk_create(self.scores)
        Conversation.objects.bulk_create(self.talks)
