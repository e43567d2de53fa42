"""The attack on the promise: workers are killed without a word while texts go out, the provider drops and delays its
answers, and the database crashes. Afterwards every text must have been sent once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction

from crm.clock import shift_clock
from messaging import reconciling, sending
from messaging.contract.states import IN_DOUBT, STILL_OURS
from messaging.contract.times import LEASE_SECONDS
from messaging.fakes.faults import Mix
from messaging.models import Message
from tests.faults.invariants import Judged, judge
from tests.messaging.fake_twilio import ACCOUNT, FROM, TOKEN, FakeTwilio

# The bad day on which the protocol was measured first (messaging.md, 5), in weights.
BAD_DAY = {
    "ok": 48,
    "drop_after": 8,
    "drop_before": 6,
    "500_after": 6,
    "500_before": 6,
    "429": 6,
    "slow": 8,
    "silent": 6,
    "late": 6,
}
WORKERS = 4
LONGEST_SECONDS = 900
# After this much of the moved clock nothing may be left in doubt.
SETTLED_AFTER_SECONDS = 900
STEP_SECONDS = 45


@dataclass
class Attack:
    """What is done, all of it drawn from the seed but for the moments at which processes happen to be."""

    seed: int
    kills: int
    crashes: int = 0
    mix: dict[str, float] = field(default_factory=lambda: dict(BAD_DAY))


@dataclass(frozen=True)
class Outcome:
    judged: Judged
    kills: int
    crashes: int
    requests: int
    seconds: float


def attack(*, plan: Attack, provider: FakeTwilio, texts: list[Message]) -> Outcome:
    """Lets the workers send while they are killed, then lets everything settle, and judges."""
    begun = time.monotonic()
    chance = random.Random(plan.seed)
    provider.mix = Mix(plan.mix, plan.seed)
    provider.slow_seconds, provider.late_seconds, provider.retry_after = 0.3, 1.2, "1"
    provider.list_lag_seconds = 0.3
    kills = crashes = 0
    crash_at = sorted(chance.sample(range(1, plan.kills), plan.crashes)) if plan.crashes else []
    while kills < plan.kills and time.monotonic() - begun < LONGEST_SECONDS:
        with nursery(WORKERS) as alive:
            until = min(plan.kills, kills + max(8, plan.kills // 6))
            while kills < until:
                time.sleep(chance.uniform(0.05, 0.35))
                kills += alive.kill_one(chance)
                if crash_at and kills >= crash_at[0]:
                    crash_at.pop(0)
                    crash_database()
                    crashes += 1
        # Time may only be moved while nobody is in the middle of a request: the leases and the settling rest on the
        # two clocks running alike.
        quiet(provider)
        pass_time(provider, LEASE_SECONDS + 1)
    provider.mix = Mix({"ok": 1}, plan.seed)
    settle(provider, texts)
    return Outcome(judge(texts, provider), kills, crashes, len(provider.asked), time.monotonic() - begun)


def settle(provider: FakeTwilio, texts: list[Message]) -> None:
    """Lets time pass until nothing is left to do, a quarter of an hour at most: the last look at a doubt is due
    eleven minutes after its posting."""
    for _ in range(0, SETTLED_AFTER_SECONDS, STEP_SECONDS):
        pass_time(provider, STEP_SECONDS)
        sending.drain()
        reconciling.reconcile()
        if not open_texts(texts):
            return


def open_texts(texts: list[Message]) -> int:
    """How many still wait, or are in a doubt that no person was asked about."""
    unfinished = set(STILL_OURS) | set(IN_DOUBT) - {"needs_review"}
    return Message.objects.filter(pk__in=[text.pk for text in texts], state__in=unfinished).count()


def quiet(provider: FakeTwilio) -> None:
    """Until the provider has been asked nothing for as long as its latest text may take, and a little more."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < provider.late_seconds + 0.5:
        now = len(provider.asked) + len(provider.created)
        if now != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.05)


def pass_time(provider: FakeTwilio, seconds: float) -> None:
    """Time passes for the database and for the provider."""
    with transaction.atomic():
        shift_clock(seconds=seconds)
    provider.ahead += timedelta(seconds=seconds)


def crash_database() -> None:
    """Kills one session's process: PostgreSQL then ends all others and recovers from its log, as after a crash."""
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        others = [pid for (pid,) in cursor.fetchall()]
    victim = others[0] if others else None
    if victim is None:
        return
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return
    end = time.monotonic() + 30
    # A new session might be there before the server has noticed; ours ends when it has.
    while answers() and time.monotonic() < end:
        time.sleep(0.01)
    while not answers():
        if time.monotonic() > end:
            raise TimeoutError("the database did not come back")
        time.sleep(0.05)


def answers() -> bool:
    """Whether the database does, in the session that we have or else in a new one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        connection.close()
        return False
    return True


class Alive:
    """The workers that the nursery has told of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._pids: list[int] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Call it when the nursery has ended."""
        self._reader.join()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                with self._more:
                    self._pids.append(int(line.removeprefix("+")))
                    self._more.notify_all()

    def wait(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self._pids) >= count, timeout=60), "the workers did not start"

    def kill_one(self, chance: random.Random) -> int:
        """Kills one of them without a word; says how many that were."""
        with self._more:
            if not self._pids:
                return 0
            pid = self._pids.pop(chance.randrange(len(self._pids)))
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return 0
        return 1


@contextlib.contextmanager
def nursery(workers: int, **changed: str) -> Iterator[Alive]:
    """That many workers, each started anew when it ends; none is left when the block ends. `changed` is for their
    environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery", str(workers)],
        cwd=settings.BASE_DIR,
        env=environment() | changed,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    alive = Alive(process)
    try:
        alive.wait(workers)
        yield alive
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        alive.close()


def environment() -> dict[str, str]:
    """Leads a worker to this database and to the pretended provider."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "critical",
        "PUBLIC_BASE_URL": "https://crm.example",
        "SENDOFF_MODE": "demo",
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_API_URL": settings.TWILIO_API_URL,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
        "TWILIO_SEGMENTS_PER_SECOND": "1000000",
        "TZ": "UTC",
    }


def database_url() -> str:
    """The database of this process, as a setting."""
    name: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name['NAME']}"
    return f"postgres://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"
