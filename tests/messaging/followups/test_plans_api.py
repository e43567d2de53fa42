"""The API of plans: who may read them, who may change them, and what is said of one that cannot be."""

from typing import Any

import pytest

from crm.contract import LANGUAGES
from crm.models import Staff, Store
from messaging.models import FollowUpPlan
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.followups.conftest import set_plan

TEXT = {"kind": "text", "days": 3, "hour": 10, "purpose": "follow_up_day_3"}
CALL = {"kind": "task", "days": 7, "hour": 11, "what": "Ask how the ring fits"}


def path(store: Store, outcome: str = "not_bought") -> str:
    return f"/stores/{store.pk}/plans/{outcome}"


def save(client: ApiClient, store: Store, *steps: dict[str, Any], replaces: int = 0) -> Any:
    return client.put(path(store), {"replaces": replaces, "steps": steps})


def listed(client: ApiClient, store: Store) -> dict[str, Any]:
    return client.get(f"/stores/{store.pk}/plans").json()  # type: ignore[no-any-return]


def test_a_store_without_plans_says_so_for_each_outcome(manager_client: ApiClient, new_york: Store) -> None:
    answer = listed(manager_client, new_york)
    assert (answer["zone"], answer["may_change"]) == ("America/New_York", True)
    assert [(item["outcome"], item["version"], item["steps"]) for item in answer["items"]] == [
        ("bought", 0, []),
        ("not_bought", 0, []),
        ("left_early", 0, []),
    ]


def test_a_saved_plan_stands_in_the_order_of_its_times(manager_client: ApiClient, new_york: Store) -> None:
    saved = save(manager_client, new_york, CALL, TEXT)
    assert saved.status_code == 200
    assert (saved.json()["version"], saved.json()["author"]) == (1, "Maria")
    assert saved.json()["steps"] == [TEXT | {"what": ""}, CALL | {"purpose": ""}]
    assert listed(manager_client, new_york)["items"][1] == saved.json()
    # A store that wants no more follow-ups saves a plan of none.
    assert save(manager_client, new_york, replaces=1).json()["steps"] == []


def test_a_save_sent_twice_makes_one_version(manager_client: ApiClient, new_york: Store) -> None:
    first, second = (save(manager_client, new_york, TEXT) for _ in range(2))
    assert first.json() == second.json()
    assert FollowUpPlan.objects.count() == 1


def test_each_fault_is_told_at_its_step_in_both_languages(manager_client: ApiClient, new_york: Store) -> None:
    problem = assert_problem(
        save(
            manager_client,
            new_york,
            TEXT,
            CALL | {"days": 3, "hour": 10},
            CALL | {"days": 0},
            CALL | {"days": 400, "hour": 23},
            TEXT | {"days": 5, "purpose": "departure_bought"},
            CALL | {"what": "x" * 201},
            CALL | {"days": 8},
        ),
        422,
        "plan_refused",
    )
    assert [(fault["step"], fault["code"]) for fault in problem["faults"]] == [
        (1, "same_time"),
        (2, "day_out_of_range"),
        (3, "day_out_of_range"),
        (3, "hour_out_of_range"),
        (4, "no_text"),
        (5, "note_too_long"),
        (6, "too_many_steps"),
    ]
    assert all(set(fault["sentence"]) == set(LANGUAGES) for fault in problem["faults"])
    assert not FollowUpPlan.objects.exists()


def test_a_plan_that_somebody_changed_meanwhile_is_not_overwritten(
    manager_client: ApiClient, admin: Staff, new_york: Store
) -> None:
    assert save(signed_in(admin), new_york, CALL).status_code == 200
    problem = assert_problem(save(manager_client, new_york, TEXT), 409, "plan_changed")
    assert problem["plan"]["steps"] == [CALL | {"purpose": ""}]
    assert save(manager_client, new_york, TEXT, replaces=1).json()["version"] == 2


def test_an_auditor_reads_and_changes_nothing(auditor: Staff, manager: Staff, new_york: Store) -> None:
    set_plan(new_york, manager)
    client = signed_in(auditor)
    answer = listed(client, new_york)
    assert answer["may_change"] is False
    assert len(answer["items"][1]["steps"]) == 3
    assert_problem(save(client, new_york, replaces=1), 403, "forbidden")
    assert FollowUpPlan.objects.count() == 1


def test_strangers_and_tablets_find_no_plans(
    stranger_client: ApiClient,
    other_manager_client: ApiClient,
    anybody: ApiClient,
    tablet: TabletClient,
    ana: Staff,
    new_york: Store,
) -> None:
    tablet.hand_to(ana)
    for client in (stranger_client, other_manager_client):
        assert_problem(client.get(f"/stores/{new_york.pk}/plans"), 404, "not_found")
        assert_problem(save(client, new_york, TEXT), 404, "not_found")
    for nobody in (anybody, tablet):
        assert nobody.get(f"/stores/{new_york.pk}/plans").status_code == 401
        assert save(nobody, new_york, TEXT).status_code == 401
    assert not FollowUpPlan.objects.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"replaces": -1, "steps": []},
        {"replaces": 0, "steps": "none"},
        {"replaces": 0, "steps": [TEXT | {"kind": "fax"}]},
        {"replaces": 0, "steps": [TEXT | {"days": "3"}]},
        {"replaces": 0, "steps": [TEXT | {"to": "+12125550142"}]},
        {"replaces": 0, "steps": [TEXT] * 51},
    ],
)
def test_what_is_no_plan_at_all_is_refused(
    manager_client: ApiClient, new_york: Store, body: dict[str, object]
) -> None:
    assert_problem(manager_client.put(path(new_york), body), 422, "invalid")
    assert_problem(manager_client.put(path(new_york, "returned"), body), 422, "invalid")
    assert not FollowUpPlan.objects.exists()
