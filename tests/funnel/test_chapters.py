"""One log over several days: the visits it makes whatever came first, what becomes of one that it makes no more, and
folding it all again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from crm.ids import uuid7
from crm.models import Staff, Store
from funnel.models import QuarantinedEvent, Visit, VisitEvent
from messaging import sending
from messaging.models import FollowUp, Message
from tests.conftest import enrolled
from tests.factories import staff_in
from tests.funnel.factories import MessageFactory, VisitFactory
from tests.funnel.taps import Hand, codes, rows, statuses, texts
from tests.http import ApiClient, TabletClient
from tests.messaging.fake_twilio import FakeTwilio
from tests.messaging.followups.conftest import set_plan

Events = list[dict[str, Any]]
At = Callable[..., datetime]
NEW_YORK = "America/New_York"


def on(day_and_time: str) -> datetime:
    return datetime.fromisoformat(f"2035-03-{day_and_time}").replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


@pytest.fixture
def ana_hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def cara_hand(new_york: Store) -> Hand:
    """A second tablet of the store, in somebody else's hand."""
    return Hand(enrolled(new_york), staff_in(new_york, "associate", display_name="Cara"))


@pytest.fixture
def visit() -> UUID:
    return uuid7()


def monday(hand: Hand, visit: UUID, person: UUID | None = None) -> Events:
    """Left on Monday 5 March shortly before five, without buying."""
    hand.at = on("05T16:59:30")
    return hand.whole_visit(visit, person=person)


def bought_on(hand: Hand, visit: UUID, moment: str, person: UUID | None = None) -> Events:
    """Back at this moment; bought and left within seconds."""
    hand.at = on(moment)
    sale = {"result": "bought", "amount_minor": 125000, "currency": "USD"}
    return [
        hand.event("visit.reopened", visit),
        hand.event("stage.entered", visit, {"stage": "closing"}),
        hand.event("outcome.recorded", visit, sale),
        *([hand.event("customer.identified", visit, {"customer": str(person)})] if person else []),
        hand.event("visit.departed", visit),
    ]


def reopened(hand: Hand, visit: UUID, moment: str) -> Events:
    hand.at = on(moment)
    return [hand.event("visit.reopened", visit)]


def taken_back(hand: Hand, visit: UUID, event: dict[str, Any], moment: str) -> Events:
    hand.at = on(moment)
    return [hand.event("event.voided", visit, {"event": event["id"]})]


def linked(log: UUID, back: dict[str, Any]) -> UUID:
    return uuid5(log, back["id"])


def counted() -> list[dict[str, Any]]:
    """Every visit that its log makes; one that it makes no more has no event."""
    return [row for row in rows() if row["events"]]


def waiting() -> list[tuple[str, int, str]]:
    texts = Message.objects.filter(state="scheduled").order_by("subject", "closing")
    return [(text.subject, text.closing, text.purpose) for text in texts]


def folded_again(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `rebuild_visits --verify` finds wrong, a line for each row; its exit code says the same."""
    try:
        call_command("rebuild_visits", "--verify")
        failed = False
    except CommandError:
        failed = True
    found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("visit ")]
    assert failed == bool(found)
    return found


# What is handed in apart from each other, and how many visits it makes in the end.
def late_reopening(ana: Hand, cara: Hand, visit: UUID, person: UUID) -> tuple[list[Events], int]:
    first = monday(ana, visit, person)
    return [first, bought_on(ana, visit, "06T10:00"), reopened(cara, visit, "05T17:10")], 1


def reopening_taken_back(ana: Hand, cara: Hand, visit: UUID, person: UUID) -> tuple[list[Events], int]:
    first = monday(ana, visit, person)
    back = bought_on(ana, visit, "06T10:00")
    return [first, back, taken_back(ana, visit, back[0], "06T10:01")], 1


def earlier_reopening(ana: Hand, cara: Hand, visit: UUID, person: UUID) -> tuple[list[Events], int]:
    first = monday(ana, visit, person)
    return [first, bought_on(ana, visit, "06T10:00"), reopened(cara, visit, "06T09:50")], 2


def middle_day_taken_back(ana: Hand, cara: Hand, visit: UUID, person: UUID) -> tuple[list[Events], int]:
    first = monday(ana, visit, person)
    middle = [*reopened(cara, visit, "06T09:00"), cara.event("visit.departed", visit)]
    undone = taken_back(cara, visit, middle[0], "06T09:30")
    return [first, middle, bought_on(ana, visit, "07T09:55"), undone], 2


def reopened_and_still_here(ana: Hand, cara: Hand, visit: UUID, person: UUID) -> tuple[list[Events], int]:
    first = monday(ana, visit, person)
    return [first[:3], first[3:], reopened(ana, visit, "06T09:58")], 2


STORIES = [late_reopening, reopening_taken_back, earlier_reopening, middle_day_taken_back, reopened_and_still_here]


@pytest.mark.by_turns
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_whatever_comes_first_makes_the_same_visits_and_the_same_texts(
    story: Callable[..., tuple[list[Events], int]], ana_hand: Hand, cara_hand: Hand, visit: UUID, at: At,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    at(NEW_YORK, "2035-03-07T10:02" if story is middle_day_taken_back else "2035-03-06T10:02")
    person = uuid7()
    ana_hand.sync(people=[ana_hand.person(person)])
    parts, visits = story(ana_hand, cara_hand, visit, person)

    def outcome(order: Sequence[Events]) -> tuple[list[dict[str, Any]], list[tuple[str, int, str]]]:
        with transaction.atomic():
            for part in order:
                hand = cara_hand if part[0]["actor"] == str(cara_hand.staff.id) else ana_hand
                assert set(statuses(hand.sync(part))) == {"accepted"}
            assert folded_again(capsys) == []
            found = counted(), waiting()
            transaction.set_rollback(True)
        return found

    # As they were tapped, each by itself.
    expected = outcome([[event] for event in sorted((e for part in parts for e in part), key=lambda e: e["at"])])
    assert len(expected[0]) == visits
    # Of all orders each database tries every other one.
    for order in list(permutations(parts))[connection.vendor == "sqlite" :: 2]:
        assert outcome(order) == expected


@pytest.fixture
def two_days(ana_hand: Hand, visit: UUID, at: At) -> Events:
    """A visit of Monday and its linked one of Tuesday, both with a text that waits; the events of Tuesday."""
    at(NEW_YORK, "2035-03-06T10:02")
    person = uuid7()
    first, back = monday(ana_hand, visit, person), bought_on(ana_hand, visit, "06T10:00")
    ana_hand.sync([*first, *back], people=[ana_hand.person(person)])
    assert sorted(row["status"] for row in counted()) == ["bought", "not_bought"]
    return back


def now_of(visit: UUID) -> tuple[str, list[tuple[str, str]]]:
    """A visit's status, and where its texts stand and why."""
    return Visit.objects.get(pk=visit).status, [(text.state, text.reason) for text in texts(visit)]


def test_a_linked_visit_that_never_was_is_removed_with_its_text_and_its_plan(
    ana_hand: Hand, cara_hand: Hand, visit: UUID, manager: Staff, at: At
) -> None:
    at(NEW_YORK, "2035-03-06T10:02")
    set_plan(ana_hand.tablet.store, manager, outcome="bought")
    person = uuid7()
    first, back = monday(ana_hand, visit, person), bought_on(ana_hand, visit, "06T10:00")
    ana_hand.sync([*first, *back], people=[ana_hand.person(person)])
    gone = linked(visit, back[0])
    assert now_of(gone) == ("bought", [("scheduled", "")])
    cara_hand.cursor = cara_hand.sync()["cursor"]
    ana_hand.cursor = ana_hand.sync()["cursor"]
    cara_hand.sync(reopened(cara_hand, visit, "05T17:10"))
    assert now_of(gone) == ("voided", [("suppressed", "voided")])
    plans = {plan.subject: (plan.state, plan.why) for plan in FollowUp.objects.all()}
    assert plans == {f"visit:{gone}": ("ended", "voided"), f"visit:{visit}": ("running", "")}
    # The sale counts once, for the visit it belongs to; its text is that visit's.
    assert [(row["id"], row["status"], row["amount_minor"]) for row in counted()] == [(visit, "bought", 125000)]
    assert now_of(visit)[1][-1] == ("scheduled", "")
    # The other tablet hears of it, and drops it from its floor.
    told = {change["id"]: change["data"] for change in ana_hand.sync()["changes"] if change["kind"] == "visit"}
    assert told[str(gone)]["status"] == "voided"
    assert set(told) == {str(visit), str(gone)}


def test_taps_on_a_visit_of_a_later_day_reach_its_log_by_the_visits_own_id(
    cara_hand: Hand, visit: UUID, two_days: Events
) -> None:
    """Another tablet has it only as the row it was told of, whose id is no log's."""
    row = linked(visit, two_days[0])
    cara_hand.at = on("06T10:01")
    back = cara_hand.event("visit.reopened", row)
    more = {"result": "bought", "amount_minor": 200000, "currency": "USD"}
    again = [back, cara_hand.event("outcome.recorded", row, more)]
    assert statuses(cara_hand.sync(again)) == ["accepted", "accepted"]
    told = Visit.objects.get(pk=row)
    assert (told.status, told.amount_minor) == ("bought", 200000)
    assert now_of(row)[1] == [("suppressed", "reopened")]
    # The first day's visit is none of it, and nothing waits for a start that never comes.
    assert Visit.objects.get(pk=visit).status == "not_bought"
    assert Visit.objects.count() == 2
    assert set(VisitEvent.objects.values_list("visit_id", flat=True)) == {visit}
    assert statuses(cara_hand.sync(again)) == ["duplicate", "duplicate"]


def test_no_visit_is_started_over_a_visit_of_a_later_day(cara_hand: Hand, visit: UUID, two_days: Events) -> None:
    before = rows()
    cara_hand.at = on("06T10:01")
    cara_hand.sync(cara_hand.start(linked(visit, two_days[0])))
    assert [row["started_at"] for row in rows()] == [row["started_at"] for row in before]
    assert Visit.objects.count() == 2


def test_a_linked_visit_that_comes_back_has_its_text_again(
    ana_hand: Hand, cara_hand: Hand, visit: UUID, two_days: Events
) -> None:
    before = counted(), waiting()
    (late,) = reopened(cara_hand, visit, "05T17:10")
    cara_hand.sync([late])
    cara_hand.sync(taken_back(cara_hand, visit, late, "05T17:11"))
    assert [row["status"] for row in counted()] == [row["status"] for row in before[0]]
    assert waiting() == before[1]


def test_a_text_that_was_sent_stays_with_its_removed_visit_and_no_second_one_follows(
    ana_hand: Hand,
    cara_hand: Hand,
    visit: UUID,
    twilio: FakeTwilio,
    manager_client: ApiClient,
    at: At,
) -> None:
    at(NEW_YORK, "2035-03-06T10:02")
    person = uuid7()
    first, back = monday(ana_hand, visit), bought_on(ana_hand, visit, "06T10:00", person)
    ana_hand.sync([*first, *back], people=[ana_hand.person(person)])
    gone = linked(visit, back[0])
    twilio.ahead = at(NEW_YORK, "2035-03-06T10:06") - datetime.now(UTC)
    sending.drain()
    assert now_of(gone) == ("bought", [("accepted", "")])
    cara_hand.sync(reopened(cara_hand, visit, "05T17:10"))
    assert now_of(gone) == ("voided", [("accepted", "")])
    page = manager_client.get(f"/visits/{gone}").json()
    assert (page["visit"]["status"], [text["state"] for text in page["messages"]]) == ("voided", ["accepted"])
    assert now_of(visit)[1][-1] == ("suppressed", "already_texted")
    at(NEW_YORK, "2035-03-06T10:20")
    sending.drain()
    assert len(twilio.created) == 1


@pytest.mark.parametrize("apart", [True, False])
def test_a_visits_start_cannot_be_taken_back(ana_hand: Hand, visit: UUID, apart: bool) -> None:
    person = uuid7()
    events = ana_hand.whole_visit(visit, person=person)
    undo = ana_hand.event("event.voided", visit, {"event": events[0]["id"]})
    if apart:
        ana_hand.sync(events, people=[ana_hand.person(person)])
        answer = ana_hand.sync([undo])
    else:
        answer = ana_hand.sync([*events, undo], people=[ana_hand.person(person)])
    assert codes(answer)[-1] == "start_stays"
    assert [row.item_id for row in QuarantinedEvent.objects.all()] == [undo["id"]]
    # The visit goes on: it can still be removed, and then there is no text.
    assert now_of(visit) == ("not_bought", [("scheduled", "")])
    ana_hand.sync([ana_hand.event("visit.voided", visit, {"reason": "mistake"})])
    assert now_of(visit) == ("voided", [("suppressed", "voided")])


def test_what_takes_back_a_start_that_is_still_to_come_is_set_aside_when_it_comes(
    ana_hand: Hand, visit: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ana_hand.whole_visit(visit)
    undo = ana_hand.event("event.voided", visit, {"event": events[0]["id"]})
    assert statuses(ana_hand.sync([undo])) == ["accepted"]
    ana_hand.sync(events)
    ana_hand.sync([ana_hand.event("visit.reopened", visit)])
    assert Visit.objects.get(pk=visit).status == "not_bought"
    assert [(row.item_id, row.code) for row in QuarantinedEvent.objects.all()] == [(undo["id"], "start_stays")]
    assert folded_again(capsys) == []


def changed_field(visit: UUID, gone: UUID) -> dict[UUID, str]:
    Visit.objects.filter(pk=gone).update(status="left_early", amount_minor=1)
    return {gone: "status, amount_minor"}


def missing_rows(visit: UUID, gone: UUID) -> dict[UUID, str]:
    Visit.objects.filter(pk__in=[visit, gone]).delete()
    return {visit: "the row was missing", gone: "the row was missing"}


def surplus_row(visit: UUID, gone: UUID) -> dict[UUID, str]:
    first = Visit.objects.get(pk=visit)
    more = VisitFactory.create(
        store=first.store, log_id=visit, previous_visit=first, status="bought", events=4, closing=1
    )
    MessageFactory.create(store=first.store, subject=f"visit:{more.pk}", state="scheduled", token=None)
    return {more.pk: "status, events"}


def row_of_no_log(visit: UUID, gone: UUID) -> dict[UUID, str]:
    store = Visit.objects.get(pk=visit).store
    return {VisitFactory.create(store=store, status="bought", events=4).pk: "status, events"}


@pytest.mark.parametrize("damage", [changed_field, missing_rows, surplus_row, row_of_no_log])
def test_folding_again_finds_each_damaged_row_and_puts_it_right(
    damage: Callable[[UUID, UUID], dict[UUID, str]],
    visit: UUID,
    two_days: Events,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, planned, logged = counted(), waiting(), VisitEvent.objects.count()
    assert folded_again(capsys) == []
    wrong = damage(visit, linked(visit, two_days[0]))
    damaged = rows()
    assert sorted(folded_again(capsys)) == sorted(f"visit {pk}: {what}" for pk, what in wrong.items())
    # Verifying has changed nothing.
    assert rows() == damaged
    call_command("rebuild_visits")
    assert f"{len(wrong)} differed and were put right" in capsys.readouterr().out
    assert counted() == before
    assert waiting() == planned
    assert folded_again(capsys) == []
    assert VisitEvent.objects.count() == logged
    assert set(Visit.objects.filter(events=0).values_list("status", flat=True)) <= {"voided"}
