"""What became of the text of a made-up visit. It is always over: the worker must never send a text of the past."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, cast
from uuid import UUID

from crm.contract import Language
from crm.models import ContactPoint, Customer, Staff, Store
from funnel import departure
from funnel.demo.dice import new_id
from funnel.demo.pouring import pour, pour_objects
from funnel.projection import Projected
from messaging.contract.purposes import Purpose
from messaging.contract.reasons import Reason
from messaging.models import Attempt, ConsoleText, Message, MessageLog, Template
from messaging.planning.deciding import window
from messaging.subjects import subject_of
from messaging.wording import Rendered, Values, render, template_for

_PROVIDER: Final = "console"


@dataclass(slots=True)
class Guest:
    """A customer, their number, and whether they agreed to the text after a visit."""

    row: Customer
    contact: ContactPoint | None
    agrees: bool
    is_new: bool = False
    number_changed: bool = False


@dataclass(slots=True)
class Texts:
    """One store's texts on the way to the database."""

    store: Store
    staff: dict[UUID, Staff]
    templates: dict[tuple[Purpose, Language], Template]
    messages: list[Message]
    attempts: list[Attempt]
    log: list[tuple[object, ...]]
    # Who bought so far: visits come in the order of their days.
    buyers: set[UUID]

    @classmethod
    def of(cls, store: Store, staff: list[Staff]) -> "Texts":
        return cls(store, {person.pk: person for person in staff}, {}, [], [], [], set())

    def add(self, visit: Projected, guest: Guest | None, dice: Random) -> None:
        """The row that every visit that was left has: the text that was sent, or why none was."""
        state, row = visit.state, visit.row
        if state.departed_at is None or state.departed_received_at is None or state.voided:
            return
        send_at, not_after = window(left_at=state.departed_at, received_at=state.departed_received_at)
        message = Message(
            id=new_id(dice, state.departed_at),
            organization_id=row.organization_id,
            store_id=row.store_id,
            subject=subject_of(row.pk),
            closing=state.closing,
            purpose=departure.purpose_of(result=state.result, came_back=self._came_back(visit)) or "",
            customer_id=guest.row.pk if guest else None,
            contact_id=guest.row.contact_id if guest else None,
            staff_id=state.owner,
            left_at=state.departed_at,
            received_at=state.departed_received_at,
            send_at=send_at,
            not_after=not_after,
            planned_at=state.departed_received_at,
        )
        self.messages.append(message)
        reason = refusal(result=state.result, guest=guest)
        if reason is not None:
            self._go(message, "suppressed", message.planned_at, reason)
            return
        assert guest is not None and guest.contact is not None
        self._write(message, guest)
        self._go(message, "scheduled", message.planned_at)
        if state.text_cancelled == state.closing:
            seconds = (send_at - message.planned_at).total_seconds()
            self._go(message, "canceled", message.planned_at + timedelta(seconds=seconds / 2), "canceled_by_staff")
        else:
            self._send(message, guest, dice)

    def save(self, *, seq: int) -> None:
        """Writes them all; `seq` is the number of these changes in the store's stream."""
        for message in self.messages:
            message.change_seq = seq
        pour_objects(self.messages)
        pour_objects(self.attempts)
        # The provider's own record, which each day is held against.
        taken = [attempt for attempt in self.attempts if attempt.sid]
        rows = [(a.pk, a.to, a.body, a.ended_at, a.message.provider_status) for a in taken]
        pour(ConsoleText, ("attempt", "to", "body", "at", "status"), rows)
        pour(MessageLog, ("message", "at", "before", "after", "why"), self.log)

    def _came_back(self, visit: Projected) -> bool:
        """As `funnel.departure` has it, among the visits made so far."""
        state = visit.state
        known = state.customer in self.buyers
        if state.customer is not None and state.result == "bought":
            self.buyers.add(state.customer)
        return state.source == "returning" or known

    def _write(self, message: Message, guest: Guest) -> None:
        language = cast(Language, guest.row.language or self.store.language)
        template = self._template(cast(Purpose, message.purpose), language)
        text = self._render(template, language, message, guest)
        message.template_id, message.language = template.pk, language
        message.body, message.segments = text.body, text.segments

    def _render(self, template: Template, language: Language, message: Message, guest: Guest) -> Rendered:
        signer = self.staff.get(message.staff_id) if message.staff_id else None
        values = Values(
            brand=self.store.organization.brand,
            store=self.store.name,
            name=guest.row.called,
            associate=signer.display_name if signer else None,
        )
        country = guest.contact.country if guest.contact else ""
        return render(template=template.body, language=language, values=values, country=country)

    def _template(self, purpose: Purpose, language: Language) -> Template:
        if (purpose, language) not in self.templates:
            organization_id = self.store.organization_id
            found = template_for(organization_id=organization_id, purpose=purpose, language=language)
            self.templates[purpose, language] = found
        return self.templates[purpose, language]

    def arrives(self, message: Message, contact: ContactPoint, dice: Random) -> None:
        """A later text, or what somebody of the store wrote in a conversation; it arrived."""
        self.messages.append(message)
        self._go(message, "scheduled", message.planned_at)
        attempt = self._post(message, contact, dice)
        self._is_taken(message, attempt, dice)
        message.provider_status = "delivered"
        assert message.settled_at is not None, "it was taken just now"
        self._go(message, "delivered", message.settled_at)

    def _post(self, message: Message, contact: ContactPoint, dice: Random) -> Attempt:
        posted = message.send_at + timedelta(milliseconds=dice.randrange(200, 1900))
        settled = posted + timedelta(milliseconds=dice.randrange(300, 900))
        token = UUID(int=dice.getrandbits(128), version=4)
        attempt = Attempt(
            id=new_id(dice, posted),
            message=message,
            number=1,
            token=token,
            provider=_PROVIDER,
            to=contact.e164,
            body=message.body,
            started_at=posted,
            ended_at=settled,
        )
        self.attempts.append(attempt)
        message.attempts_made, message.provider, message.token = 1, _PROVIDER, token
        message.posted_at = posted
        self._go(message, "claimed", posted)
        self._go(message, "posting", posted)
        return attempt

    def _is_taken(self, message: Message, attempt: Attempt, dice: Random) -> None:
        assert attempt.ended_at is not None, "it was posted, and answered"
        attempt.outcome = "accepted"
        attempt.sid = message.provider_sid = f"{_PROVIDER}-{attempt.pk.hex}"
        self._go(message, "accepted", attempt.ended_at)
        message.settled_at = attempt.ended_at + timedelta(seconds=dice.uniform(1, 8))

    def _send(self, message: Message, guest: Guest, dice: Random) -> None:
        assert guest.contact is not None
        contact = guest.contact
        attempt = self._post(message, contact, dice)
        if dice.random() < 0.006:
            attempt.outcome, attempt.code, attempt.http_status = "not_sent", "21614", 400
            contact.unreachable_reason, guest.number_changed = "21614", True
            assert attempt.ended_at is not None, "it was posted, and answered"
            message.settled_at = attempt.ended_at
            self._go(message, "rejected", attempt.ended_at, "number_rejected")
            return
        self._is_taken(message, attempt, dice)
        assert message.settled_at is not None, "it was taken just now"
        if dice.random() < 0.025:
            message.provider_status = "undelivered"
            self._go(message, "undelivered", message.settled_at, "carrier_failed")
            return
        message.provider_status = "delivered"
        self._go(message, "delivered", message.settled_at)
        if dice.random() < 0.012:
            contact.opted_out_at, contact.opt_out_source = message.settled_at + timedelta(minutes=2), "inbound"
            guest.number_changed = True

    def _go(self, message: Message, to: str, at: datetime, reason: Reason | None = None) -> None:
        before, message.state, message.reason = message.state, to, reason or ""
        message.version = 1 if not before else message.version + 1
        self.log.append((message.pk, at, before, to, reason or ""))


def refusal(*, result: str | None, guest: Guest | None) -> Reason | None:
    """The first reason why there was no text, as `messaging.planning.deciding` has them."""
    if result is None:
        return "no_outcome"
    if guest is None:
        return "no_customer"
    if guest.row.number_problem:
        return cast(Reason, guest.row.number_problem)
    if guest.contact is None:
        return "no_number"
    if guest.contact.opted_out_at is not None:
        return "opted_out"
    if guest.contact.unreachable_reason:
        return "number_rejected"
    return None if guest.agrees else "no_consent"
