"""What tablets learn of texts, and when."""

from datetime import timedelta
from typing import get_args

import pytest

from crm.changes import current_feed
from crm.clock import db_now
from crm.models import Customer, Store
from messaging import changes, planning
from messaging.contract.states import MAY_HAVE_LEFT, STATES, STILL_OURS
from messaging.models import Message
from tests.messaging.factories import plan, textable


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def changed(store: Store, after_seq: int | None, hours: float = 1) -> list[str]:
    since = db_now() - timedelta(hours=hours)
    return [state["id"] for state, _ in changes.changed_messages(store_id=store.pk, after_seq=after_seq, since=since)]


def test_a_cursor_finds_what_changed_after_it_and_nothing_else(new_york: Store, london: Store, emma: Customer) -> None:
    first = plan(new_york, emma)
    seen = current_feed(new_york.pk).seq
    assert changed(new_york, seen) == []
    second = plan(new_york, textable(new_york))
    plan(london, textable(london))
    assert changed(new_york, seen) == [str(second.pk)]
    planning.cancel(message=first, actor_id=None)
    assert changed(new_york, seen) == [str(second.pk), str(first.pk)]
    assert changed(new_york, 0) == [str(second.pk), str(first.pk)]


def test_the_version_rises_with_every_change(new_york: Store, emma: Customer) -> None:
    message = plan(new_york, emma)
    before = changes.changed_messages(store_id=new_york.pk, after_seq=0, since=db_now())[0][1]
    planning.cancel(message=message, actor_id=None)
    assert changes.changed_messages(store_id=new_york.pk, after_seq=0, since=db_now())[0][1] > before


def test_without_a_cursor_there_is_today_and_what_is_not_finished(new_york: Store, emma: Customer) -> None:
    long_ago = db_now() - timedelta(hours=3)
    waiting, doubtful, over, today = (
        plan(new_york, emma, left_at=long_ago, received_at=db_now()),
        plan(new_york, textable(new_york), left_at=long_ago, received_at=db_now()),
        plan(new_york, None, left_at=long_ago),
        plan(new_york, None),
    )
    Message.objects.filter(pk=doubtful.pk).update(state="unknown", reconcile_at=db_now())
    assert set(changed(new_york, None)) == {str(m.pk) for m in (waiting, doubtful, today)}
    assert str(over.pk) in changed(new_york, None, hours=4)


@pytest.mark.by_turns
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_word_and_only_ours_can_be_cancelled(new_york: Store, emma: Customer, state: str) -> None:
    message = plan(new_york, emma)
    message.state, message.posted_at = state, db_now()
    shown = changes.message_state(message)
    assert shown["state_word"] in get_args(changes.StateWord)
    assert shown["can_cancel"] == (state in STILL_OURS)
    assert (shown["sent_at"] is not None) <= (state in MAY_HAVE_LEFT or state == "failed")


def test_a_visits_texts_come_in_the_order_of_its_closings(new_york: Store, shanghai: Store, emma: Customer) -> None:
    second = plan(new_york, emma, closing=2)
    first = plan(new_york, None, subject=second.subject)
    about = {"subject": second.subject, "organization_id": new_york.organization_id}
    assert [s["id"] for s in changes.messages_about(**about)] == [str(first.pk), str(second.pk)]  # type: ignore[arg-type]
    about["organization_id"] = shanghai.organization_id
    assert changes.messages_about(**about) == []  # type: ignore[arg-type]
