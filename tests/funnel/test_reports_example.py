"""The worked example of the design (analytics.md §2.3), from taps to figures."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from crm.models import Store
from funnel import projection
from funnel.fold import Event
from funnel.models import Visit
from funnel.reports.overview import overview
from tests.factories import staff_in
from tests.funnel.factories import NOW, SEND_OFF, playbook

pytestmark = pytest.mark.django_db


class Told:
    """Writes visits as tablets send them, a minute between two taps."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.associates = {name: staff_in(store, "associate") for name in "AB"}

    def visit(self, at: datetime, who: str, *steps: str) -> None:
        started: dict[str, Any] = {"playbook": "six@1", "party_size": 1, "kind": "selling", "practice": False}
        taps = [("visit.started", started), *(self._tap(step) for step in steps)]
        device, actor = uuid4(), self.associates[who].pk
        events = [
            Event(
                id=uuid4(),
                type=type_,
                at=at + timedelta(minutes=n),
                received_at=at + timedelta(minutes=n),
                device=device,
                seq=n,
                actor=actor,
                data=data,
            )
            for n, (type_, data) in enumerate(taps)
        ]
        visits = projection.project(log_id=uuid4(), events=events, store=self.store)
        projection.save([visit.row for visit in visits])

    def _tap(self, step: str) -> tuple[str, dict[str, Any]]:
        stages = {"G": "greet", "I": "icebreak", "N": "needs", "V": "value", "P": "proof", "C": "closing"}
        name, _, detail = step.partition(" ")
        if name in stages:
            return "stage.entered", {"stage": stages[name]}
        if name == "S":
            return "stage.entered", {"stage": SEND_OFF}
        if name == "bought":
            return "outcome.recorded", {"result": name, "amount_minor": int(detail) * 100, "currency": "USD"}
        if name == "lost":
            return "outcome.recorded", {"result": "not_bought", "reason": detail}
        if name == "refunded":
            return "refund.recorded", {"amount_minor": int(detail) * 100, "currency": "USD"}
        if name == "void":
            return "visit.voided", {"reason": "duplicate"}
        return "outcome.recorded", {"result": name}


def test_the_worked_example_of_the_design(new_york: Store) -> None:
    playbook()
    told = Told(new_york)
    four_days_ago = NOW - timedelta(days=4)
    told.visit(four_days_ago, "A", "G", "I", "N", "V", "P", "C", "bought 1000", "S")
    told.visit(four_days_ago, "A", "G", "I", "N", "lost price", "S")
    told.visit(four_days_ago, "A", "G", "N", "V", "C", "bought 400", "S", "refunded 400")
    told.visit(four_days_ago, "B", "G", "N", "I", "V", "lost partner", "S")
    told.visit(four_days_ago, "B", "G")
    told.visit(NOW - timedelta(days=1), "B", "C", "bought 700")
    told.visit(four_days_ago, "A", "G", "I", "void")
    told.visit(four_days_ago, "A", "G", "left_early")

    report = overview(stores=[new_york], days=7, now=NOW)

    [funnel] = report.funnels
    assert [stage.n for stage in funnel.stages] == [7, 5, 5, 4, 3, 3]
    assert funnel.bought == 3
    visits = Visit.objects.filter(store=new_york).exclude(status="voided")
    assert [sum(v.in_order >= place for v in visits) for place in range(1, 7)] == [6, 3, 2, 1, 1, 1]
    assert [sum(v.stages_mask >> place & 1 for v in visits) for place in range(1, 7)] == [6, 3, 4, 3, 1, 3]
    assert (report.close.k, report.close.n) == (3, 7)
    assert report.close.low == pytest.approx(0.158, abs=5e-4)
    assert report.close.high == pytest.approx(0.750, abs=5e-4)
    assert report.visits.not_closed_out == 1
    assert [(m.currency, m.gross_minor, m.bought, m.average_minor) for m in report.money] == [
        ("USD", 210_000, 3, 70_000)
    ]
    assert (funnel.sends.k, funnel.sends.n) == (4, 6)
    assert {reason.code: reason.n for reason in report.reasons} == {"price": 1, "partner": 1, None: 1}
