"""The queue of texts: what an idle look costs with a long history, and how fast due texts are claimed and sent.

A process of its own, since its tables are filled as no other part's: `python -m tests.bench.queue` prints JSON. It
finds its database in the environment.
"""

import json
import sys
import threading
from multiprocessing import get_context
from time import monotonic, perf_counter
from typing import Any, Final

import django
from psycopg import connect

from tests.bench.figures import percentile, spread
from tests.bench.house import say

FINISHED: Final = 1_000_000
SCHEDULED: Final = 100_000
LOOKS: Final = 300
CLAIMED: Final = 1_000
WORKERS: Final = 4
POLL_GOAL_MS: Final = 1.0
CLAIM_GOAL: Final = 0.5


def main() -> int:
    """Prints the figures of the queue."""
    django.setup()
    from tests.bench import shops

    shops.migrate()
    figures: dict[str, Any] = {}
    say(f"{CLAIMED} due texts for {WORKERS} workers, and as many rows for a plain SQL loop")
    figures["claims"] = _measure_claims()
    say(f"filling the tables with {FINISHED:,} finished and {SCHEDULED:,} scheduled texts")
    _fill()
    figures["idle_poll"] = _measure_polls()
    print(json.dumps(figures))
    return 0


def _fill() -> None:
    """History and future, one statement each: what was finished lies in the past, and what waits does not."""
    from tests.bench.rows import execute

    _multiply(count=FINISHED, state="delivered", send_at="clock_timestamp() - (n %% 2592000) * interval '1 s'")
    _multiply(count=SCHEDULED, state="scheduled", send_at="clock_timestamp() + (86400 + n) * interval '1 s'")
    execute("ANALYZE messaging_message")


def _multiply(*, count: int, state: str, send_at: str) -> None:
    """So many rows like one of ours, in this state, each of a visit of its own and due at its own moment."""
    from messaging.models import Message
    from tests.bench.rows import multiply

    multiply(
        Message,
        count=count,
        id="gen_random_uuid()",
        subject="'visit:' || gen_random_uuid()",
        state=f"'{state}'",
        provider_sid="NULL",
        token="NULL",
        left_at=f"{send_at} - interval '300 s'",
        send_at=send_at,
        not_after=f"{send_at} + interval '30 min'",
    )


def _measure_polls() -> dict[str, Any]:
    """One look of the pump at a queue in which nothing is due, beside the plainest question there is."""
    from messaging import sending
    from tests.bench.rows import execute

    looks, floor = [], []
    for _ in range(LOOKS):
        begun = perf_counter()
        assert sending.drain() == 0
        looks.append((perf_counter() - begun) * 1000)
        begun = perf_counter()
        execute("SELECT 1")
        floor.append((perf_counter() - begun) * 1000)
    return {
        "finished": FINISHED,
        "scheduled": SCHEDULED,
        **spread(looks, 50, 95, unit="ms", digits=2),
        "floor_select_1": spread(floor, 50, 95, unit="ms", digits=2),
        "goal": f"p50_ms < {POLL_GOAL_MS}",
        "reached": percentile(looks, 50) < POLL_GOAL_MS,
    }


def _measure_claims() -> dict[str, Any]:
    """Texts a second through claim, posting and settling, each its own commit, beside three plain commits a row."""
    ours = _drained()
    floor = _plain_loop()
    return {
        "texts": CLAIMED,
        "workers": WORKERS,
        "texts_per_second": round(ours, 1),
        "floor_rows_per_second": round(floor, 1),
        "ratio": round(ours / floor, 2),
        "goal": CLAIM_GOAL,
        "reached": ours / floor >= CLAIM_GOAL,
    }


def _drained() -> float:
    """Real texts of real customers, as the gate asks about both, to the provider that only writes them down."""
    from django.db import connections

    from messaging.models import Attempt, Message
    from tests.factories import StoreFactory
    from tests.messaging.factories import due, textable

    store = StoreFactory.create()
    for _ in range(CLAIMED):
        due(store, textable(store))
    connections.close_all()
    context = get_context("spawn")
    ready, go = context.Barrier(WORKERS + 1), context.Event()
    workers = [context.Process(target=_drain, args=(ready, go)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    ready.wait(120)
    begun = monotonic()
    go.set()
    for worker in workers:
        worker.join(300)
    seconds = monotonic() - begun
    sent = Message.objects.filter(state="delivered").count()
    if (sent, Attempt.objects.count()) != (CLAIMED, CLAIMED):
        raise RuntimeError(f"{sent} texts were sent by {Attempt.objects.count()} attempts, not {CLAIMED} by as many")
    return CLAIMED / seconds


def _drain(ready: Any, go: Any) -> None:
    """A worker: looks until nothing is due any more."""
    django.setup()
    from messaging import sending
    from messaging.models import Message

    Message.objects.exists()
    ready.wait(120)
    go.wait()
    while Message.objects.filter(state__in=("scheduled", "claimed", "posting")).exists():
        sending.drain()


def _plain_loop() -> float:
    """The same rows taken by SKIP LOCKED and moved on by three commits, with nothing asked in between."""
    from django.conf import settings

    _multiply(count=CLAIMED, state="scheduled", send_at="clock_timestamp() - n * interval '1 ms'")
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    begun = monotonic()
    threads = [threading.Thread(target=_take, args=(url,)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLAIMED / (monotonic() - begun)


def _take(url: str) -> None:
    with connect(url, autocommit=True) as connection:
        while True:
            claimed = connection.execute(
                "UPDATE messaging_message SET state = 'claimed', token = gen_random_uuid(), lease_until = now() "
                "WHERE id = (SELECT id FROM messaging_message WHERE state = 'scheduled' AND send_at <= now() "
                "ORDER BY send_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
            ).fetchone()
            if claimed is None:
                return
            connection.execute("UPDATE messaging_message SET state = 'posting' WHERE id = %s", claimed)
            connection.execute("UPDATE messaging_message SET state = 'accepted' WHERE id = %s", claimed)


if __name__ == "__main__":
    sys.exit(main())
