"""The one write door: what a tablet hands in, through HTTP, and what becomes of it."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import Customer, Staff
from funnel.models import QuarantinedEvent, Visit, VisitEvent
from funnel.rebuilding import logs_of, rebuild
from tests.conftest import enrolled
from tests.factories import staff_in
from tests.funnel.taps import Hand, codes, iso, rows, statuses, texts
from tests.http import TabletClient, assert_problem


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def visit() -> UUID:
    return uuid7()


def test_a_visit_becomes_a_text(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    answer = hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    assert set(statuses(answer)) == {"accepted"}
    row = Visit.objects.get(id=visit)
    assert (row.status, row.reason, row.reached, row.in_order, row.send_off_done) == (
        "not_bought",
        "price",
        6,
        6,
        True,
    )
    (message,) = texts(visit)
    assert (message.state, message.purpose) == ("scheduled", "departure_not_bought")
    assert row.departed_at is not None
    assert message.left_at == row.departed_at
    assert "Maria" in message.body
    assert "Hartwell" in message.body
    kinds = {change["kind"] for change in answer["changes"]}
    assert {"visit", "message", "person"} <= kinds


def test_the_same_batch_again_changes_nothing(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    events, people = hand.whole_visit(visit, person=person), [hand.person(person)]
    hand.sync(events, people=people)
    before = rows()
    answer = hand.sync(events, people=people)
    assert set(statuses(answer)) == {"duplicate"}
    assert rows() == before
    assert len(texts(visit)) == 1
    assert VisitEvent.objects.count() == len(events)


@pytest.mark.parametrize("seed", range(4))
def test_halves_and_other_orders_make_the_same_visit(hand: Hand, visit: UUID, seed: int) -> None:
    import random

    events = hand.whole_visit(visit, result="bought")
    chance = random.Random(seed)
    shuffled = events[:]
    chance.shuffle(shuffled)
    cut = chance.randint(1, len(events) - 1)
    hand.sync(shuffled[:cut])
    hand.sync(shuffled[cut:])
    hand.sync(reversed(events))
    row = Visit.objects.get(id=visit)
    assert (row.status, row.reached, row.in_order, row.events) == ("bought", 7, 6, len(events))
    assert len(texts(visit)) == 1
    assert [rebuild(store=hand.tablet.store, log_id=log, write=False) for log in logs_of(hand.tablet.store)] == [[]]


def test_events_wait_for_their_start(hand: Hand, visit: UUID) -> None:
    start, *rest = hand.whole_visit(visit)
    assert set(statuses(hand.sync(rest))) == {"accepted"}
    assert not Visit.objects.exists()
    hand.sync([start])
    assert Visit.objects.get(id=visit).status == "not_bought"


def test_what_waited_and_has_no_place_is_kept_aside(hand: Hand, visit: UUID) -> None:
    start, greet = hand.start(visit)
    nowhere = hand.event("stage.entered", visit, {"stage": "nowhere"})
    hand.sync([greet, nowhere])
    hand.sync([start])
    hand.sync(hand.start(uuid7()))
    assert [q.code for q in QuarantinedEvent.objects.filter(item_id=nowhere["id"])] == ["unknown_stage"]
    assert Visit.objects.get(id=visit).state["stage"] == "greet"


def kinds(answer: dict[str, Any]) -> list[str]:
    return [change["kind"] for change in answer["changes"]]


def counted(asked: CaptureQueriesContext) -> list[str]:
    """The statements; the transaction's own marks come on top."""
    return [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def bad_events(hand: Hand, visit: UUID, stranger: UUID) -> list[tuple[Any, str]]:
    late = db_now() + timedelta(hours=1)
    old = db_now() - timedelta(days=91)
    return [
        (hand.event("visit.exploded", visit), "unknown_type"),
        (hand.event("stage.entered", visit, {"stage": "nowhere"}), "unknown_stage"),
        (hand.event("stage.entered", visit, {"stage": "departure_text"}), "unknown_stage"),
        (hand.event("item.ticked", visit, {"item": "nothing", "on": True}), "unknown_item"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, actor=str(stranger)), "unknown_staff"),
        (hand.event("visit.started", uuid7(), {"playbook": "nobody@3"}), "unknown_playbook"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, at=iso(late)), "from_the_future"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, at=iso(old)), "too_old"),
        (hand.event("need.recorded", visit, {"field": "style", "value": "a\x00b"}), "bad_text"),
        (hand.event("need.recorded", visit, {"field": "style", "value": "\ud800"}), "bad_text"),
        (hand.event("stage.entered", visit, {"stage": "needs", "more": 1}), "bad_event"),
        (hand.event("stage.entered", None, {"stage": "needs"}), "bad_event"),
        (hand.event("outcome.recorded", visit, {"result": "bought", "amount_minor": 10**40}), "bad_event"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, at="yesterday"), "bad_event"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, id="seven"), "bad_event"),
        (hand.event("item.ticked", visit, {"item": "greeted", "on": 1}), "bad_event"),
        (hand.event("item.ticked", visit, {"item": "greeted", "on": "true"}), "bad_event"),
        (hand.event("outcome.recorded", visit, {"result": "bought", "deposit": 0}), "bad_event"),
        (hand.event("stage.entered", visit, {"stage": "needs"}, mono="7"), "bad_event"),
        ({"hello": "there"}, "bad_event"),
        ("not an object", "bad_event"),
        (None, "bad_event"),
    ]


def test_each_bad_event_is_kept_aside_and_the_others_pass(hand: Hand, visit: UUID, ben: Staff) -> None:
    hand.sync(hand.start(visit))
    cases = bad_events(hand, visit, ben.id)
    good = hand.event("stage.entered", visit, {"stage": "needs"})
    answer = hand.sync([*(event for event, _ in cases), good])
    assert codes(answer) == [*(code for _, code in cases), None]
    assert statuses(answer)[-1] == "accepted"
    assert Visit.objects.get(id=visit).state["stage"] == "needs"
    kept = {q.code: json.loads(q.raw) for q in QuarantinedEvent.objects.all()}
    assert kept["unknown_type"] == cases[0][0]
    # The same bad events again are answered the same and kept once.
    count = QuarantinedEvent.objects.count()
    assert codes(hand.sync([event for event, _ in cases])) == [code for _, code in cases]
    assert QuarantinedEvent.objects.count() == count


def test_an_id_cannot_mean_two_things(hand: Hand, visit: UUID) -> None:
    start, greet = hand.start(visit)
    hand.sync([start, greet])
    other = {**greet, "data": {"stage": "needs"}}
    assert codes(hand.sync([other])) == ["id_reuse"]
    fresh = hand.event("stage.entered", visit, {"stage": "value"})
    twin = {**fresh, "data": {"stage": "proof"}}
    assert statuses(hand.sync([fresh, fresh, twin])) == ["accepted", "duplicate", "quarantined"]
    assert Visit.objects.get(id=visit).state["stage"] == "value"


def test_a_visit_of_another_store_is_out_of_reach(
    hand: Hand, visit: UUID, other_tablet: TabletClient, ben: Staff
) -> None:
    hand.sync(hand.start(visit))
    other = Hand(other_tablet, ben)
    answer = other.sync([other.event("stage.entered", visit, {"stage": "closing"})])
    assert codes(answer) == ["other_store"]
    assert Visit.objects.get(id=visit).state["stage"] == "greet"
    assert not [c for c in answer["changes"] if c["kind"] == "visit"]


def test_a_stranger_sees_nothing(hand: Hand, visit: UUID, strange_tablet: TabletClient, stranger: Staff) -> None:
    person = uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    answer = Hand(strange_tablet, stranger).sync()
    assert answer["changes"] == []
    assert_problem(strange_tablet.get(f"/visits/{visit}"), 404, "not_found")


def test_two_tablets_on_one_visit(hand: Hand, visit: UUID, tablet: TabletClient, new_york: Any) -> None:
    cara = staff_in(new_york, "associate", display_name="Cara")
    second = Hand(enrolled(new_york), cara)
    hand.sync(hand.start(visit))
    second.at = hand.at
    second.sync([second.event("stage.entered", visit, {"stage": "needs"})])
    answer = hand.sync([hand.event("visit.departed", visit)])
    second.sync([second.event("visit.departed", visit)])
    row = Visit.objects.get(id=visit)
    assert (row.closing, row.in_order, row.reached) == (1, 1, 3)
    assert len(texts(visit)) == 1
    assert any(c["kind"] == "visit" for c in answer["changes"])


def test_a_clock_three_hours_wrong_is_put_right(tablet: TabletClient, ana: Staff, visit: UUID) -> None:
    hand = Hand(tablet, ana, clock_off=timedelta(hours=3))
    answer = hand.sync(hand.whole_visit(visit))
    assert set(statuses(answer)) == {"accepted"}
    row = Visit.objects.get(id=visit)
    assert row.clock_suspect
    assert row.departed_at is not None
    assert db_now() - timedelta(minutes=11) < row.departed_at <= db_now()


def test_a_batch_that_never_measured_its_clock_is_put_right_by_its_sending_time(
    tablet: TabletClient, ana: Staff, visit: UUID
) -> None:
    hand = Hand(tablet, ana, clock_off=timedelta(hours=-3))
    hand.sync(hand.start(visit), clock={})
    started = Visit.objects.get(id=visit).started_at
    assert db_now() - timedelta(minutes=11) < started <= db_now()


def test_a_person_with_a_wrong_number_is_kept_and_the_number_shown_to_be_wrong(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    given = hand.person(person, number="12")
    answer = hand.sync(hand.whole_visit(visit, person=person), people=[given])
    assert (statuses(answer)[0], codes(answer)[0]) == ("accepted", "number_invalid")
    (message,) = texts(visit)
    assert (message.state, message.reason) == ("suppressed", "number_invalid")
    # The associate corrects it, and the same row becomes a text.
    hand.sync(people=[given | {"number": "+1 212 555 0188"}])
    (message,) = texts(visit)
    assert message.state == "scheduled"
    assert Customer.objects.get(id=person).number_problem == ""


def test_one_bad_person_does_not_stop_the_visit(hand: Hand, visit: UUID) -> None:
    bad = {"id": str(uuid4()), "name": 7}
    answer = hand.sync(hand.start(visit), people=[bad, "nobody"])
    assert statuses(answer) == ["quarantined", "quarantined", "accepted", "accepted"]


def test_a_note_is_kept_once(hand: Hand, visit: UUID) -> None:
    note = {"id": str(uuid7()), "visit": str(visit), "text": "Likes rose gold"}
    hand.sync(hand.start(visit), notes=[note])
    assert statuses(hand.sync(notes=[note])) == ["duplicate"]


def test_what_cannot_be_read_at_all_is_refused_whole(hand: Hand, tablet: TabletClient) -> None:
    assert_problem(tablet.send("POST", "/sync", b"{"), 400, "not_json")
    assert_problem(tablet.send("POST", "/sync", b"\xff\xfe"), 400, "not_json")
    assert_problem(tablet.post("/sync", {"events": []}), 422, "invalid")
    assert_problem(tablet.post("/sync", hand.batch([]) | {"surprise": 1}), 422, "invalid")
    assert_problem(tablet.post("/sync", hand.batch([None] * 501)), 422, "invalid")
    assert_problem(tablet.send("POST", "/sync", b'"' + b"a" * 2_000_000 + b'"'), 413, "too_big")
    assert_problem(tablet.send("POST", "/sync", b"[" * 100_000), 400, "not_json")


def test_the_cursor_tells_each_change_once(hand: Hand, visit: UUID) -> None:
    first = hand.sync(hand.start(visit))
    hand.cursor = first["cursor"]
    assert hand.sync()["changes"] == []
    answer = hand.sync([hand.event("stage.entered", visit, {"stage": "needs"})])
    (own,) = answer["changes"]
    (told,) = hand.sync()["changes"]
    assert own["data"]["stage"] == told["data"]["stage"] == "needs"
    hand.cursor = answer["cursor"]
    assert hand.sync()["changes"] == []


def test_a_foreign_cursor_begins_again(hand: Hand, visit: UUID, other_tablet: TabletClient, ben: Staff) -> None:
    hand.sync(hand.start(visit))
    hand.cursor = Hand(other_tablet, ben).sync()["cursor"]
    assert [c["kind"] for c in hand.sync()["changes"]] == ["visit"]


def test_every_kind_of_change_is_told_to_the_own_tablet_and_to_another(hand: Hand, visit: UUID, ana: Staff) -> None:
    other = Hand(enrolled(hand.tablet.store), ana)
    hand.cursor, other.cursor = hand.sync()["cursor"], other.sync()["cursor"]
    person = uuid7()
    here = hand.event("presence.changed", None, {"state": "on_floor"})
    nowhere = hand.event("stage.entered", visit, {"stage": "nowhere"})
    events = [here, *hand.whole_visit(visit, person=person), nowhere]
    answer = hand.sync(events, people=[hand.person(person)])
    assert kinds(answer) == ["visit", "person", "message", "presence", "quarantine"]
    # What was set aside is told to the tablet that sent it.
    assert kinds(other.sync()) == ["visit", "person", "message", "presence"]
    hand.cursor = answer["cursor"]
    assert kinds(hand.sync()) == []


def test_only_what_changed_is_asked_for(hand: Hand, visit: UUID, ana: Staff) -> None:
    person, other = uuid7(), Hand(enrolled(hand.tablet.store), ana)
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    other.cursor = other.sync()["cursor"]
    hand.sync(hand.start(uuid7()))
    other.tablet.csrf_token()
    with CaptureQueriesContext(connection) as asked:
        assert kinds(other.sync()) == ["visit"]
    assert not [q["sql"] for q in asked if "messaging_" in q["sql"] or "crm_customer" in q["sql"]]


def test_presence_is_the_last_word_of_each_person(hand: Hand) -> None:
    there = hand.event("presence.changed", None, {"state": "on_floor"})
    away = hand.event("presence.changed", None, {"state": "away", "reason": "meal"})
    hand.sync([away])
    hand.sync([there])
    (person,) = hand.tablet.get("/floor").json()["staff"]
    assert (person["name"], person["state"], person["reason"]) == ("Ana", "away", "meal")


def test_ten_visits_that_are_left_cost_few_statements(hand: Hand) -> None:
    hand.cursor = hand.sync(hand.start(uuid7()))["cursor"]
    ids = [uuid7() for _ in range(10)]
    batch = hand.batch(event for visit in ids for event in hand.whole_visit(visit))
    assert len(batch["events"]) == 100
    hand.tablet.csrf_token()
    with CaptureQueriesContext(connection) as asked:
        response = hand.tablet.post("/sync", batch)
    assert set(statuses(response.json())) == {"accepted"}
    assert {(m.state, m.reason) for v in ids for m in texts(v)} == {("suppressed", "no_customer")}
    assert len(told := counted(asked)) <= 14, "\n".join(sql[:160] for sql in told)


def test_ten_visits_with_a_text_each_cost_few_statements(hand: Hand) -> None:
    hand.cursor = hand.sync()["cursor"]
    given = [(uuid7(), uuid7()) for _ in range(10)]
    hand.sync(people=[hand.person(person, number=f"+1 212 555 01{n:02}") for n, (_, person) in enumerate(given)])
    batch = hand.batch(event for visit, person in given for event in hand.whole_visit(visit, person=person))
    hand.tablet.csrf_token()
    with CaptureQueriesContext(connection) as asked:
        response = hand.tablet.post("/sync", batch)
    assert set(statuses(response.json())) == {"accepted"}
    assert [m.state for v, _ in given for m in texts(v)] == ["scheduled"] * 10
    # Each is asked for its consent and for others to its number, and is written with its log by itself: a text may
    # depend on the one before.
    assert len(told := counted(asked)) <= 30 + 10 * 5, "\n".join(sql[:160] for sql in told)


@pytest.mark.parametrize(("events", "visits", "most"), [(1, 1, 8), (100, 10, 25)])
def test_a_batch_costs_few_statements(hand: Hand, events: int, visits: int, most: int) -> None:
    ids = [uuid7() for _ in range(visits)]
    hand.cursor = hand.sync([e for v in ids for e in hand.start(v)])["cursor"]
    per_visit = events // visits
    taps = [hand.event("stage.entered", v, {"stage": "needs"}) for v in ids for _ in range(per_visit)]
    batch = hand.batch(taps)
    hand.tablet.csrf_token()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = hand.tablet.post("/sync", batch)
    assert response.status_code == 200
    assert len(told := counted(asked)) <= most, "\n".join(sql[:160] for sql in told)


def test_reopening_takes_the_text_back_and_the_next_leaving_plans_another(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    hand.sync([hand.event("visit.reopened", visit)])
    assert [(m.state, m.reason) for m in texts(visit)] == [("suppressed", "reopened")]
    bought = hand.event("outcome.recorded", visit, {"result": "bought"})
    hand.sync([bought, hand.event("visit.departed", visit)])
    first, second = texts(visit)
    assert (first.state, second.state, second.purpose) == ("suppressed", "scheduled", "departure_bought")


def test_a_changed_outcome_changes_the_words(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    (before,) = texts(visit)
    hand.sync([hand.event("outcome.recorded", visit, {"result": "bought"})])
    (after,) = texts(visit)
    assert (after.id, after.purpose, after.send_at) == (before.id, "departure_bought", before.send_at)
    assert after.body != before.body


def test_cancelling_voiding_and_practice_leave_no_text(hand: Hand) -> None:
    person = uuid7()
    people = [hand.person(person)]
    cancelled, voided, practice = uuid7(), uuid7(), uuid7()
    hand.sync(hand.whole_visit(cancelled, person=person), people=people)
    hand.sync([hand.event("text.cancelled", cancelled)])
    hand.sync([*hand.whole_visit(voided, person=person), hand.event("visit.voided", voided, {"reason": "mistake"})])
    events = hand.whole_visit(practice, person=person)
    events[0]["data"]["practice"] = True
    hand.sync(events)
    assert [(m.state, m.reason) for v in (cancelled, practice) for m in texts(v)] == [
        ("canceled", "canceled_by_staff"),
        ("suppressed", "practice"),
    ]
    assert all(m.state == "suppressed" for m in texts(voided))


def test_a_stolen_tablets_events_are_kept_aside_and_it_reads_nothing(hand: Hand, visit: UUID) -> None:
    from crm.enrolment import revoke

    revoke(device=hand.tablet.device, how="stolen")
    answer = hand.sync(hand.start(visit))
    assert set(codes(answer)) == {"device_stolen"}
    assert answer["changes"] == []
    assert not Visit.objects.exists()


def test_bootstrap_is_asked_for_once(hand: Hand, tablet: TabletClient) -> None:
    first = tablet.get("/bootstrap")
    config = first.json()
    assert config["playbook"] == "six@1"
    assert [s["key"] for s in config["playbooks"][0]["stages"]][-1] == "departure_text"
    assert {t["language"] for t in config["texts"]} == {"en", "zh"}
    again = tablet.get("/bootstrap", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_lists_page_through_every_visit_once(hand: Hand, manager_client: Any) -> None:
    ids = [uuid7() for _ in range(5)]
    hand.sync([e for v in ids for e in hand.start(v)])
    seen: list[str] = []
    cursor = None
    while True:
        page = manager_client.get("/visits", data={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [v["id"] for v in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(str(v) for v in ids)
    assert_problem(manager_client.get("/visits?cursor=zzz"), 422, "cursor_invalid")


def test_an_id_used_in_another_visit_does_not_shorten_that_visits_log(hand: Hand, visit: UUID) -> None:
    person = uuid7()
    events = hand.whole_visit(visit, person=person)
    hand.sync(events, people=[hand.person(person)])
    before = rows()
    # The person is corrected, which folds their visit anew, while one of its ids is misused elsewhere.
    elsewhere = {**events[0], "visit": str(uuid7())}
    answer = hand.sync([elsewhere], people=[hand.person(person) | {"name": "Maria Smith"}])
    assert codes(answer)[-1] == "id_reuse"
    assert rows() == before


def test_a_notes_id_of_another_organisation_is_refused_and_the_others_pass(
    hand: Hand, visit: UUID, strange_tablet: TabletClient, stranger: Staff
) -> None:
    note = {"id": str(uuid7()), "visit": str(visit), "text": "Likes rose gold"}
    hand.sync(hand.start(visit), notes=[note])
    other = Hand(strange_tablet, stranger)
    answer = other.sync(other.start(uuid7()), notes=[note])
    assert statuses(answer) == ["quarantined", "accepted", "accepted"]
    assert codes(answer)[0] == "id_reuse"


def test_a_poll_tells_a_tablet_that_its_settings_have_changed(
    hand: Hand, ana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hand.tablet.get("/bootstrap").json()["config_version"]
    assert hand.sync()["config_version"] == before
    ana.display_name = "Anastasia"
    ana.save(update_fields=["display_name"])
    monkeypatch.setattr("funnel.bootstrap._LOOK_AGAIN_SECONDS", 0)
    told = hand.sync()["config_version"]
    assert told != before
    assert hand.tablet.get("/bootstrap").json()["config_version"] == told


def test_a_tap_never_pays_for_a_look_at_the_settings(hand: Hand, visit: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.sync()
    assert "config_version" in hand.sync(hand.start(visit))
    monkeypatch.setattr("funnel.bootstrap._LOOK_AGAIN_SECONDS", 0)
    with CaptureQueriesContext(connection) as asked:
        assert "config_version" not in hand.sync([hand.event("stage.entered", visit, {"stage": "needs"})])
    assert not any("storeplaybook" in query["sql"] for query in asked)
