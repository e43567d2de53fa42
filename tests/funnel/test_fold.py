"""The fold: the same events in any order of arrival make the same visit."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.fold import AskedLost, Event, VisitState, canonical_order, chapters, fold
from funnel.playbooks import PlaybookShape

NOON = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)
LOG, ANA, BEN = UUID(int=1), UUID(int=11), UUID(int=12)
LEFT, RIGHT = UUID(int=21), UUID(int=22)
KEYS = ["greet", "needs", "closing"]
SHAPE = PlaybookShape(
    pk=1,
    positions={"greet": 1, "needs": 2, "closing": 3, "send_off": 4, "text": 5},
    roles={"greet": "progress", "needs": "progress", "closing": "progress", "send_off": "always", "text": "automatic"},
    progress={"greet": 1, "needs": 2, "closing": 3},
    stage_of_item={"smiled": "greet", "asked": "needs"},
)


class Tablet:
    """Numbers its events, as a tablet does."""

    def __init__(self, device: UUID = LEFT, actor: UUID = ANA) -> None:
        self.device, self.actor, self.seq = device, actor, 0

    def tap(self, kind: str, second: float, **data: Any) -> Event:
        self.seq += 1
        at = NOON + timedelta(seconds=second)
        return Event(uuid4(), kind, at, at, self.device, self.seq, self.actor, data)


def read(events: list[Event], business_date: Any = lambda at: at.date()) -> VisitState:
    parts = chapters(log_id=LOG, events=events, business_date=business_date)
    return fold(chapter=parts[0], shape=SHAPE)


def read_all(events: list[Event]) -> list[tuple[UUID, UUID | None, VisitState]]:
    """Every visit of a log, with the one before it."""
    found: list[tuple[UUID, UUID | None, VisitState]] = []
    for chapter in chapters(log_id=LOG, events=events, business_date=lambda at: at.date()):
        state = fold(chapter=chapter, shape=SHAPE, first=found[0][2] if found else None)
        found.append((chapter.visit_id, chapter.previous, state))
    return found


def started(tablet: Tablet, second: float = 0) -> Event:
    return tablet.tap("visit.started", second, playbook="three@1", party_size=2)


def test_a_visit_is_what_its_taps_say() -> None:
    left = Tablet()
    state = read(
        [
            started(left),
            left.tap("stage.entered", 1, stage="greet"),
            left.tap("item.ticked", 2, item="smiled", on=True),
            left.tap("stage.entered", 60, stage="closing"),
            left.tap("objection.raised", 61, code="price"),
            left.tap("outcome.recorded", 90, result="not_bought", reason="price"),
            left.tap("visit.departed", 100),
        ]
    )
    assert (state.status, state.reason, state.owner, state.party_size) == ("not_bought", "price", ANA, 2)
    assert (state.reached, state.in_order, state.closing) == (3, 1, 1)
    assert state.ticks == ["smiled"]
    assert state.departed_at == NOON + timedelta(seconds=100)


def test_a_devices_own_sequence_beats_its_clock() -> None:
    left = Tablet()
    first, second = left.tap("stage.entered", 50, stage="greet"), left.tap("stage.entered", 10, stage="needs")
    assert canonical_order([second, first]) == [first, second]


def test_between_devices_the_earlier_time_goes_first() -> None:
    left, right = Tablet(LEFT), Tablet(RIGHT)
    one, two, three = left.tap("a", 1), right.tap("b", 2), left.tap("c", 3)
    assert canonical_order([three, two, one]) == [one, two, three]


def taps_of(chance: random.Random, count: int, *, days: int) -> list[Event]:
    """What two tablets may say of one visit within some days, or within 30 s for none."""
    hands = [Tablet(LEFT, ANA), Tablet(RIGHT, BEN)]
    events = [started(hands[0])]
    for _ in range(count):
        hand, second = chance.choice(hands), chance.uniform(0, days * 86400 or 30)
        choices: list[tuple[str, dict[str, Any]]] = [
            ("stage.entered", {"stage": chance.choice([*KEYS, "send_off"])}),
            ("item.ticked", {"item": "smiled", "on": chance.random() < 0.7}),
            ("outcome.recorded", {"result": chance.choice(["bought", "not_bought", "left_early"])}),
            ("visit.departed", {}),
            ("visit.reopened", {}),
            ("text.cancelled", {}),
            ("event.voided", {"event": str(chance.choice(events).id)}),
        ]
        kind, data = chance.choice([*choices, *choices[3:5]])
        events.append(hand.tap(kind, second, **data))
    return events


@given(seed=st.integers(0, 10**6), count=st.integers(2, 20), days=st.sampled_from([0, 1, 4]))
def test_the_order_of_arrival_plays_no_part(seed: int, count: int, days: int) -> None:
    chance = random.Random(seed)
    events = taps_of(chance, count, days=days)
    shuffled = events[:]
    chance.shuffle(shuffled)
    assert read_all(shuffled) == read_all(events)


def test_such_taps_make_logs_of_several_days() -> None:
    visits = [len(read_all(taps_of(random.Random(seed), 16, days=4))) for seed in range(60)]
    assert {1, 2, 3} <= set(visits)


def test_a_visits_start_is_never_taken_back() -> None:
    left = Tablet()
    start = started(left)
    undo = left.tap("event.voided", 1, event=str(start.id))
    state = read([undo, start, left.tap("stage.entered", 2, stage="greet")])
    assert (state.status, state.reached, state.misplaced) == ("open", 1, [undo.id])


def test_leaving_twice_is_leaving_once_and_coming_back_makes_a_second_closing() -> None:
    left = Tablet()
    events = [started(left), left.tap("visit.departed", 10), left.tap("visit.departed", 20)]
    assert (read(events).closing, read(events).departed_at) == (1, NOON + timedelta(seconds=10))
    events += [left.tap("visit.reopened", 30)]
    assert read(events).departed_at is None
    events += [left.tap("visit.departed", 40)]
    assert read(events).closing == 2


def test_sold_stays_sold() -> None:
    left = Tablet()
    events = [
        started(left),
        left.tap("outcome.recorded", 1, result="bought", amount_minor=500, currency="USD"),
        left.tap("outcome.recorded", 2, result="not_bought", reason="price"),
    ]
    state = read(events)
    assert (state.status, state.amount_minor, state.sold_kept, state.reason) == ("bought", 500, True, None)
    assert state.asked_lost == AskedLost("not_bought", "price", events[2].at, ANA)
    # Sold after all: nobody asks any more.
    state = read([*events, left.tap("outcome.recorded", 3, result="bought", amount_minor=400, currency="USD")])
    assert (state.status, state.amount_minor, state.sold_kept) == ("bought", 400, False)


def test_an_outcome_taken_back_was_never_given() -> None:
    left = Tablet()
    mistake = left.tap("outcome.recorded", 1, result="bought", amount_minor=500, currency="USD")
    undo = left.tap("event.voided", 2, event=str(mistake.id))
    state = read([started(left), mistake, undo])
    assert (state.status, state.amount_minor, state.reached) == ("open", None, 0)


def test_nothing_waits_on_a_log_without_a_start() -> None:
    left = Tablet()
    assert chapters(log_id=LOG, events=[left.tap("visit.departed", 1)], business_date=lambda at: at.date()) == []


def test_coming_back_on_a_later_day_is_a_linked_visit() -> None:
    left = Tablet()
    later = 24 * 3600
    before = [
        started(left),
        left.tap("outcome.recorded", 5, result="not_bought", reason="price"),
        left.tap("visit.departed", 10),
    ]
    back = left.tap("visit.reopened", later)
    events = [
        *before,
        back,
        left.tap("stage.entered", later + 5, stage="closing"),
        left.tap("outcome.recorded", later + 9, result="bought"),
    ]
    first, second = chapters(log_id=LOG, events=events, business_date=lambda at: at.date())
    assert (first.visit_id, second.previous, second.visit_id) == (LOG, LOG, uuid5(LOG, str(back.id)))
    one = fold(chapter=first, shape=SHAPE)
    after = fold(chapter=second, shape=SHAPE, first=one)
    assert (one.status, one.closing) == ("not_bought", 1)
    assert (after.status, after.source, after.started_at) == ("bought", "returning", back.at)
    assert after.started_at is not None
    assert after.started_at.date() == date(2026, 6, 18)


@pytest.mark.parametrize(("stage", "places"), [("nowhere", 1), ("text", 1), ("needs", 0)])
def test_what_has_no_place_in_the_playbook_is_named(stage: str, places: int) -> None:
    left = Tablet()
    state = read([started(left), left.tap("stage.entered", 1, stage=stage)])
    assert len(state.misplaced) == places


def test_nobody_leaves_before_they_came() -> None:
    left = Tablet()
    state = read([started(left, 100), left.tap("visit.departed", 40)])
    assert state.departed_at == state.started_at
