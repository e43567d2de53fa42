"""Whatever goes wrong under /api/ is a problem a program can read; elsewhere it is a plain sentence."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from ninja import NinjaAPI

from config import errors
from crm.problems import Problem
from crm.schemas import In
from tests.http import PageClient

SECRET = "Philippa Quillfeather"


def said_by(ask: Callable[[], object]) -> OperationalError:
    """What Django makes of a database's own error."""
    try:
        ask()
    except (sqlite3.OperationalError, psycopg.OperationalError) as error:
        told = OperationalError(SECRET)
        told.__cause__ = error
        return told
    raise AssertionError("the database had nothing to say")


RAISED: dict[str, Exception] = {
    "bad": SuspiciousOperation(SECRET),
    "big": RequestDataTooBig(SECRET),
    "forbidden": PermissionDenied(SECRET),
    "missing": Http404(SECRET),
    "fault": ValueError(SECRET),
    "mistake": said_by(lambda: sqlite3.connect(":memory:").execute("SELECT * FROM nothing")),
    "no_file": said_by(lambda: sqlite3.connect("file:/nowhere/at/all?mode=ro", uri=True)),
    "no_server": said_by(lambda: psycopg.connect("host=127.0.0.1 port=1")),
    "problem": Problem(429, "pin_locked", "Please wait a little.", {"retry_after_seconds": 30}),
}
api = NinjaAPI(urls_namespace="errors-of-a-test")
errors.install(api)


class Sent(In):
    count: int


@api.get("/raised/{name}")
def raised(request: HttpRequest, name: str) -> None:
    raise RAISED[name]


@api.post("/sent")
def sent(request: HttpRequest, body: Sent) -> dict[str, int]:
    return {"count": body.count}


@api.get("/kept")
def kept(request: HttpRequest, response: HttpResponse) -> str:
    response["Cache-Control"] = "private, no-cache"
    return "kept"


def plain(request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]


# `/api/plain/` stands for what Django itself answers below /api/, before or beside the API.
urlpatterns = [path("api/v1/", api.urls), path("api/plain/<name>", plain), path("plain/<name>", plain)]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"


@pytest.fixture(autouse=True)
def urls() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def problem(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert {"type", "title", "status", "code", "detail", "instance"} <= set(body)
    assert body["status"] == response.status_code
    assert body["instance"] == f"urn:uuid:{response['X-Request-Id']}"
    assert SECRET not in response.content.decode()
    return body


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("big", 413, "too_big"),
        ("missing", 404, "not_found"),
        ("fault", 500, "fault"),
        ("mistake", 500, "fault"),
        ("no_file", 503, "unavailable"),
        ("no_server", 503, "unavailable"),
        ("problem", 429, "pin_locked"),
    ],
)
def test_what_the_api_raises_is_a_problem(name: str, status: int, code: str) -> None:
    answer = PageClient(raise_request_exception=False).get(f"/api/v1/raised/{name}")
    body = problem(answer)
    assert (body["status"], body["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("30" if name == "problem" else None)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("bad", 400, "bad_request"),
        ("big", 413, "too_big"),
        ("forbidden", 403, "forbidden"),
        ("missing", 404, "not_found"),
        ("fault", 500, "fault"),
    ],
)
def test_what_django_answers_is_a_problem_below_api_and_a_sentence_elsewhere(
    name: str, status: int, code: str
) -> None:
    client = PageClient(raise_request_exception=False)
    body = problem(client.get(f"/api/plain/{name}"))
    assert (body["status"], body["code"]) == (status, code)
    answer = client.get(f"/plain/{name}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert SECRET not in answer.content.decode()
    assert re.fullmatch(r"[A-Z][\w' ]+\.( [A-Z][\w' ]+\.)?", answer.content.decode())


@pytest.mark.parametrize(("path", "is_problem"), [("/api/v1/nothing", True), ("/api", False), ("/nothing", False)])
def test_an_unknown_address(path: str, is_problem: bool) -> None:
    answer = PageClient().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json" if is_problem else "text/plain")


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_another_method_is_refused(method: str) -> None:
    answer = getattr(PageClient(), method)("/api/v1/sent")
    assert answer.status_code == 405
    body = problem(answer)
    assert body["code"] == "method_not_allowed"
    assert answer["Allow"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b"[]", 422, "invalid"),
        (b'{"count": "Philippa Quillfeather"}', 422, "invalid"),
        (b'{"count": 1, "unknown": "Philippa Quillfeather"}', 422, "invalid"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_where_not_what(body: bytes, status: int, code: str) -> None:
    answer = PageClient().post("/api/v1/sent", body, "application/json")
    found = problem(answer)
    assert (found["status"], found["code"]) == (status, code)
    assert all(set(error) == {"pointer", "code", "detail"} for error in found.get("errors", []))


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_big_is_refused() -> None:
    answer = PageClient().post("/api/v1/sent", b" " * 1001, "application/json")
    assert problem(answer)["code"] == "too_big"


@pytest.mark.parametrize(("path", "is_problem"), [("/api/v1/sent", True), ("/plain/bad", False)])
def test_a_foreign_host_is_refused(path: str, is_problem: bool) -> None:
    answer = PageClient().get(path, headers={"host": "evil.example"})
    assert answer.status_code == 400
    if is_problem:
        problem(answer)
    assert b"evil" not in answer.content


@pytest.mark.parametrize("path", ["sent", "raised/problem", "raised/forbidden", "raised/fault", "nothing"])
def test_nobody_keeps_what_the_api_answers(path: str) -> None:
    client = PageClient(raise_request_exception=False)
    for answer in (client.get(f"/api/v1/{path}"), client.post(f"/api/v1/{path}", {}, "application/json")):
        assert answer["Cache-Control"] == "no-store"


def test_an_answer_that_says_itself_who_may_keep_it_is_left_alone() -> None:
    assert PageClient().get("/api/v1/kept")["Cache-Control"] == "private, no-cache"
    assert "Cache-Control" not in PageClient().get("/plain/missing").headers
