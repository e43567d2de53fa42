"""Everybody at once: each text is sent once, or cancelled."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from huey.contrib.djhuey import HUEY

from crm.clock import db_now
from crm.models import Staff, Store
from messaging.models import Attempt, Message
from tests.conftest import signed_in
from tests.faults.attack import environment
from tests.faults.records import posts
from tests.faults.together import race, send_all
from tests.messaging.factories import due, plan, textable
from tests.messaging.fake_twilio import FakeTwilio
from tests.product import eventually

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

# `make faults` has a thousand due together, and five hundred cancelled.
DUE, CANCELED = 60, 30
# What no alarm rings for is found by the pump; in its worst minute it is this late.
LATEST = timedelta(seconds=60)


def test_four_workers_send_everything_that_is_due_at_once_each_text_once(
    twilio: FakeTwilio, new_york: Store, london: Store
) -> None:
    texts = [due(store, textable(store), seconds_ago=20) for _ in range(DUE // 2) for store in (new_york, london)]
    send_all(workers=4)
    assert len(twilio.asked) == len(twilio.created) == DUE
    assert {text["to"] for text in twilio.created} == {text.contact.e164 for text in texts if text.contact}
    assert Attempt.objects.count() == DUE
    assert set(Message.objects.values_list("state", "attempts_made")) == {("accepted", 1)}


def test_a_text_that_is_cancelled_in_the_moment_of_sending_is_either_sent_or_cancelled(
    twilio: FakeTwilio, new_york: Store, manager: Staff
) -> None:
    client = signed_in(manager)
    ended = race(
        texts=[partial(due, new_york)] * CANCELED,
        cancel=lambda message: client.post(f"/messages/{message.pk}/cancel", {}).status_code,
        seed=20261125,
    )
    assert set(ended) <= {"200 canceled", "409 accepted"}
    assert ended.total() == CANCELED
    for message in Message.objects.select_related("contact"):
        assert message.contact is not None
        assert twilio.sent_to(message.contact.e164) == int(message.state == "accepted")
    assert len(twilio.asked) == ended["409 accepted"]


def test_two_workers_of_the_product_on_one_queue_that_is_then_lost_send_each_text_once(
    twilio: FakeTwilio, new_york: Store, london: Store, queue_of_its_own: None, tmp_path: Path
) -> None:
    def leaving(seconds_from_now: float) -> None:
        """Plans a text that is due in so many seconds, with an alarm."""
        left_at = db_now() - timedelta(seconds=300 - seconds_from_now)
        store = new_york if len(texts) % 2 else london
        texts.append(plan(store, textable(store), left_at=left_at))

    def sent() -> list[int]:
        return [(folder / "log").read_text().count("text_posted") for folder in folders]

    def each_has_sent() -> bool:
        leaving(0.2)
        return all(sent())

    texts: list[Message] = []
    folders = [tmp_path / "one", tmp_path / "two"]
    with workers(folders) as running:
        eventually(each_has_sent, "a text from each worker", seconds=60, every=0.5)
        # A file is gone for whoever opens it from now on, a server is emptied of what is there: either way no worker
        # hears an alarm of these.
        lose_the_queue()
        for n in range(10):
            leaving(2 + n / 20)
        lose_the_queue()
        eventually(lambda: not Message.objects.exclude(state="accepted").exists(), "every text", seconds=80)
        assert [process.poll() for process in running] == [None, None]
    asked = posts(twilio)
    assert len(asked) == len(twilio.created) == Attempt.objects.count() == sum(sent()) == len(texts)
    assert len({text["to"] for text in twilio.created}) == len(texts)
    for message in texts:
        message.refresh_from_db()
        assert message.posted_at is not None
        assert timedelta() <= message.posted_at - message.send_at <= LATEST


@contextlib.contextmanager
def workers(folders: Sequence[Path]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One `manage.py worker` for each folder, all on this database and this queue."""
    running = []
    try:
        for folder in folders:
            folder.mkdir()
            changed = {"DATA_DIR": str(folder), "HUEY_URL": settings.HUEY_URL, "LOG_LEVEL": "info"}
            with (folder / "log").open("wb") as log:
                running.append(
                    subprocess.Popen(
                        [sys.executable, "manage.py", "worker"],
                        cwd=settings.BASE_DIR,
                        env=environment() | changed,
                        stdout=log,
                        stderr=log,
                    )
                )
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def queue_of_its_own() -> Iterator[None]:
    HUEY.flush()
    yield
    HUEY.flush()


def lose_the_queue() -> None:
    """A file is deleted under whoever has it open, a server is emptied."""
    file = settings.HUEY_URL.removeprefix("sqlite:///")
    if file == settings.HUEY_URL:
        HUEY.flush()
        return
    for path in Path(file).parent.glob(f"{Path(file).name}*"):
        path.unlink()
    # As a process that starts anew.
    HUEY.storage.close()
    HUEY.storage.initialize_schema()
