"""Many texts due at once, and a sender that may send so many segments a second: in which order they leave, how fast.

A process of its own, with a pretended Twilio of its own: `python -m tests.bench.burst [TEXTS]` prints JSON. It finds
its database in the environment.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from messaging.fakes.server import running
from messaging.fakes.twilio import ACCOUNT, FROM, TOKEN, FakeTwilio
from tests.bench.house import say, wait

TEXTS: Final = 10_000
SEGMENTS_PER_SECOND: Final = 200
WORKERS: Final = 4
# What is not sent by then is told; half an hour after its time a text would be too late anyway.
LONGEST_SECONDS: Final = 900


def main(texts: int) -> int:
    """Prints the figures of the burst."""
    with running(FakeTwilio()) as provider:
        _lead_to(provider)
        import django

        django.setup()
        from tests.bench import shops

        shops.migrate()
        say(f"{texts:,} texts are due at once; their sender may send {SEGMENTS_PER_SECOND} segments a second")
        _plan(texts)
        print(json.dumps(_measure(provider, texts)))
    return 0


def _lead_to(provider: FakeTwilio) -> None:
    os.environ |= {
        "LOG_LEVEL": "critical",
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
        "TWILIO_API_URL": provider.url,
        # Of what a sender may send we take four fifths.
        "TWILIO_SEGMENTS_PER_SECOND": str(SEGMENTS_PER_SECOND / 0.8),
        "PUBLIC_BASE_URL": "https://crm.example",
    }


def _plan(texts: int) -> None:
    """One text planned as any other, and the rest like it, each to a customer and a number of its own, a millisecond
    after the other: so their order can be seen."""
    from crm.models import Consent, ContactPoint, Customer
    from messaging.models import Message
    from tests.bench.rows import execute, multiply
    from tests.factories import StoreFactory
    from tests.messaging.factories import due, textable

    store = StoreFactory.create()
    due(store, textable(store), seconds_ago=30)
    contact, customer = (f"md5('{name}' || n)::uuid" for name in ("contact", "customer"))
    rest = texts - 1
    multiply(ContactPoint, count=rest, id=contact, e164="'+1646' || lpad((6000000 + n)::text, 7, '0')")
    multiply(Customer, count=rest, id=customer, contact_id=contact)
    multiply(Consent, count=rest, id="gen_random_uuid()", customer_id=customer, contact_id=contact)
    later = "n * interval '1 ms'"
    changed = {name: f"m.{name} + {later}" for name in ("left_at", "send_at", "not_after")}
    changed |= {"id": "gen_random_uuid()", "subject": "'visit:' || gen_random_uuid()"}
    multiply(Message, count=rest, contact_id=contact, customer_id=customer, **changed)
    execute("ANALYZE")


def _measure(provider: FakeTwilio, texts: int) -> dict[str, Any]:
    from django.db.models import F, Min, Q

    from messaging.models import Attempt, Message
    from tests.faults.attack import nursery

    left = Message.objects.filter(state__in=("scheduled", "claimed", "posting"))
    begun = monotonic()
    with nursery(WORKERS, TWILIO_SEGMENTS_PER_SECOND=os.environ["TWILIO_SEGMENTS_PER_SECOND"]):
        while left.exists() and monotonic() - begun < LONGEST_SECONDS:
            wait(0.25)
    seconds = monotonic() - begun
    claimed = Message.objects.annotate(claimed=Min("log__id", filter=Q(log__after="claimed")))
    order = list(claimed.filter(claimed__isnull=False).order_by("claimed").values_list("send_at", flat=True))
    early = Attempt.objects.filter(started_at__lt=F("message__send_at")).count()
    posts = [asked for asked in provider.asked if asked.method == "POST"]
    segments = Message.objects.values_list("segments", flat=True)[0]
    per_second = Counter(int(asked.at) for asked in posts)
    numbers = Counter(text["to"] for text in provider.created)
    figures = {
        "texts": texts,
        "workers": WORKERS,
        "sent": len(numbers),
        "seconds": round(seconds, 1),
        "floor_seconds": round(texts * segments / SEGMENTS_PER_SECOND, 1),
        "segments_per_second": round(len(posts) * segments / seconds, 1),
        "busiest_second": max(per_second.values(), default=0) * segments,
        "out_of_order": _out_of_order(order),
        "early": early + _before_their_time(posts),
        "twice": sum(times > 1 for times in numbers.values()) + len(posts) - Attempt.objects.count(),
        "goal": "all sent, claimed in order of due time, none early, none twice",
    }
    flaws = (figures["out_of_order"], figures["early"], figures["twice"])
    return figures | {"reached": len(numbers) == texts and not any(flaws)}


def _out_of_order(dues: Sequence[datetime]) -> int:
    """How many were claimed after one that was due later."""
    latest = datetime.min.replace(tzinfo=UTC)
    behind = 0
    for due in dues:
        behind += due < latest
        latest = max(latest, due)
    return behind


def _before_their_time(posts: Sequence[Any]) -> int:
    """How many requests came to the provider before their text was due, by its own clock, which is the same."""
    from messaging.models import Attempt

    dues = dict(Attempt.objects.values_list("to", "message__send_at"))
    return sum(asked.at < dues[asked.form["To"]].timestamp() for asked in posts)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TEXTS))
