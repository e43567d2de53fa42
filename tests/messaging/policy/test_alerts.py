"""What managers are told of what keeps texts from leaving, and the switch that they have."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from crm.clock import db_now
from crm.models import Organization, Staff, Store
from messaging import sending
from messaging.contract.alerts import ALERTS
from messaging.models import Attempt, Incident, Pause
from messaging.receiving import Report, receive
from messaging.sending import pauses
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import due
from tests.messaging.fake_twilio import FakeTwilio

pytestmark = pytest.mark.usefixtures("twilio")


def alerts(client: ApiClient) -> list[dict[str, Any]]:
    answer = client.get("/alerts")
    assert answer.status_code == 200, answer.content
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def kinds(client: ApiClient) -> list[str]:
    return [each["kind"] for each in alerts(client)]


def test_while_all_is_well_there_is_nothing_to_tell(manager_client: ApiClient, new_york: Store) -> None:
    due(new_york)
    sending.drain()
    assert alerts(manager_client) == []


def test_each_says_what_happened_what_it_means_and_what_to_do_in_both_languages() -> None:
    for told in ALERTS.values():
        assert list(told) == ["what", "means", "do"]
        for words in told.values():
            assert words["en"].endswith(".") and words["zh"].endswith("。")  # type: ignore[index]  # each is a sentence


def test_a_shop_whose_texts_are_only_written_down_is_told_so_and_the_demo_is_not(
    manager_client: ApiClient, settings: Settings
) -> None:
    settings.SMS_PROVIDER = "console"
    assert alerts(manager_client) == []
    settings.DEMO = False
    assert kinds(manager_client) == ["nobody_is_texted"]
    settings.SMS_PROVIDER, settings.SMS_PROVIDERS_BY_COUNTRY = "twilio", {"CN": "console"}
    assert kinds(manager_client) == ["nobody_is_texted"]


def test_a_refused_account_is_told_until_a_text_leaves(
    twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, later: Callable[..., float]
) -> None:
    due(new_york)
    twilio.faults.append("401:20003")
    sending.drain()
    (told,) = alerts(manager_client)
    assert (told["kind"], told["provider"], told["detail"]) == ("account_refused", "twilio", "20003")
    later(seconds=61)
    assert kinds(manager_client) == ["account_refused"]
    assert sending.drain() == 1
    assert alerts(manager_client) == []


def test_a_provider_that_wants_us_slow_is_told_while_it_does(
    twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, later: Callable[..., float]
) -> None:
    due(new_york)
    twilio.faults.append("429:30")
    sending.drain()
    assert kinds(manager_client) == ["provider_busy"]
    later(seconds=31)
    assert alerts(manager_client) == []


# The last one is of the number alone.
@pytest.mark.by_turns
@pytest.mark.parametrize(("code", "expected"), [("30007", 1), ("30034", 1), ("30005", 0)])
def test_a_carrier_that_blocks_us_is_told_for_a_day_to_those_whose_text_it_was(
    manager_client: ApiClient,
    stranger_client: ApiClient,
    new_york: Store,
    later: Callable[..., float],
    code: str,
    expected: int,
) -> None:
    due(new_york)
    assert sending.drain() == 1
    attempt = Attempt.objects.get()
    # Of one text there may be several reports.
    for status in ("undelivered", "failed"):
        receive(Report("twilio", attempt.pk, attempt.sid, status, code, digest=status))
    assert turned_away(manager_client) == [(code, 1)] * expected
    assert alerts(stranger_client) == []
    later(seconds=24 * 3600 - 60)
    assert turned_away(manager_client) == [(code, 1)] * expected
    later(seconds=60)
    assert alerts(manager_client) == []


def test_a_refusal_that_nobody_knows_is_told_for_a_day_to_those_whose_text_it_was(
    twilio: FakeTwilio,
    manager_client: ApiClient,
    stranger_client: ApiClient,
    new_york: Store,
    later: Callable[..., float],
) -> None:
    def refused(code: str) -> None:
        due(new_york)
        twilio.faults.append(f"400:{code}")
        sending.drain()

    # What is wrong with a number, or with the words, is no news of all others.
    refused("21614")
    refused("21617")
    assert alerts(manager_client) == []
    refused("21699")
    refused("21698")
    assert turned_away(manager_client) == [("21698", 2)]
    assert alerts(stranger_client) == []
    later(seconds=24 * 3600)
    assert alerts(manager_client) == []


def turned_away(client: ApiClient) -> list[tuple[str, int]]:
    """The code and the count of what is told, which is nothing else."""
    told = alerts(client)
    assert {(each["kind"], each["provider"]) for each in told} <= {("carrier_blocks_us", "twilio")}
    return [(each["detail"], each["count"]) for each in told]


@pytest.mark.by_turns
@pytest.mark.parametrize(("limit", "expected"), [(2, []), (1, ["budget_used"])])
def test_a_budget_is_told_from_four_fifths_on(
    manager_client: ApiClient, new_york: Store, decide: Callable[..., Any], limit: int, expected: list[str]
) -> None:
    decide(daily_budget=limit, quiet_hours=False)
    due(new_york)
    assert sending.drain() == 1
    assert kinds(manager_client) == expected
    if not expected:
        decide(daily_budget=5, quiet_hours=False, cap=False)
        for _ in range(3):
            due(new_york)
        assert sending.drain() == 3
        assert kinds(manager_client) == ["budget_nearly_used"]


def test_what_the_nightly_comparison_found_is_told_to_whose_it_is_until_somebody_has_looked(
    manager_client: ApiClient, stranger_client: ApiClient, jeweller: Organization
) -> None:
    now = db_now()
    incident = Incident.objects.create(
        kind="sent_twice", provider="twilio", sid="SM1", organization=jeweller, day=now.date(), found_at=now
    )
    (told,) = alerts(manager_client)
    assert (told["kind"], told["count"]) == ("disagreement", 1)
    assert alerts(stranger_client) == []
    manager_client.post(f"/incidents/{incident.pk}/close", {})
    assert alerts(manager_client) == []


class TestPausing:
    def test_a_manager_pauses_and_the_row_says_who_when_and_why(
        self, manager_client: ApiClient, new_york: Store, manager: Staff
    ) -> None:
        answer = manager_client.post("/senders/twilio/pause", {"reason": " Stocktaking "})
        assert answer.status_code == 200, answer.content
        (sender,) = answer.json()["senders"]
        assert (sender["state"], sender["why"]) == ("paused", "Stocktaking")
        assert (sender["pause"]["by"], sender["pause"]["of_all"]) == ("Maria", False)
        due(new_york)
        assert sending.drain() == 0
        (told,) = alerts(manager_client)
        assert (told["kind"], told["detail"], told["by"]) == ("texts_paused", "Stocktaking", "Maria")
        (resumed,) = manager_client.post("/senders/twilio/resume", {}).json()["senders"]
        assert (resumed["state"], resumed["pause"]) == ("ok", None)
        assert sending.drain() == 1
        row = Pause.objects.get()
        assert (row.paused_by, row.resumed_by) == (manager, manager)
        assert row.resumed_at is not None and row.resumed_at >= row.paused_at

    def test_resuming_asks_a_provider_again_that_had_refused_us(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        due(new_york)
        due(new_york, seconds_ago=0.5)
        twilio.faults.append("401:20003")
        sending.drain()
        assert manager_client.get("/policy").json()["senders"][0]["state"] == "stopped"
        assert manager_client.post("/senders/twilio/resume", {}).json()["senders"][0]["state"] == "ok"
        assert sending.drain() == 1

    def test_nobody_else_does(
        self,
        manager_client: ApiClient,
        stranger_client: ApiClient,
        auditor: Staff,
        tablet: TabletClient,
        anybody: ApiClient,
        shanghai: Store,
    ) -> None:
        body = {"reason": "Because"}
        assert_problem(signed_in(auditor).post("/senders/twilio/pause", body), 403, "forbidden")
        assert_problem(anybody.post("/senders/twilio/pause", body), 401, "sign_in_needed")
        assert_problem(tablet.post("/senders/twilio/pause", body), 401, "sign_in_needed")
        assert not Pause.objects.exists()
        # Another brand's manager pauses that brand's texts, never ours.
        stranger_client.post("/senders/twilio/pause", body)
        assert kinds(manager_client) == []

    def test_what_makes_no_sense_is_refused(self, manager_client: ApiClient) -> None:
        for wrong in ({}, {"reason": ""}, {"reason": "x" * 201}, {"reason": "x", "for_all": True}):
            assert_problem(manager_client.post("/senders/twilio/pause", wrong), 422, "invalid")
        assert_problem(manager_client.post("/senders/pigeon/pause", {"reason": "x"}), 404, "not_found")
        assert_problem(manager_client.post("/senders/aliyun/resume", {}), 404, "not_found")

    def test_two_at_once_and_a_pause_of_all_are_said_so(self, manager_client: ApiClient, manager: Staff) -> None:
        manager_client.post("/senders/twilio/pause", {"reason": "First"})
        assert_problem(manager_client.post("/senders/twilio/pause", {"reason": "Second"}), 409, "already_paused")
        pauses.pause(provider="twilio", organization=None, reason="We move", staff=None, now=db_now())
        (sender,) = manager_client.get("/policy").json()["senders"]
        assert (sender["why"], sender["pause"]["of_all"]) == ("We move", True)
        assert_problem(manager_client.post("/senders/twilio/resume", {}), 409, "paused_for_all")
        assert sorted(Pause.objects.filter(resumed_at=None).values_list("reason", flat=True)) == ["We move"]
