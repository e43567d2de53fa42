"""What a manager decides about texts of which nobody can know whether they were sent."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.hand import LONGEST_MS
from tests.browser.test_manager import sign_in
from tests.product import Product, digits, eventually, new_number

# As a worker leaves them that died with the words at the provider's door, and whose provider can tell nothing.
IN_DOUBT = """
from uuid import uuid4
from django.db import transaction
from crm.changes import next_seq
from crm.clock import db_now
from crm.models import Store
from messaging import arrows
from messaging.models import Attempt
from tests.messaging.factories import plan, textable
store = Store.objects.get(name="{store}")
for name, number in {people}:
    with transaction.atomic():
        text = plan(store, textable(store, number=number, name=name, address_as=name))
        now, token = db_now(), uuid4()
        Attempt.objects.create(
            message=text, number=1, token=token, provider="console", to=number, body=text.body, started_at=now,
            outcome="unknown", ended_at=now,
        )
        for state in ("claimed", "posting", "unknown", "needs_review"):
            changes = dict(attempts_made=1, posted_at=now) if state == "posting" else dict()
            lease = now if state in ("claimed", "posting") else None
            moved = dict(to=state, seq=next_seq(store.pk), why="of a test", token=token, lease_until=lease)
            look = now if state == "unknown" else None
            assert arrows.move(text, now=now, reconcile_at=look, **moved, **changes)
"""


def test_each_doubt_is_ended_by_one_of_three_words(page: Page, product: Product) -> None:
    people = [(name, "+" + digits(new_number())) for name in ("Sabine", "Agatha", "Dorothea")]
    product.run(IN_DOUBT.format(store=product.store(0), people=people))
    sign_in(page, product)
    page.get_by_test_id("page-trust").tap()

    def doubt(name: str) -> Locator:
        return page.get_by_test_id("doubt").filter(has_text=name)

    for name, number in people:
        expect(doubt(name)).to_contain_text(number[-4:], timeout=LONGEST_MS)
        expect(doubt(name)).to_contain_text("thank")
    (_, sent), (_, again), (_, dropped) = people
    doubt("Sabine").get_by_test_id("resolve-sent").tap()
    expect(doubt("Sabine")).to_have_count(0)
    doubt("Dorothea").get_by_test_id("resolve-drop").tap()
    expect(doubt("Dorothea")).to_have_count(0)
    # Only this one could reach somebody twice, so it is asked for twice.
    doubt("Agatha").get_by_test_id("resolve-again").tap()
    expect(doubt("Agatha")).to_contain_text("reads it twice")
    assert product.texts(again) == []
    doubt("Agatha").get_by_test_id("resolve-again-sure").tap()
    expect(doubt("Agatha")).to_have_count(0)
    assert "Agatha" in product.text(again).body
    # The worker that sent it has passed the others by.
    eventually(lambda: len(product.texts(again)) == 1, "the one text that was asked for")
    assert product.texts(sent) == product.texts(dropped) == []
