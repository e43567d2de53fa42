"""The long attack on the promise about texts: `make faults [SEED=…]`, or `python -m tests.faults --help`.

On a PostgreSQL of its own it lets 1,000 texts go out that are due at once, has 500 cancelled in the very moment of
sending, then lets 400 go out while workers are killed, the provider has a bad day and the database crashes; prints
what came of it as JSON, and keeps it in docs/fault-run.json, which the page about the proof shows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messaging.fakes.server import running
from messaging.fakes.twilio import ACCOUNT, FROM, TOKEN, FakeTwilio

if TYPE_CHECKING:
    from tests.faults.attack import Outcome

KEPT = Path(__file__).resolve().parent.parent.parent / "docs" / "fault-run.json"


def main() -> int:
    """Return 0 only if all was done that was asked for, and every text was sent once or is explained."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="what is drawn from it; one is chosen and printed")
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--kills", type=int, default=80)
    parser.add_argument("--crashes", type=int, default=1, help="how often the database crashes")
    parser.add_argument("--together", type=int, default=1000, help="how many are due at once, with nobody killed")
    parser.add_argument("--races", type=int, default=500, help="how many are cancelled in the moment of sending")
    parser.add_argument("--no-keep", action="store_true", help="leave docs/fault-run.json as it is")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    with running(FakeTwilio()) as provider:
        prepare(provider)
        figures = together(provider, seed=seed, texts=options.together, races=options.races)
        provider.asked.clear()
        provider.created.clear()
        outcome = run(provider, seed=seed, texts=options.texts, kills=options.kills, crashes=options.crashes)
    figures = figures_of(outcome, seed=seed) | figures
    print(json.dumps(figures, indent=2))
    if not options.no_keep:
        KEPT.write_text(json.dumps(figures, indent=2) + "\n")
    wrong = unmet(outcome, kills=options.kills, crashes=options.crashes)
    for line in wrong:
        print(f"NOT KEPT  {line}", file=sys.stderr)
    return int(bool(wrong))


def unmet(outcome: Outcome, *, kills: int, crashes: int) -> list[str]:
    """What of the promise was not kept, and what was not even tried."""
    tried = {"kills": (outcome.kills, kills), "crashes": (outcome.crashes, crashes)}
    too_few = [f"{name}: {done} of {wanted}" for name, (done, wanted) in tried.items() if done < wanted]
    return outcome.judged.broken() + too_few


def run(provider: FakeTwilio, *, seed: int, texts: int, kills: int, crashes: int) -> Outcome:
    """A product of its own, attacked."""
    from tests.faults.attack import Attack, attack

    return attack(plan=Attack(seed, kills, crashes), provider=provider, texts=waiting(texts))


def figures_of(outcome: Outcome, *, seed: int) -> dict[str, Any]:
    """What a run is remembered by."""
    return {
        "seed": seed,
        "on": datetime.now(UTC).date().isoformat(),
        **asdict(outcome.judged),
        "kills": outcome.kills,
        "crashes": outcome.crashes,
        "requests": outcome.requests,
        "seconds": round(outcome.seconds),
    }


def together(provider: FakeTwilio, *, seed: int, texts: int, races: int) -> dict[str, Any]:
    """Everybody at once, and nobody killed. Raises AssertionError for a text that was not sent once, or was both sent
    and cancelled, or neither."""
    from django.test.utils import setup_test_environment

    from messaging.models import Attempt
    from tests.conftest import signed_in
    from tests.factories import StoreFactory, staff_in
    from tests.faults import invariants
    from tests.faults.together import race, send_all
    from tests.messaging.factories import due, textable

    setup_test_environment()
    waiting(texts)
    begun = time.monotonic()
    send_all(workers=4)
    seconds = time.monotonic() - begun
    assert len({text["to"] for text in provider.created}) == len(provider.created) == Attempt.objects.count() == texts
    store = StoreFactory.create()
    manager = staff_in(store, "manager", email="manager@shop.example")
    # Each browser may ask fifty times in a row, and then no faster than a person would.
    browsers = cycle([signed_in(manager) for _ in range(races // 40 + 1)])
    ended = race(
        texts=[lambda: due(store, textable(store))] * races,
        cancel=lambda message: next(browsers).post(f"/messages/{message.pk}/cancel", {}).status_code,
        seed=seed,
    )
    assert set(ended) <= {"200 canceled", "409 accepted"}, ended
    assert len(provider.created) == texts + ended["409 accepted"]
    invariants.hold(provider)
    return {
        "together": texts,
        "together_seconds": round(seconds),
        "races": races,
        "races_canceled": ended["200 canceled"],
        "races_sent": ended["409 accepted"],
    }


def prepare(provider: FakeTwilio) -> None:
    """A product of its own: servers, settings that lead to the pretended provider, and an empty database."""
    os.environ.setdefault("SENDOFF_TEST_DATABASE", "postgresql")
    from tests.servers import prepare_environment

    prepare_environment()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "critical",
        "PUBLIC_BASE_URL": "https://crm.example",
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_API_URL": provider.url,
        "TWILIO_SEGMENTS_PER_SECOND": "1000000",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def waiting(count: int) -> list[Any]:
    """Texts that are due, each to a number of its own: a newer one to the same number would take its place."""
    from tests.factories import StoreFactory
    from tests.messaging.factories import due, textable

    store = StoreFactory.create()
    return [due(store, textable(store), seconds_ago=20) for _ in range(count)]


if __name__ == "__main__":
    sys.exit(main())
