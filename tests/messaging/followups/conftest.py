"""A store that follows up, and a customer who may hear more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from crm.changes import next_seq
from crm.clock import db_now
from crm.models import Customer, Staff, Store
from messaging import sending
from messaging.contract.plans import Outcome
from messaging.followups import following, plans, stepping
from messaging.followups.following import Visited
from messaging.followups.plans import Step
from messaging.models import FollowUp, FollowUpPlan, Message
from tests.messaging.factories import agreed, textable

THREE = (
    Step(kind="text", days=3, hour=10, purpose="follow_up_day_3"),
    Step(kind="task", days=7, hour=11, what="Ask how the ring fits"),
    Step(kind="text", days=30, hour=10, purpose="satisfaction"),
)


def set_plan(
    store: Store, manager: Staff, *steps: Step, outcome: Outcome = "not_bought", replaces: int = 0
) -> FollowUpPlan:
    return plans.set_plan(
        store=store,
        outcome=outcome,
        steps=steps or THREE,
        replaces=replaces,
        author_id=manager.pk,
        now=db_now(),
    )


def told(store: Store, customer: Customer | None, **facts: Any) -> FollowUp | None:
    """As a visit does that was just left, or says `left_at=None`."""
    now = db_now()
    left_at: datetime | None = facts.pop("left_at", now)
    staff: Staff | None = facts.pop("staff", None)
    given: dict[str, Any] = {"outcome": "not_bought", "subject": f"visit:{uuid4()}", "withdrawn": "reopened"} | facts
    visited = Visited(
        organization_id=store.organization_id,
        store_id=store.pk,
        customer_id=customer.pk if customer else None,
        staff_id=staff.pk if staff else None,
        began_at=given.pop("began_at", (left_at or now) - timedelta(minutes=20)),
        left_at=left_at,
        **given,
    )
    following.settle(visits=[visited], seq=next_seq(store.pk), now=now)
    return FollowUp.objects.filter(subject=visited.subject).first()


def begun(store: Store, customer: Customer, **facts: Any) -> FollowUp:
    follow_up = told(store, customer, **facts)
    assert follow_up is not None
    return follow_up


def step_texts(follow_up: FollowUp) -> list[Message]:
    return list(Message.objects.filter(subject=follow_up.subject).exclude(group="departure").order_by("closing"))


def waiting(follow_up: FollowUp, days_pass: Callable[[float], None]) -> FollowUp:
    """Its next text waits for its hour."""
    _until(follow_up, days_pass, before=timedelta(minutes=30))
    assert stepping.take_due() == 1
    return follow_up


def its_hour_comes(follow_up: FollowUp, days_pass: Callable[[float], None]) -> Message:
    """The last text of those that wait or went, when it is due."""
    text = step_texts(follow_up)[-1]
    days_pass((text.send_at - db_now()) / timedelta(days=1))
    return text


def its_step_comes(follow_up: FollowUp, days_pass: Callable[[float], None]) -> None:
    """The next step is due, and whatever it makes goes out."""
    _until(follow_up, days_pass)
    assert stepping.take_due() == 1
    sending.drain()


def _until(follow_up: FollowUp, days_pass: Callable[[float], None], *, before: timedelta = timedelta()) -> None:
    follow_up.refresh_from_db()
    assert follow_up.due_at is not None
    days_pass((follow_up.due_at - before - db_now()) / timedelta(days=1))


@pytest.fixture
def emma(new_york: Store) -> Customer:
    """She agreed to the text after the visit, and to hear more."""
    customer = textable(new_york, number="+12125550142")
    agreed(customer, purpose="offers", at=db_now() - timedelta(hours=1))
    return customer


@pytest.fixture
def plan(new_york: Store, manager: Staff) -> FollowUpPlan:
    """What follows a visit to New York at which nothing was bought."""
    return set_plan(new_york, manager)


@pytest.fixture
def days_pass(later: Callable[..., float]) -> Callable[[float], None]:
    def move(days: float) -> None:
        later(seconds=days * 86_400)

    return move
