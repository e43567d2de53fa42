"""What is logged about a request, and what never is, whatever goes wrong."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from config import logs

NAME = "Philippa Quillfeather"
NUMBER = "+12125550187"
MAIL = "philippa@quillfeather.example"
# The same number as people and programs write it.
WRITINGS = [
    NUMBER,
    "12125550187",
    "+1 212 555 0187",
    "+1 (212) 555-0187",
    "212.555.0187",
    "212–555–0187",
    "%2B12125550187",
    "13800138000",
    "+86 138 0013 8000",
    "５５５０１８７５５",
    MAIL,
    "Philippa.Q+shop@quillfeather.co.uk",
]
KEPT = [
    "018f3b2e-1234-7abc-8123-123456789012",
    "12345678-1234-4123-8123-123456789012",
    "2026-11-23T09:28:00.123456+00:00",
    "2026-11-23 09:28:00",
    "SM" + "0a1b2c3d" * 4,
    "crm/people.py:1234",
    "5.2.19",
]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs as JSON, down to the last debug line."""
    yield from _captured("json")


@pytest.fixture
def words() -> Iterator[io.StringIO]:
    """What this process logs for a person's eyes."""
    yield from _captured("console")


def _captured(format: str) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(format=format))
    logs.configure({"format": format, "level": "debug"})
    for name in ("", "huey"):
        logging.getLogger(name).handlers = [handler]
    yield stream
    logs.configure(settings.LOGGING)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("text", WRITINGS)
def test_what_looks_like_a_number_or_an_address_is_blacked_out(lines: io.StringIO, text: str) -> None:
    log = structlog.get_logger("crm.people")
    log.info(f"met {text} today", to=text, nested={"deep": [text]})
    logging.getLogger("messaging").warning("to %s", text)
    assert len(entries(lines)) == 2
    assert logs.BLACKED_OUT in lines.getvalue()
    assert not re.search(r"\d{3}\D?\d{4}|@|０", _without_times(lines))


@pytest.mark.parametrize("text", KEPT)
def test_ids_and_times_are_kept(lines: io.StringIO, text: str) -> None:
    structlog.get_logger("crm.people").info("seen", what=text)
    assert entries(lines)[0]["what"] == text


def test_a_number_given_as_an_integer_is_blacked_out(lines: io.StringIO) -> None:
    structlog.get_logger("crm.people").info("seen", number=12125550187, count=1_000_000, took=0.25, ok=True)
    [entry] = entries(lines)
    assert (entry["number"], entry["count"], entry["took"], entry["ok"]) == (logs.BLACKED_OUT, 1_000_000, 0.25, True)


@pytest.mark.parametrize("logger", ["sendoff.test", "huey", "django.request", "some.library"])
def test_an_exception_leaves_its_class_and_places_only(lines: io.StringIO, logger: str) -> None:
    customer = NAME
    try:
        try:
            raise ValueError(f"no such number: {NUMBER} of {customer}")
        except ValueError as error:
            raise LookupError(customer) from error
    except LookupError:
        logging.getLogger(logger).exception("it broke")
        structlog.get_logger("sendoff.test").exception("it broke", customer_id="7")
    assert len(entries(lines)) == 2
    for entry in entries(lines):
        assert entry["exception"] == ["LookupError", "ValueError"]
        assert all(re.fullmatch(r"tests/config/test_logs\.py:\d+", place) for place in entry["traceback"])
    _nothing_personal(lines)


def test_a_line_break_cannot_forge_a_line(lines: io.StringIO) -> None:
    structlog.get_logger("sendoff.test").info("a\r\nb", value="c\r\nd")
    assert len(lines.getvalue().splitlines()) == 1


def test_a_line_break_cannot_forge_a_line_of_words(words: io.StringIO) -> None:
    structlog.get_logger("sendoff.test").info("a\r\nb", value="c\r\nd", plain="x", number=NUMBER)
    [line] = words.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d info 'a\\r\\nb' value='c\\r\\nd' plain=x number=\[removed\]", line)


@pytest.mark.parametrize(
    "logger", ["twilio.http_client", "urllib3.connectionpool", "django.db.backends", "django.server"]
)
def test_libraries_that_quote_whole_requests_are_never_heard_below_warnings(lines: io.StringIO, logger: str) -> None:
    logging.getLogger(logger).info("Body: %s", NAME)
    logging.getLogger(logger).debug("Body: %s", NAME)
    assert lines.getvalue() == ""


def explode(request: HttpRequest, who: str = "") -> HttpResponse:
    raise ValueError(f"{NAME} {request.GET} {who}")


urlpatterns = [path("explode/<str:who>", explode)]


@override_settings(ROOT_URLCONF=__name__)
def test_a_fault_in_a_request_tells_neither_the_path_nor_the_query_nor_the_message(lines: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    client.get(f"/explode/{NAME}?number={NUMBER}&mail={MAIL}")
    client.get(f"/nothing/{NAME}?number={NUMBER}")
    client.get("/", headers={"host": "philippa.quillfeather.example"})
    shown = entries(lines)
    assert [(e["route"], e["status"], e["level"]) for e in shown if e["event"] == "request"] == [
        ("/explode/<str:who>", 500, "error"),
        ("none", 404, "info"),
        ("none", 400, "info"),
    ]
    [fault] = [e for e in shown if e["event"] == "fault"]
    assert fault["exception"] == ["ValueError"]
    assert fault["request_id"] == next(e["request_id"] for e in shown if e.get("status") == 500 and "route" in e)
    _nothing_personal(lines)


def test_every_answer_carries_the_id_of_its_line(lines: io.StringIO) -> None:
    answer = Client().get("/nothing")
    [entry] = entries(lines)
    assert entry["request_id"] == answer["X-Request-Id"]
    assert UUID(entry["request_id"]).version == 4
    assert entry["method"] == "GET"
    assert entry["ms"] >= 0
    assert entry["timestamp"].endswith("Z")
    # The next line of this process belongs to no request.
    structlog.get_logger("sendoff.test").info("later")
    assert "request_id" not in entries(lines)[-1]


def test_a_problem_names_the_same_id() -> None:
    answer = Client().get("/api/v1/nothing")
    assert answer.json()["instance"] == f"urn:uuid:{answer['X-Request-Id']}"


def test_an_id_sent_by_somebody_else_is_not_taken_over(lines: io.StringIO) -> None:
    answer = Client().get("/nothing", headers={"X-Request-Id": NAME})
    assert answer["X-Request-Id"] != NAME
    _nothing_personal(lines)


class Row:
    def __init__(self, pk: str) -> None:
        self.pk = pk


class Principal:
    device = Row("tablet-1")
    staff = Row("person-1")


def ask(path: str, *, body: str | None = None, status: int = 200, auth: object = None) -> dict[str, Any]:
    stream = next(captured := _captured("json"))

    def answer(request: HttpRequest) -> HttpResponse:
        request.resolver_match = RESOLVED
        if auth is not None:
            request.auth = auth  # type: ignore[attr-defined]  # as ninja sets it
        return HttpResponse(request.body[:0], status=status)

    request = RequestFactory().post(path, body, "application/json") if body else RequestFactory().get(path)
    middleware = logs.RequestLogMiddleware(answer)
    response: HttpResponseBase = middleware(request)
    assert response["X-Request-Id"]
    [entry] = entries(stream)
    assert next(captured, None) is None
    return entry


class Resolved:
    route = "api/v1/something"
    url_name = None


RESOLVED: Any = Resolved()
EMPTY = '{"sent_at":"2026-11-23T09:28:00Z","cursor":null,"people":[],"notes":[],"events":[]}'


@pytest.mark.parametrize(
    ("path", "body", "status", "level"),
    [
        ("/api/v1/sync", EMPTY, 200, "debug"),
        ("/api/v1/sync", EMPTY.replace("[]}", '[{"id":"1"}]}'), 200, "info"),
        ("/api/v1/sync", EMPTY, 401, "info"),
        ("/api/v1/sync", EMPTY, 500, "error"),
        ("/api/v1/floor", None, 304, "debug"),
        ("/healthz", None, 200, "debug"),
        ("/readyz", None, 503, "info"),
        ("/api/v1/visits", None, 200, "info"),
    ],
)
def test_polls_do_not_drown_what_happens(path: str, body: str | None, status: int, level: str) -> None:
    assert ask(path, body=body, status=status)["level"] == level


def test_a_line_names_the_tablet_and_the_person_by_their_ids() -> None:
    entry = ask("/api/v1/visits", auth=Principal())
    assert (entry["device"], entry["staff"], entry["route"]) == ("tablet-1", "person-1", "/api/v1/something")


def test_a_door_without_a_tablet_names_nobody() -> None:
    assert "device" not in ask("/api/v1/session", auth=True)


def _without_times(stream: io.StringIO) -> str:
    return re.sub(r'"timestamp": "[^"]+"', "", stream.getvalue())


def _nothing_personal(stream: io.StringIO) -> None:
    text = stream.getvalue()
    assert text
    for part in (*NAME.split(), NUMBER[1:], MAIL):
        assert part.lower() not in _without_times(stream).lower()
