"""How often somebody may ask, through HTTP."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from crm.ids import uuid7
from crm.models import Staff, Store
from crm.origins import address_of
from crm.rates import Bucket
from funnel.models import VisitEvent
from tests.conftest import enrolled, signed_in
from tests.funnel.taps import Hand, statuses
from tests.http import ApiClient, TabletClient, assert_problem

# What was asked how often stands in the memory of each process.
pytestmark = pytest.mark.only_on("sqlite")
BURST = 50


class Stopwatch:
    """The clock by which rates are counted: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    watch = Stopwatch()
    monkeypatch.setattr("crm.rates.monotonic", watch)
    return watch


def until_refused(ask: Any) -> tuple[int, Any]:
    """How many requests passed before one was refused, and that refusal."""
    for passed in range(200):
        answer = ask()
        if answer.status_code == 429:
            return passed, answer
    raise AssertionError("nobody was ever refused")


def test_a_tablet_may_ask_fifty_times_at_once_and_then_five_times_a_second(
    tablet: TabletClient, stopwatch: Stopwatch
) -> None:
    passed, refused = until_refused(lambda: tablet.get("/floor"))
    assert passed == BURST
    problem = assert_problem(refused, 429, "too_often")
    assert refused["Retry-After"] == str(problem["retry_after_seconds"]) == "1"
    stopwatch.seconds += 1
    assert until_refused(lambda: tablet.get("/floor"))[0] == 5
    stopwatch.seconds += 60
    assert until_refused(lambda: tablet.get("/floor"))[0] == BURST


def test_a_tablet_that_is_refused_costs_no_query(tablet: TabletClient) -> None:
    until_refused(lambda: tablet.get("/floor"))
    with CaptureQueriesContext(connection) as asked:
        refused = tablet.get("/floor")
    assert refused.status_code == 429
    assert not asked.captured_queries


def test_one_tablets_hurry_is_not_anothers(tablet: TabletClient, new_york: Store) -> None:
    until_refused(lambda: tablet.get("/floor"))
    assert enrolled(new_york).get("/floor").status_code == 200


def test_a_refused_batch_is_taken_whole_when_it_comes_again(
    tablet: TabletClient, ana: Staff, stopwatch: Stopwatch
) -> None:
    hand = Hand(tablet, ana)
    batch = hand.batch(hand.whole_visit(uuid7()))
    tablet.csrf_token()
    until_refused(lambda: tablet.get("/floor"))
    refused = tablet.post("/sync", batch)
    assert_problem(refused, 429, "too_often")
    assert not VisitEvent.objects.exists()
    stopwatch.seconds += int(refused["Retry-After"])
    assert set(statuses(tablet.post("/sync", batch).json())) == {"accepted"}


def test_a_refusal_of_size_or_shape_is_not_counted(tablet: TabletClient) -> None:
    for _ in range(2 * BURST):
        assert_problem(tablet.send("POST", "/sync", b"x" * 100, content_type="text/plain"), 415, "not_json_type")
    assert tablet.get("/floor").status_code == 200


def test_the_rate_is_a_setting(tablet: TabletClient, settings: Settings) -> None:
    settings.DEVICE_REQUESTS_PER_SECOND, settings.DEVICE_REQUESTS_BURST = 1, 4 * BURST
    for _ in range(3 * BURST):
        assert tablet.get("/floor").status_code == 200


def test_a_manager_has_a_rate_too(manager_client: ApiClient, manager: Staff) -> None:
    passed, refused = until_refused(lambda: manager_client.get("/visits"))
    assert passed == BURST
    assert_problem(refused, 429, "too_often")
    # It is the session that is counted, so that nobody can use up the rate of somebody else.
    assert signed_in(manager).get("/visits").status_code == 200


def test_who_is_not_known_is_counted_by_address(anybody: ApiClient, tablet: TabletClient, ana: Staff) -> None:
    here = {"REMOTE_ADDR": "203.0.113.7"}
    passed, refused = until_refused(lambda: anybody.get("/session", **here))
    assert passed == 100
    assert_problem(refused, 429, "too_often")
    # Another cookie makes nobody another one; another address does. A tablet there goes on handing in.
    anybody.client.cookies[settings.DEVICE_COOKIE] = "made up"
    assert_problem(anybody.get("/session", **here), 429, "too_often")
    assert anybody.get("/session", REMOTE_ADDR="203.0.113.8").status_code == 200
    assert tablet.get("/floor", **here).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "found"),
    [
        ([], "127.0.0.1", "203.0.113.7", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "203.0.113.7", "203.0.113.7"),
        (["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"),
        (["127.0.0.1"], "198.51.100.9", "203.0.113.7", "198.51.100.9"),
        # What a stranger wrote stands left of what our proxy added.
        (["127.0.0.1"], "127.0.0.1", "8.8.8.8, 203.0.113.7", "203.0.113.7"),
        (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "8.8.8.8, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        (["127.0.0.1"], "127.0.0.1", "<script>", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (["127.0.0.1"], "127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        (["127.0.0.1"], "", "203.0.113.7", ""),
    ],
)
def test_an_address_is_believed_only_from_our_own_proxies(
    settings: Settings, rf: Any, trusted: list[str], peer: str, told: str, found: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    headers = {"HTTP_X_FORWARDED_FOR": told} if told else {}
    assert address_of(rf.get("/", REMOTE_ADDR=peer, **headers)) == found


def test_a_made_up_header_is_no_way_around_the_lock(anybody: ApiClient, manager: Staff) -> None:
    for number in range(6):
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        last = anybody.post("/session", {"email": manager.email, "password": "wrong"}, headers=headers)
    assert_problem(last, 429, "sign_in_locked")


def test_made_up_keys_do_not_fill_the_memory(stopwatch: Stopwatch) -> None:
    bucket = Bucket()
    for number in range(30_000):
        stopwatch.seconds += 0.001
        assert bucket.wait_seconds(str(number), per_second=1_000_000, burst=1) == 0
    assert len(json.dumps(list(bucket._full_at))) < 200_000
