"""From the first tap to the text, through the real web server and the real worker, whatever happens to them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from crm.ids import uuid7
from tests.overhttp import OverHttp
from tests.product import DELAY_SECONDS, Product, eventually, new_number

pytestmark = [pytest.mark.slow_journey, pytest.mark.timeout(400)]

LATEST_SECONDS = 7.0
# One machine, but the tablet only estimates how far its clock is from the server's.
CLOCK_SLACK = 0.1
SENT = {"accepted", "sent", "delivered"}


def in_time(product: Product, number: str, left_at: float) -> None:
    after = product.text(number).at - left_at
    assert DELAY_SECONDS - CLOCK_SLACK <= after <= LATEST_SECONDS


def test_a_visit_becomes_one_text_after_five_seconds(product: Product) -> None:
    tablet = OverHttp.enrolled(product)
    lost, bought = new_number(), new_number()
    visit, lost_at = tablet.whole_visit(lost)
    other, bought_at = tablet.whole_visit(bought, bought=True)
    in_time(product, lost, lost_at)
    in_time(product, bought, bought_at)
    assert "better match" in product.text(lost).body
    assert "helping you choose" in product.text(bought).body
    eventually(lambda: tablet.visit(other)["messages"][0]["state"] in SENT, "the text is settled")
    told = tablet.visit(visit)
    assert told["visit"]["status"] == "not_bought"
    assert [event["type"] for event in told["events"]].count("stage.entered") == 7
    assert [message["state"] in SENT for message in told["messages"]] == [True]


def test_a_worker_killed_before_the_text_is_due_changes_nothing(product: Product) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    tablet = OverHttp.enrolled(product)
    number = new_number()
    _, left_at = tablet.whole_visit(number)
    [worker] = product.processes("worker")
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: product.processes("worker") not in ([], [worker]), "another worker")
    text = product.text(number)
    assert text.at - left_at >= DELAY_SECONDS - CLOCK_SLACK
    # A later text of the same worker has come, and the first is still the only one of its number.
    after = new_number()
    in_time(product, after, tablet.whole_visit(after)[1])
    assert len(product.texts(number)) == 1


def test_a_worker_killed_again_and_again_around_the_due_moment_never_sends_twice(product: Product) -> None:
    """Wherever the blow falls: each text is sent once, or stands as one that may have been sent."""
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    tablet = OverHttp.enrolled(product)
    numbers = [new_number() for _ in range(10)]
    visits = [tablet.whole_visit(number)[0] for number in numbers]

    def taken_up() -> bool:
        states = [tablet.visit(visit)["messages"][0]["state"] for visit in visits]
        return "scheduled" not in states

    killed: set[int] = set()
    eventually(lambda: any(product.texts(number) for number in numbers), "the first of ten texts", every=0.01)
    for worker in product.processes("worker"):
        os.kill(worker, signal.SIGKILL)
        killed.add(worker)
    assert killed
    # What the dead worker held stays in its hands until the lease ends; all the others go out.
    eventually(taken_up, "every other text is sent", seconds=40, every=0.2)
    eventually(lambda: product.processes("worker"), "another worker")
    for number, visit in zip(numbers, visits, strict=True):
        [message] = tablet.visit(visit)["messages"]
        assert len(product.texts(number)) <= 1
        assert (message["state"] in SENT) <= (len(product.texts(number)) == 1)


def test_two_tablets_work_on_one_visit(product: Product) -> None:
    """Each sees what the other taps; both let the customer leave, and one text goes out."""
    one, two = OverHttp.enrolled(product), OverHttp.enrolled(product, person=1)
    number = new_number()
    visit, customer = uuid7(), uuid7()
    one.hand_in(one.start(visit))
    assert two.visit(visit)["visit"]["stage"] == "greeting"
    two.hand_in(two.go_through(visit))
    two.hand_in([two.outcome(visit, bought=True)])
    assert one.visit(visit)["visit"]["status"] == "bought"
    left_at = time.time()
    goodbye = one.leave(visit, customer)
    one.hand_in(goodbye, one.customer(customer, number))
    two.hand_in([two.tap(visit, "visit.departed")])
    # The network swallowed an answer: the same words again.
    one.hand_in(goodbye)
    in_time(product, number, left_at)
    eventually(lambda: two.visit(visit)["messages"][0]["state"] in SENT, "the text is settled")
    assert len(product.texts(number)) == 1
    assert len(two.visit(visit)["messages"]) == 1
