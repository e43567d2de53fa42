"""A tablet without a screen at a running product: hands in what a finger would tap, and reads what is told."""

from __future__ import annotations

import time
from typing import Any, Self
from uuid import UUID

from crm.ids import uuid7
from funnel.demo.story import Tap
from funnel.demo.tablet import Tablet
from tests.product import Product

STAGES = ("greeting", "icebreaking", "needs", "value", "proof", "closing", "send_off")
PLAYBOOK = "jewellery_eight@1"
Event = dict[str, Any]


class OverHttp(Tablet):
    """An enrolled tablet of New York in the hands of one associate."""

    actor: str

    @classmethod
    def enrolled(cls, product: Product, *, person: int = 0) -> Self:
        tablet = cls(product.url)
        tablet.enrol(product.code())
        people = [each for each in tablet.bootstrap()["roster"] if each["role"] == "associate"]
        tablet.actor = people[person]["id"]
        return tablet

    def tap(self, visit: UUID, kind: str, /, **data: Any) -> Event:
        return self.event(visit, Tap(after=0, type=kind, data=data), actor=self.actor)

    def start(self, visit: UUID) -> list[Event]:
        data = {"playbook": PLAYBOOK, "party_size": 2, "source": "walk_in", "kind": "selling"}
        return [self.tap(visit, "visit.started", **data), self.tap(visit, "stage.entered", stage=STAGES[0])]

    def go_through(self, visit: UUID) -> list[Event]:
        return [self.tap(visit, "stage.entered", stage=stage) for stage in STAGES[1:]]

    def outcome(self, visit: UUID, *, bought: bool) -> Event:
        if bought:
            return self.tap(visit, "outcome.recorded", result="bought", amount_minor=125_000, currency="USD")
        return self.tap(visit, "outcome.recorded", result="not_bought", reason="price")

    def leave(self, visit: UUID, customer: UUID) -> list[Event]:
        identified = self.tap(visit, "customer.identified", customer=str(customer))
        return [identified, self.tap(visit, "visit.departed")]

    def presence(self, state: str, **data: Any) -> Event:
        return self.tap(uuid7(), "presence.changed", state=state, **data) | {"visit": None}

    def customer(self, customer: UUID, number: str, *, granted: bool = True) -> dict[str, Any]:
        return self.person(
            {
                "id": str(customer),
                "name": "Maria Jones",
                "address_as": "Maria",
                "number": number,
                "country": "US",
                "language": "en",
                "consents": [{"id": str(uuid7()), "purpose": "visit_text", "wording": 1, "granted": granted}],
            }
        )

    def whole_visit(self, number: str, *, bought: bool = False) -> tuple[UUID, float]:
        """A visit in one batch; answers its id and when the customer left."""
        visit, customer = uuid7(), uuid7()
        events = [*self.start(visit), *self.go_through(visit), self.outcome(visit, bought=bought)]
        left_at = time.time()
        events += self.leave(visit, customer)
        self.hand_in(events, self.customer(customer, number))
        return visit, left_at

    def hand_in(self, events: list[Event], *people: dict[str, Any]) -> None:
        """Hand in a batch of which the server takes everything, now or earlier."""
        results = self.sync(events=events, people=people)
        assert {result["status"] for result in results} <= {"accepted", "duplicate"}, results

    def read(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def jump_to_the_next_text(self) -> None:
        """Move the demo's clock to where a text is due, as the button on its page does."""
        self._ask("POST", "/demo/jump", {"to": "next_text"})

    def visit(self, visit: UUID) -> dict[str, Any]:
        """The visit as the server has it: its state, its events, its texts."""
        return self.read(f"/api/v1/visits/{visit}")
