"""The owner's rules over HTTP: who reads them, who decides, and what two who decide at once are told."""

from typing import Any

import pytest

from crm.models import Organization, Staff
from messaging.models import PolicyVersion
from messaging.policy.terms import Terms
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def undecided(jeweller: Organization) -> Organization:
    PolicyVersion.objects.all().delete()
    return jeweller


def settings_of(**changes: Any) -> dict[str, Any]:
    return Terms(**changes).model_dump(mode="json")


def test_who_decided_nothing_reads_the_defaults(
    manager_client: ApiClient, undecided: Organization, twilio: FakeTwilio
) -> None:
    answer = manager_client.get("/policy").json()
    assert (answer["version"], answer["by"], answer["may_change"]) == (0, None, True)
    assert answer["settings"] == settings_of()
    (country,) = answer["countries"]
    assert (country["country"], country["own"], country["hours"] == country["usual"]) == ("US", False, True)
    assert country["hours"][6] == {"opens": 720, "closes": 1200}
    (sender,) = answer["senders"]
    assert (sender["provider"], sender["kind"], sender["state"], sender["used_today"]) == (
        "twilio",
        "long_code",
        "ok",
        0,
    )


def test_a_decision_is_a_version_with_a_name(
    manager_client: ApiClient, manager: Staff, undecided: Organization
) -> None:
    decided = settings_of(
        cap_hours=12, daily_budget=500, overnight="suppress", hours={"US": [{"opens": 600, "closes": 1080}] * 7}
    )
    answer = manager_client.put("/policy", {"replaces": 0, "settings": decided})
    assert answer.status_code == 200, answer.content
    shown = manager_client.get("/policy").json()
    assert answer.json() == shown
    assert (shown["version"], shown["by"], shown["settings"]) == (1, "Maria", decided)
    assert shown["countries"][0]["own"] is True
    assert PolicyVersion.objects.get(organization=undecided).staff == manager


def test_who_did_not_see_the_last_decision_decides_nothing(
    manager_client: ApiClient, admin: Staff, undecided: Organization
) -> None:
    assert signed_in(admin).put("/policy", {"replaces": 0, "settings": settings_of(cap=False)}).status_code == 200
    refused = manager_client.put("/policy", {"replaces": 0, "settings": settings_of(quiet_hours=False)})
    assert_problem(refused, 409, "policy_changed")
    assert PolicyVersion.objects.count() == 1


def test_an_auditor_reads_and_decides_nothing(auditor: Staff, undecided: Organization) -> None:
    client = signed_in(auditor)
    assert client.get("/policy").json()["may_change"] is False
    assert_problem(client.put("/policy", {"replaces": 0, "settings": settings_of()}), 403, "forbidden")
    assert not PolicyVersion.objects.exists()


def test_a_stranger_reads_and_changes_only_their_own(
    stranger_client: ApiClient, jeweller: Organization, furniture: Organization
) -> None:
    before = list(PolicyVersion.objects.filter(organization=jeweller).values())
    answer = stranger_client.put("/policy", {"replaces": 1, "settings": settings_of(cap_hours=48)})
    assert [each["country"] for each in answer.json()["countries"]] == ["CN"]
    assert list(PolicyVersion.objects.filter(organization=jeweller).values()) == before
    assert PolicyVersion.objects.filter(organization=furniture).count() == 2


def test_a_tablet_and_anybody_are_told_to_sign_in(tablet: TabletClient, anybody: ApiClient) -> None:
    for client in (tablet, anybody):
        assert client.get("/policy").status_code == 401
        assert client.put("/policy", {"replaces": 0, "settings": settings_of()}).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"replaces": 0},
        {"replaces": -1, "settings": {}},
        {"replaces": 0, "settings": {"cap_hours": 0}},
        {"replaces": 0, "settings": {"speed": 9}},
        {"replaces": 0, "settings": {"hours": {"US": [{"opens": 900, "closes": 600}] * 7}}},
    ],
)
def test_what_makes_no_sense_is_refused(
    manager_client: ApiClient, undecided: Organization, wrong: dict[str, Any]
) -> None:
    assert_problem(manager_client.put("/policy", wrong), 422, "invalid")
    assert not PolicyVersion.objects.exists()
