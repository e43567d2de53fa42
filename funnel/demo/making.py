"""Turns made-up visits into rows: the taps into events, the events into visits by the one fold, all in bulk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final, cast
from uuid import UUID

from crm.changes import next_seq
from crm.contract import Language
from crm.models import Consent, ContactPoint, Customer, Device, Staff, Store
from funnel import projection
from funnel.demo import people
from funnel.demo.dice import id_at, new_id
from funnel.demo.pouring import pour, pour_objects
from funnel.demo.story import Story, Tap
from funnel.demo.texts import Guest, Texts
from funnel.events import as_folded
from funnel.fold import Event
from funnel.models import FloorPresence, Visit, VisitEvent
from funnel.projection import Projected

_CONSENT_WORDING: Final = 1
_KNOWN_LATELY: Final = 400
# How far the tablets' clocks are behind, in milliseconds.
_OFFSETS: Final = (0, 180, 420, -260)
# An event as a row of the log, and a line of the ledger of consents, by these columns.
Row = tuple[Any, ...]
EVENT_COLUMNS: Final = (
    "id",
    "organization",
    "store",
    "visit_id",
    "type",
    "v",
    "data",
    "actor",
    "device",
    "boot",
    "mono",
    "seq",
    "at",
    "offset_ms",
    "corrected_at",
    "received_at",
    "content_hash",
)
CONSENT_COLUMNS: Final = (
    "id",
    "organization",
    "customer",
    "contact",
    "purpose",
    "granted",
    "wording_version",
    "language",
    "method",
    "evidence",
    "store",
    "staff",
    "device",
    "at",
    "received_at",
)


@dataclass(slots=True)
class Making:
    """One store's made-up rows on the way to the database."""

    store: Store
    texts: Texts
    guests: list[Guest]
    numbers_given: int
    events: list[Row] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    presences: list[FloorPresence] = field(default_factory=list)
    ended: set[UUID] = field(default_factory=set)

    @classmethod
    def of(cls, store: Store, staff: list[Staff]) -> "Making":
        lately = Customer.objects.filter(store=store, contact__isnull=False).select_related("contact")
        agreed = set(
            Consent.objects.filter(store=store, purpose="visit_text", granted=True).values_list(
                "customer_id", flat=True
            )
        )
        guests = [
            Guest(row, row.contact, agrees=row.pk in agreed)
            for row in reversed(lately.order_by("-created_at", "-id")[:_KNOWN_LATELY])
        ]
        given = ContactPoint.objects.filter(organization_id=store.organization_id, country=store.country).count()
        return cls(store, Texts.of(store, staff), guests, given)

    def somebody_known(self, throw: Random, *, before: datetime) -> Guest | None:
        """One of those who came on an earlier day and left a number; None while there are few."""
        if len(self.guests) < 20:
            return None
        guest = self.guests[-throw.randrange(1, min(len(self.guests), _KNOWN_LATELY))]
        earlier = guest.contact is not None and guest.row.created_at < before - timedelta(days=1)
        return guest if earlier else None

    def visit(
        self,
        visit_id: UUID,
        *,
        starts: datetime,
        taps: Sequence[Tap],
        story: Story | None,
        guest: Guest | None,
        actor: Staff,
        device: Device,
        throw: Random,
    ) -> None:
        """Keeps a visit: its events, the customer who left their name, the folded row, and what became of its text."""
        all_taps = list(taps)
        if story is not None and story.identified_at is not None:
            at = starts + timedelta(seconds=story.identified_at)
            guest = guest or self._meets(story, at, actor=actor, device=device, throw=throw)
            data = {"customer": str(guest.row.pk)}
            all_taps.append(Tap(round(story.identified_at, 3), "customer.identified", data))
            all_taps.sort(key=lambda tap: tap.after)
        made = list(self._events(visit_id, starts, all_taps, actor=actor.pk, device=device.pk, throw=throw))
        (projected,) = projection.project(log_id=visit_id, events=[event for event, _ in made], store=self.store)
        self._keep(made, projected, guest, throw)

    def goes_on(self, visit: Visit, events: list[VisitEvent], taps: Sequence[Tap], *, throw: Random) -> None:
        """Adds more taps to a visit that is there already."""
        last = events[-1]
        made = list(
            self._events(visit.log_id, visit.started_at, taps, actor=last.actor_id, device=last.device_id, throw=throw)
        )
        folded = [*map(as_folded, events), *(event for event, _ in made)]
        (projected,) = projection.project(log_id=visit.log_id, events=folded, store=self.store, known=[visit])
        self.ended.add(visit.pk)
        self._keep(made, projected, None, throw)

    def presence(self, person: Staff, data: dict[str, Any], *, at: datetime, device: Device, throw: Random) -> None:
        """Keeps that a person came to the floor, or left it."""
        tap = Tap(0, "presence.changed", data)
        ((event, row),) = self._events(None, at, [tap], actor=person.pk, device=device.pk, throw=throw)
        self.events.append(row)
        self.presences.append(
            FloorPresence(
                organization_id=self.store.organization_id,
                store=self.store,
                staff=person,
                state=data["state"],
                reason=data.get("reason", ""),
                since=event.at,
            )
        )

    def save(self) -> int:
        """Writes everything; answers how many visits that were."""
        if not self.events:
            return 0
        seq = next_seq(self.store.pk)
        met = [guest for guest in self.guests if guest.is_new]
        changed: list[Customer | Visit | FloorPresence] = [
            *(guest.row for guest in met),
            *self.visits,
            *self.presences,
        ]
        for row in changed:
            row.change_seq = seq
        pour_objects([guest.contact for guest in met if guest.contact])
        pour_objects([guest.row for guest in met])
        pour(Consent, CONSENT_COLUMNS, self.consents)
        flagged = [guest.contact for guest in self.guests if guest.number_changed and not guest.is_new]
        ContactPoint.objects.bulk_update(
            [contact for contact in flagged if contact],
            ["opted_out_at", "opt_out_source", "unreachable_reason"],
        )
        pour(VisitEvent, EVENT_COLUMNS, self.events)
        pour_objects([visit for visit in self.visits if visit.pk not in self.ended])
        projection.save([visit for visit in self.visits if visit.pk in self.ended])
        self.texts.save(seq=seq)
        FloorPresence.objects.bulk_create(
            self.presences,
            update_conflicts=True,
            unique_fields=["store", "staff"],
            update_fields=["state", "reason", "since", "change_seq"],
        )
        return len(self.visits)

    def _keep(
        self, made: Iterable[tuple[Event, Row]], projected: Projected, guest: Guest | None, throw: Random
    ) -> None:
        self.events += (row for _, row in made)
        self.visits.append(projected.row)
        self.texts.add(projected, guest, throw)

    def _events(
        self, visit_id: UUID | None, starts: datetime, taps: Iterable[Tap], *, actor: UUID, device: UUID, throw: Random
    ) -> Iterator[tuple[Event, Row]]:
        """Each tap as the fold reads it, and as the log keeps it."""
        boot = UUID(int=throw.getrandbits(128), version=4)
        offset_ms = throw.choice(_OFFSETS)
        offset = timedelta(milliseconds=offset_ms)
        organization_id, store_id = self.store.organization_id, self.store.pk
        for number, tap in enumerate(taps):
            corrected = starts + timedelta(seconds=tap.after)
            received = corrected + timedelta(milliseconds=throw.randrange(40, 900))
            milliseconds = int(corrected.timestamp() * 1000)
            event_id = id_at(throw, milliseconds)
            # Milliseconds rise with time, so a tablet's later visits have later numbers, whenever they were made up.
            seq = milliseconds + number
            event = Event(
                id=event_id,
                type=tap.type,
                at=corrected,
                received_at=received,
                device=device,
                seq=seq,
                actor=actor,
                data=tap.data,
            )
            # No tablet will ever hand these in again, so their hash need only be like no other.
            content_hash = sha256(event_id.bytes).hexdigest()
            mono = round(tap.after * 1000 + 60_000, 3)
            yield (
                event,
                (
                    event_id,
                    organization_id,
                    store_id,
                    visit_id,
                    tap.type,
                    1,
                    tap.data,
                    actor,
                    device,
                    boot,
                    mono,
                    seq,
                    corrected - offset,
                    offset_ms,
                    corrected,
                    received,
                    content_hash,
                ),
            )

    def _meets(self, story: Story, at: datetime, *, actor: Staff, device: Device, throw: Random) -> Guest:
        """A new customer, with a number and what they agreed to as far as they gave it."""
        language = cast(Language, self.store.language)
        if throw.random() < 0.06:
            language = "zh" if language == "en" else "en"
        person = people.somebody(throw, language=language)
        contact = self._number(at, throw) if story.leaves == "number" else None
        row = Customer(
            id=new_id(throw, at),
            organization_id=self.store.organization_id,
            store=self.store,
            name=person.name,
            address_as=person.address_as,
            language=person.language,
            contact=contact,
            number_problem="number_not_mobile" if story.leaves == "wrong_number" else "",
            created_at=at,
        )
        guest = Guest(row, contact, agrees=story.agrees, is_new=True)
        self.guests.append(guest)
        if story.leaves != "name":
            self._says(guest, "visit_text", story.agrees, at, actor=actor, device=device, throw=throw)
            self._says(guest, "offers", story.agrees_to_offers, at, actor=actor, device=device, throw=throw)
        return guest

    def _number(self, at: datetime, throw: Random) -> ContactPoint:
        country = self.store.country
        e164 = people.number(country, self.numbers_given)
        self.numbers_given += 1
        return ContactPoint(
            id=new_id(throw, at),
            organization_id=self.store.organization_id,
            e164=e164,
            country=country,
            created_at=at,
        )

    def _says(
        self, guest: Guest, purpose: str, granted: bool, at: datetime, *, actor: Staff, device: Device, throw: Random
    ) -> None:
        self.consents.append(
            (
                new_id(throw, at),
                self.store.organization_id,
                guest.row.pk,
                guest.row.contact_id,
                purpose,
                granted,
                _CONSENT_WORDING,
                guest.row.language,
                "tablet",
                "",
                self.store.pk,
                actor.pk,
                device.pk,
                at,
                at + timedelta(milliseconds=500),
            )
        )
