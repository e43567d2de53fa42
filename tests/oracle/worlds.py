"""Made-up shops with weeks of visits full of what goes wrong, told twice: to the product and to its judge."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.models import Organization, Staff, Store
from funnel import projection
from funnel.contract import REASONS
from funnel.fold import Event
from funnel.models import Visit
from messaging.contract.reasons import REASONS as TEXT_REASONS
from messaging.contract.states import MAY_HAVE_LEFT, NO_TEXT, STATES
from messaging.models import Message, SatisfactionAnswer
from tests.factories import ContactPointFactory, OrganizationFactory, StaffFactory, StoreFactory
from tests.funnel.factories import PROGRESS, SEND_OFF, MessageFactory, playbook
from tests.oracle.count import Log, Question, Shop, Steps, TextRow, Told

BOOKS = {
    "nine@1": Steps([f"step_{n}" for n in range(1, 9)], SEND_OFF),
    "six@1": Steps(list(PROGRESS), SEND_OFF),
    "six@2": Steps(["greet", "needs", "closing"], SEND_OFF),
}
ZONES = ("America/New_York", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut")
# Moments soon after the clocks changed in one of these zones; on the last but one Apia had just skipped a day.
NOWS = [
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2026-03-09T15:00:00",
        "2026-11-01T06:30:00",
        "2026-10-26T03:59:59",
        "2026-10-04T12:00:00",
        "2012-01-02T09:00:00",
        "2024-04-01T00:00:00",
    )
]


@dataclass
class World:
    now: datetime
    stores: list[Store]
    logs: list[Log] = field(default_factory=list)
    texts: list[TextRow] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    @property
    def shops(self) -> list[Shop]:
        return [_shop(store) for store in self.stores]


def make_world(seed: int, *, visits: int = 120, texts: int = 60, questions: int = 60) -> World:
    """A world that is the same for the same seed; another organisation's visits lie among its own."""
    random = Random(seed)
    for reference, steps in BOOKS.items():
        key, version = reference.split("@")
        playbook(key, progress=tuple(steps.progress), version=int(version))
    own, other = OrganizationFactory.create(), OrganizationFactory.create()
    world = World(now=NOWS[seed % len(NOWS)], stores=[_open_shop(random, own) for _ in range(4)])
    everywhere = [*world.stores, _open_shop(random, other)]
    actors = {store.pk: StaffFactory.create(store=store) for store in everywhere}
    for _ in range(visits):
        store = random.choice(everywhere)
        log = _visit(random, store, world.now)
        _write(log, store, actors[store.pk])
        if store in world.stores:
            world.logs.append(log)
    for _ in range(texts):
        store = random.choice(everywhere)
        text = _text(random, store, world.now)
        _write_text(text, store)
        if store in world.stores:
            world.texts.append(text)
    for _ in range(questions):
        store = random.choice(everywhere)
        question = _question(random, store, world.now)
        _write_question(question, store)
        if store in world.stores:
            world.questions.append(question)
    return world


def _open_shop(random: Random, organization: Organization) -> Store:
    return StoreFactory.create(
        organization=organization, zone=random.choice(ZONES), cutoff_minutes=random.choice([0, 240, 240, 300, 1439])
    )


def _shop(store: Store) -> Shop:
    return Shop(str(store.pk), store.name, store.zone, store.cutoff_minutes)


def _moment(random: Random, store: Store, now: datetime) -> datetime:
    """Any time of the last 31 days, and often within a second of where a business day begins."""
    at = now - timedelta(seconds=random.randrange(31 * 86_400))
    if random.random() < 0.4:
        wall = at.astimezone(ZoneInfo(store.zone))
        cutoff = wall.replace(
            hour=store.cutoff_minutes // 60, minute=store.cutoff_minutes % 60, second=0, microsecond=0
        )
        at = cutoff.astimezone(UTC) + timedelta(seconds=random.choice([-1, 0, 1]))
    return min(at, now)


def _visit(random: Random, store: Store, now: datetime) -> Log:
    book = random.choice(list(BOOKS))
    taps: list[Told] = []
    at = _moment(random, store, now)

    def tap(type_: str, **data: Any) -> Told:
        nonlocal at
        told = Told(str(UUID(int=random.getrandbits(128), version=4)), type_, at, data)
        taps.append(told)
        at += timedelta(seconds=random.choice([0, 1, 60, 400]))
        return told

    tap(
        "visit.started",
        playbook=book,
        party_size=random.randint(1, 4),
        kind=random.choice(["selling"] * 8 + ["service", "pick_up"]),
        practice=random.random() < 0.1,
    )
    _go_through(random, tap, BOOKS[book])
    if random.random() < 0.8:
        tap("visit.departed")
        if random.random() < 0.25:
            at += timedelta(hours=random.choice([0, 1, 20, 49]))
            tap("visit.reopened")
            _go_through(random, tap, BOOKS[book])
    if random.random() < 0.1:
        tap("visit.voided", reason="duplicate")
        if random.random() < 0.5:
            tap("event.voided", event=taps[-1].id)
    return Log(_shop(store), book, taps)


def _go_through(random: Random, tap: Any, steps: Steps) -> None:
    """Some stages in some order, perhaps an end, perhaps another end after all."""
    for stage in random.sample(steps.progress, random.randint(0, len(steps.progress))):
        entered = tap("stage.entered", stage=stage)
        if random.random() < 0.1:
            tap("event.voided", event=entered.id)
    if random.random() < 0.3:
        item = f"{random.choice(steps.progress)}_item"
        tap("item.ticked", item=item, on=True)
        if random.random() < 0.3:
            tap("item.ticked", item=item, on=False)
    for _ in range(random.choice([0, 1, 1, 1, 2])):
        _end(random, tap)
    if random.random() < 0.6:
        tap("stage.entered", stage=steps.send_off)


def _end(random: Random, tap: Any) -> None:
    result = random.choice(["bought", "not_bought", "not_bought", "left_early"])
    if result != "bought":
        tap("outcome.recorded", result=result, reason=random.choice([None, *REASONS]))
        return
    money = {"amount_minor": random.randrange(1, 10**7), "currency": random.choice(["USD", "GBP", "CNY"])}
    tap("outcome.recorded", result="bought", **(money if random.random() < 0.9 else {}))
    if random.random() < 0.2:
        tap("sale.amended", **money | {"amount_minor": 5})


def _write(log: Log, store: Store, actor: Staff) -> None:
    device = UUID(int=1)
    events = [
        Event(
            id=UUID(tap.id),
            type=tap.type,
            at=tap.at,
            received_at=tap.at,
            device=device,
            seq=seq,
            actor=actor.pk,
            data=tap.data,
        )
        for seq, tap in enumerate(log.taps)
    ]
    visits = projection.project(log_id=events[0].id, events=events, store=store)
    projection.save([visit.row for visit in visits])
    assert Visit.objects.filter(log_id=events[0].id).count() == len(visits)


def _text(random: Random, store: Store, now: datetime) -> TextRow:
    state = random.choice(STATES)
    reason = random.choice(list(TEXT_REASONS)) if state in NO_TEXT else ""
    if state == "failed" and random.random() < 0.5:
        reason = ""
    if state == "scheduled" and random.random() < 0.5:
        reason = random.choice(["quiet_hours", "over_budget", "sender_paused"])
    return TextRow(_shop(store), _moment(random, store, now), state, reason)


def _write_text(text: TextRow, store: Store) -> Message:
    return MessageFactory.create(
        store=store,
        left_at=text.left_at,
        state=text.state,
        reason=text.reason,
        contact=ContactPointFactory.create(organization=store.organization),
    )


def _question(random: Random, store: Store, now: datetime) -> Question:
    state = random.choice([*STATES, "delivered", "delivered", "sent"])
    # An answer may come to a text that the network called lost, and never to one that nobody sent.
    score = random.randint(1, 5) if state in MAY_HAVE_LEFT and random.random() < 0.5 else None
    return Question(_shop(store), _moment(random, store, now), state, score)


def _write_question(question: Question, store: Store) -> None:
    message = MessageFactory.create(
        store=store,
        group="satisfaction",
        purpose="satisfaction",
        left_at=question.left_at,
        state=question.state,
        reason="too_late" if question.state in NO_TEXT else "",
        contact=ContactPointFactory.create(organization=store.organization),
    )
    if question.score is not None:
        SatisfactionAnswer.objects.create(
            organization_id=store.organization_id,
            store=store,
            subject=message.subject,
            question=message,
            score=question.score,
            answered_at=message.send_at,
        )
