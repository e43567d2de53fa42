"""What a store does in the days after a visit, and when exactly."""

from datetime import UTC, datetime

import pytest

from crm.models import Staff, Store
from crm.problems import Problem
from messaging.followups.plans import BadPlan, Step, due_of, plan_of, steps_of
from messaging.models import FollowUpPlan, FollowUpStep
from tests.messaging.followups.conftest import THREE, set_plan


def test_a_plan_stands_in_the_order_of_its_times(new_york: Store, manager: Staff) -> None:
    plan = set_plan(new_york, manager, *reversed(THREE))
    assert [(step.position, step.kind, step.days) for step in steps_of(plan)] == [
        (0, "text", 3),
        (1, "task", 7),
        (2, "text", 30),
    ]
    assert plan_of(store_id=new_york.pk, outcome="not_bought") == plan
    assert plan_of(store_id=new_york.pk, outcome="bought") is None


def test_a_change_is_a_new_version_and_the_same_again_is_none(new_york: Store, manager: Staff) -> None:
    first = set_plan(new_york, manager)
    assert set_plan(new_york, manager, replaces=0) == first
    second = set_plan(new_york, manager, THREE[0], replaces=1)
    assert (second.version, plan_of(store_id=new_york.pk, outcome="not_bought")) == (2, second)
    assert [step.days for step in steps_of(first)] == [3, 7, 30]
    with pytest.raises(Problem) as refused:
        set_plan(new_york, manager, THREE[1], replaces=1)
    assert (refused.value.status, refused.value.code) == (409, "plan_changed")


def test_a_plan_has_few_steps_at_different_times(new_york: Store, manager: Staff) -> None:
    many = [Step(kind="task", days=day, hour=10) for day in range(1, 8)]
    with pytest.raises(BadPlan, match=r"^6: too_many_steps$"):
        set_plan(new_york, manager, *many)
    with pytest.raises(BadPlan, match=r"^1: same_time$"):
        set_plan(new_york, manager, THREE[0], Step(kind="task", days=3, hour=10))
    assert not FollowUpPlan.objects.exists()


@pytest.mark.parametrize(
    ("left_at", "zone", "days", "due"),
    [
        # Ten o'clock in the store's day, whatever the season; New York left summer time on 1 November 2026.
        ("2026-10-30T22:00Z", "America/New_York", 1, "2026-10-31T14:00Z"),
        ("2026-10-30T22:00Z", "America/New_York", 3, "2026-11-02T15:00Z"),
        ("2027-03-12T18:00Z", "America/New_York", 3, "2027-03-15T14:00Z"),
        ("2027-03-27T12:00Z", "Europe/London", 1, "2027-03-28T09:00Z"),
        # Past midnight in London, and still the day before in New York.
        ("2026-11-20T02:00Z", "America/New_York", 1, "2026-11-20T15:00Z"),
        ("2026-11-20T17:00Z", "Asia/Shanghai", 1, "2026-11-22T02:00Z"),
    ],
)
def test_a_step_is_due_at_its_hour_of_the_stores_day(left_at: str, zone: str, days: int, due: str) -> None:
    step = FollowUpStep(kind="task", days=days, hour=10)
    found = due_of(step=step, left_at=datetime.fromisoformat(left_at), zone=zone)
    assert found == datetime.fromisoformat(due)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("not_before", "due"),
    [
        ("2026-11-20T15:00Z", "2026-11-23T15:00Z"),
        ("2026-11-25T14:59Z", "2026-11-25T15:00Z"),
        ("2026-11-25T15:00Z", "2026-11-25T15:00Z"),
        ("2026-11-25T15:01Z", "2026-11-26T15:00Z"),
        ("2026-11-26T03:00Z", "2026-11-26T15:00Z"),
    ],
)
def test_a_step_that_was_put_off_keeps_its_hour(not_before: str, due: str) -> None:
    step = FollowUpStep(kind="task", days=3, hour=10)
    found = due_of(
        step=step,
        left_at=datetime.fromisoformat("2026-11-20T18:00Z"),
        zone="America/New_York",
        not_before=datetime.fromisoformat(not_before),
    )
    assert found == datetime.fromisoformat(due)
