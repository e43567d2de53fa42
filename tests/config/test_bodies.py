"""What a body may be: read strictly, and whatever comes, refused as a problem; through HTTP, on every database."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from crm import rates
from crm.ids import uuid7
from crm.models import Staff
from funnel.models import QuarantinedEvent, Visit
from tests.conftest import ANAS_PIN
from tests.funnel.taps import Hand, codes, statuses
from tests.http import ApiClient, TabletClient, assert_problem

DEEP = "[" * 40 + "]" * 40
# Valid JSON that no field of ours takes, or that breaks what handles it without care.
NASTY = (
    *("null", "true", "-1", "0.5", "1e308", "1e11", "-1e11", "18446744073709551616", "9" * 400),
    *(
        '""',
        '"x"',
        '"\\u0000"',
        '"\\ud800"',
        '"\\u202e"',
        f'"{"x" * 3000}"',
        "[]",
        "[[]]",
        "{}",
        '{"a":1}',
        '{"a":1,"a":2}',
    ),
    *('"2026-02-30"', '"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"00000000-0000-0000-0000-000000000000"'),
)
UNREADABLE = {
    "not JSON": b'{"a":',
    "two values": b"{} {}",
    "not a number": b'{"staff": NaN}',
    "infinity": b'{"staff": Infinity}',
    "minus infinity": b'{"staff": -Infinity}',
    "no double holds it": b'{"staff": 1e999}',
    "an endless integer": b'{"staff": ' + b"9" * 5000 + b"}",
    "a doubled key": b'{"pin": "1", "pin": "2"}',
    "a doubled key further in": b'{"staff": {"a": 1, "a": 2}}',
    "nested without end": b"[" * 30_000,
    "nested deeply": b'{"staff": ' + DEEP.encode() + b"}",
    "nested deeply in objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "not UTF-8": b'{"staff": "\xff"}',
    "half a pair in UTF-8": b'{"staff": "\xed\xa0\x80"}',
    "UTF-16": '{"staff": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "nothing but space": b"   ",
}


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_whole(tablet: TabletClient, body: bytes) -> None:
    for path in ("/session", "/devices/enrol", "/numbers/check", "/sync"):
        assert_problem(tablet.send("POST", path, body), 400, "not_json")


@pytest.mark.by_turns
@pytest.mark.parametrize("value", NASTY)
def test_nothing_in_the_shape_of_a_body_is_a_fault(
    anybody: ApiClient, hand: Hand, tablet: TabletClient, value: str
) -> None:
    bodies = {
        "/session": {"staff": str(uuid4()), "pin": "915736"},
        "/devices/enrol": {"code": "0" * 20, "name": "Counter"},
        "/numbers/check": {"number": "+1 212 555 0123", "country": "US"},
        "/sync": hand.batch([hand.event("visit.departed", uuid7())], people=[hand.person(uuid7())]),
    }
    bodies["/session?kind=web"] = {"email": "nobody@hartwell.example", "password": "x"}
    for path, body in bodies.items():
        for spoilt in (value, *(with_value(body, key, value) for key in body), with_value(body, "\ud800", value)):
            answer = tablet.send("POST", path, spoilt.encode())
            assert answer.status_code < 500, (path, spoilt[:200])
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["events", "people", "notes"])
def test_nothing_in_a_row_loses_the_rows_beside_it(hand: Hand, tablet: TabletClient, kind: str) -> None:
    visit = uuid7()
    hand.sync(hand.start(visit))
    promise = {"kind": "callback", "at": "2026-08-01T10:00:00Z"}
    good = {
        "events": hand.event("promise.made", visit, promise),
        "people": hand.person(uuid7()),
        "notes": {"id": str(uuid7()), "visit": str(visit), "text": "Likes rose gold"},
    }[kind]
    spoilt = [json.dumps(None), *rows_with(good)]
    for start in range(0, len(spoilt), 400):
        some = spoilt[start : start + 400]
        last = hand.event("stage.entered", visit, {"stage": "needs"})
        batch = json.dumps(hand.batch([last]))
        if kind == "events":
            batch = batch.replace('"events": [', f'"events": [{",".join(some)},')
        else:
            batch = batch.replace(f'"{kind}": [', f'"{kind}": [{",".join(some)}')
        answer = tablet.send("POST", "/sync", batch.encode())
        assert answer.status_code == 200, answer.content[:500]
        found = answer.json()["results"]
        assert len(found) == len(some) + 1
        assert (found[-1]["id"], found[-1]["status"]) == (last["id"], "accepted")
    for row in QuarantinedEvent.objects.all():
        assert row.raw.isascii()
        json.loads(row.raw)


def test_a_row_with_a_doubled_key_is_kept_with_both_values(hand: Hand, tablet: TabletClient) -> None:
    visit = uuid7()
    start, greet = hand.start(visit)
    outer, inner = (hand.event("stage.entered", visit, {"stage": "needs"}) for _ in range(2))
    batch = json.dumps(hand.batch([start, outer, inner, greet]))
    batch = batch.replace(f'"id": "{outer["id"]}"', f'"id": "{outer["id"]}", "v": 1, "v": 2')
    batch = batch.replace(f'"seq": {inner["seq"]}, "data": {{', f'"seq": {inner["seq"]}, "data": {{"stage": "proof", ')
    answer = tablet.send("POST", "/sync", batch.encode()).json()
    assert [result["id"] for result in answer["results"]] == [e["id"] for e in (start, outer, inner, greet)]
    assert statuses(answer) == ["accepted", "quarantined", "quarantined", "accepted"]
    assert codes(answer)[1:3] == ["bad_event", "bad_event"]
    kept = {row.item_id: json.loads(row.raw) for row in QuarantinedEvent.objects.all()}
    assert [pair for pair in kept[outer["id"]] if pair[0] == "v"] == [["v", 1], ["v", 2], ["v", 1]]
    assert kept[inner["id"]]["data"] == [["stage", "proof"], ["stage", "needs"]]
    assert Visit.objects.get(id=visit).state["stage"] == "greet"
    # Sent again it is answered the same, and kept once.
    assert statuses(tablet.send("POST", "/sync", batch.encode()).json())[1:3] == ["quarantined"] * 2
    assert QuarantinedEvent.objects.count() == 2


def test_nothing_in_a_query_is_a_fault(manager_client: ApiClient) -> None:
    from config.api import api

    looks = {path: item["get"] for path, item in api.get_openapi_schema()["paths"].items() if "get" in item}
    asked = {
        path.removeprefix("/api/v1"): [each["name"] for each in look.get("parameters", ()) if each["in"] == "query"]
        for path, look in looks.items()
        if "{" not in path
    }
    assert {"/session", "/visits", "/messages", "/conversations", "/proof/texts", "/reports/overview"} <= asked.keys()
    for path, names in asked.items():
        for name in names:
            # Who asks so much is told to wait, and then nothing is tried.
            rates.forget()
            for value in ("\x00", "\ud800", "9" * 400, "-1", "", "0001-01-01", "9999-12-31", "x" * 3000, str(uuid4())):
                shown = value.encode("utf-8", "surrogatepass")
                answer = manager_client.get(path, data={name: shown})
                assert answer.status_code < 500 and answer.status_code != 429, (path, name, value[:50])
        for name in ("no-such-name", "\x00"):
            assert manager_client.get(path, data={name: "x"}).status_code < 500


def test_a_number_below_the_border_is_read(anybody: ApiClient, tablet: TabletClient, ana: Staff) -> None:
    """The strictness costs nobody anything: what a browser writes is taken."""
    body = b'\n{ "staff": "%s",\t"pin": "%s" } ' % (str(ana.id).encode(), ANAS_PIN.encode())
    assert tablet.send("POST", "/session", body).status_code == 200


def with_value(body: dict[str, Any], key: str, value: str) -> str:
    """The body as JSON with this raw JSON in one place."""
    mark = f"mark {uuid4()}"
    return json.dumps(body | {key: mark}).replace(f'"{mark}"', value)


def rows_with(good: dict[str, Any]) -> Iterator[str]:
    """The row with each nasty value in each of its places, one at a time, each row with an id of its own."""
    for place in places(good):
        for value in NASTY:
            row = json.loads(json.dumps(good))
            if place != ("id",):
                row["id"] = str(uuid7())
            inner = row
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = "the mark"
            yield json.dumps(row).replace('"the mark"', value)
    yield json.dumps(good | {"\ud800": 1})
    yield re.sub(r"^\{", '{"id": 1, ', json.dumps(good))


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*before, key)
        yield from places(member, (*before, key))
