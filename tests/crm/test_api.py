"""Bodies that are not what they should be: refused with a 4xx on both databases, never a fault of ours."""

from typing import Any
from uuid import uuid4

import pytest

from crm.doors import REFUSED_BODY, REFUSED_CHANGE, REFUSED_LOOK
from crm.models import Staff, Store
from tests.conftest import ANAS_PIN
from tests.http import ApiClient, TabletClient, assert_problem

GOOD: dict[str, dict[str, Any]] = {
    "/devices/enrol": {"code": "00000-00000-00000-00000", "name": "Front"},
    "/session": {"email": "a@b.example", "password": "wrong"},
    "/numbers/check": {"number": "2124567890", "country": "US"},
}
paths = pytest.mark.parametrize("path", GOOD)


@paths
def test_an_unknown_field_is_refused(tablet: TabletClient, path: str) -> None:
    for extra in ("role", "store_id", "is_staff", "organization"):
        problem = assert_problem(tablet.post(path, GOOD[path] | {extra: "admin"}), 422, "invalid")
        assert problem["errors"] == [
            {"pointer": f"/{extra}", "code": "extra_forbidden", "detail": "Extra inputs are not permitted"}
        ]


@pytest.mark.by_turns
@paths
@pytest.mark.parametrize(
    "body", [b"{", b"not json", b'{"a": 1', b"\xff\xfe", b'{"a": ' + b"9" * 5000 + b"}", b"[" * 20_000]
)
def test_what_is_not_json_is_refused(tablet: TabletClient, path: str, body: bytes) -> None:
    assert_problem(tablet.send("POST", path, body), 400, "not_json")


@pytest.mark.by_turns
@paths
@pytest.mark.parametrize("body", [[], "text", 7, None, True, [{}], {}])
def test_another_shape_is_refused(tablet: TabletClient, path: str, body: Any) -> None:
    assert_problem(tablet.post(path, body), 422, "invalid")
    assert_problem(tablet.send("POST", path, b""), 422, "invalid")


@pytest.mark.by_turns
@paths
@pytest.mark.parametrize("value", [7, True, None, [], {}, 1.5, "x" * 3000])
def test_another_type_is_refused(tablet: TabletClient, path: str, value: Any) -> None:
    for field in GOOD[path]:
        assert_problem(tablet.post(path, GOOD[path] | {field: value}), 422, "invalid")


@paths
@pytest.mark.parametrize("text", [b"\\u0000", b"a\\u0000b", b"\\ud800", b"\\udfff x", b"\\ud800\\ud800"])
def test_text_that_no_database_holds_is_refused(tablet: TabletClient, path: str, text: bytes) -> None:
    for field in GOOD[path]:
        others = b"".join(b'"%s": "%s", ' % (k.encode(), v.encode()) for k, v in GOOD[path].items() if k != field)
        body = b'{%s"%s": "%s"}' % (others, field.encode(), text)
        assert_problem(tablet.send("POST", path, body), 422, "invalid")
        # As a name of a field too.
        assert_problem(tablet.send("POST", path, b'{%s"%s": ""}' % (others, text)), 422, "invalid")


@pytest.mark.parametrize("text", ["\u202eevil", "a\u0007b", "é", "e\u0301", "名前 😀", "<b>", "'; --", "%s{0}"])
def test_other_text_is_only_text(anybody: ApiClient, tablet: TabletClient, text: str) -> None:
    assert_problem(anybody.post("/devices/enrol", {"code": text}), 400, "enrolment_code_invalid")
    assert_problem(anybody.post("/session", {"email": text, "password": text}), 401, "sign_in_failed")
    assert tablet.post("/numbers/check", {"number": text, "country": "US"}).json()["code"] == "number_invalid"


def test_a_refusal_never_repeats_what_was_sent(tablet: TabletClient, ana: Staff) -> None:
    secret = "hunter2-hunter2"
    for body in (
        {"email": "a@b.example", "password": secret, "pin": secret},
        {"email": secret * 30, "password": secret},
        {"staff": secret, "pin": secret},
    ):
        answer = tablet.post("/session", body)
        assert_problem(answer, 422, "invalid")
        assert secret.encode() not in answer.content


@pytest.mark.parametrize(
    "fields",
    [
        {"staff"},
        {"pin"},
        {"email"},
        {"password"},
        {"staff", "password"},
        {"email", "pin"},
        {"staff", "pin", "email"},
        {"staff", "pin", "email", "password"},
    ],
)
def test_a_sign_in_is_of_one_kind(tablet: TabletClient, ana: Staff, fields: set[str]) -> None:
    whole = {"staff": str(ana.id), "pin": ANAS_PIN, "email": "a@b.example", "password": "wrong"}
    assert_problem(tablet.post("/session", {name: whole[name] for name in fields}), 422, "invalid")


def test_signing_out_knows_three_kinds(tablet: TabletClient) -> None:
    assert_problem(tablet.delete("/session?kind=everything"), 422, "invalid")
    assert_problem(tablet.delete("/session?kind=%00"), 422, "invalid")


def test_a_country_is_two_letters(tablet: TabletClient) -> None:
    for country in ("", "us", "USA", "U1", "ＵＳ", "US\n"):
        answer = tablet.post("/numbers/check", {"number": "2124567890", "country": country})
        assert_problem(answer, 422, "invalid")
    # Two letters that are no country have no numbers.
    answer = tablet.post("/numbers/check", {"number": "2124567890", "country": "ZZ"})
    assert answer.json()["code"] == "number_invalid"


def test_other_methods_are_not_known(tablet: TabletClient) -> None:
    assert tablet.client.put("/api/v1/session").status_code == 405
    assert tablet.get("/devices/enrol").status_code == 405
    assert tablet.get("/numbers/check").status_code == 405


def test_every_operation_says_what_it_may_answer() -> None:
    from config.api import api

    paths = api.get_openapi_schema()["paths"]
    expected = {
        ("/api/v1/devices/enrol", "post"): {200, 400, 403, 413, 415, 422, 429},
        ("/api/v1/session", "get"): {200, 429},
        ("/api/v1/session", "post"): {200, 400, 401, 403, 413, 415, 422, 429},
        ("/api/v1/session", "delete"): {204, 400, 403, 413, 415, 422, 429},
        ("/api/v1/numbers/check", "post"): {200, 400, 401, 403, 413, 415, 422, 429},
    }
    for (path, method), statuses in expected.items():
        assert set(paths[path][method]["responses"]) == statuses


def test_every_operation_declares_what_its_door_may_answer() -> None:
    from config.api import api

    operations = [
        (f"{method} {path}", method, operation)
        for path, item in api.get_openapi_schema()["paths"].items()
        for method, operation in item.items()
    ]
    assert len(operations) >= 20
    for name, method, operation in operations:
        due = set(REFUSED_BODY if "requestBody" in operation else REFUSED_LOOK if method == "get" else REFUSED_CHANGE)
        if operation["security"] == [{"AnybodyDoor": []}]:
            due -= {401}
        assert due <= operation["responses"].keys(), name
        for status in due:
            [body] = operation["responses"][status]["content"].values()
            assert body["schema"]["$ref"].endswith("ProblemOut"), name


def test_a_foreign_person_signs_in_nowhere(strange_tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    assert_problem(strange_tablet.sign_in(ana, ANAS_PIN), 401, "pin_wrong")
    assert_problem(strange_tablet.sign_in(Staff(id=uuid4()), ANAS_PIN), 401, "pin_wrong")
