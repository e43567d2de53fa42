"""How late texts are: customers leave evenly over a minute, 500 of them or one each second, and the real worker texts
each when it is due."""

from collections import Counter
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from messaging.models import Attempt, Message
from tests.bench.caller import Caller
from tests.bench.figures import percentile
from tests.bench.house import say, wait
from tests.bench.shops import Held
from tests.bench.tablets import Tablet

TEXTS = 500
ONE_A_SECOND = 60
OVER_SECONDS = 60.0
# How long the last one may take after it was due, before we stop waiting.
GRACE_SECONDS = 15.0
START_SECONDS = 30.0
GOAL_SECONDS = 1.5


def measure(*, port: int, tablets: list[Held], delay_seconds: float) -> dict[str, Any]:
    """The start of each POST to the provider minus the moment the text was due; negative would be too early."""
    hands = [(tablet.caller(port), Tablet(staff=tablet.staff)) for tablet in tablets]
    say("waiting for the worker's first text")
    _leave(*hands[0], number=0)
    _wait_until_sent(delay_seconds + START_SECONDS)
    slowly = _minute(hands, texts=ONE_A_SECOND, first_number=1, delay_seconds=delay_seconds)
    figures = _minute(hands, texts=TEXTS, first_number=1 + ONE_A_SECOND, delay_seconds=delay_seconds)
    for caller, _ in hands:
        caller.close()
    return figures | {"one_a_second": slowly}


def _minute(
    hands: list[tuple[Caller, Tablet]], *, texts: int, first_number: int, delay_seconds: float
) -> dict[str, Any]:
    """So many leave within a minute, each with a number that nobody else has."""
    say(f"{texts} customers leave within {OVER_SECONDS:.0f} s, each gets a text {delay_seconds:.0f} s later")
    before = set(Message.objects.values_list("pk", flat=True))
    began = monotonic()
    for number in range(texts):
        wait(began + number * OVER_SECONDS / texts - monotonic())
        _leave(*hands[number % len(hands)], number=first_number + number)
    planning = monotonic() - began
    _wait_until_sent(delay_seconds + GRACE_SECONDS)
    planned = Message.objects.filter(contact__isnull=False).exclude(pk__in=before)
    return _figures(planned, texts=texts) | {"planned_within_s": round(planning, 1)}


def _leave(caller: Caller, tablet: Tablet, *, number: int) -> None:
    events, people = tablet.visit_with_text(number=f"+1 212 555 {number:04}")
    answer = caller.post("/sync", tablet.batch(events, people))
    tablet.cursor = answer["cursor"]
    refused = [result for result in answer["results"] if result["status"] != "accepted"]
    if refused:
        raise RuntimeError(f"not accepted: {refused}")


def _wait_until_sent(seconds: float) -> None:
    give_up = monotonic() + seconds
    while Message.objects.filter(state__in=["scheduled", "claimed", "posting"]).exists() and monotonic() < give_up:
        wait(0.5)


def _figures(messages: QuerySet[Message], *, texts: int) -> dict[str, Any]:
    late: list[timedelta] = list(
        Attempt.objects.filter(message__in=messages).values_list(F("started_at") - F("message__send_at"), flat=True)
    )
    seconds = [each.total_seconds() for each in late]
    return {
        "texts": len(seconds),
        "delay_seconds": settings.DEPARTURE_TEXT_DELAY_SECONDS,
        "min_s": round(min(seconds), 3),
        "p50_s": round(percentile(seconds, 50), 3),
        "p99_s": round(percentile(seconds, 99), 3),
        "max_s": round(max(seconds), 3),
        "early": sum(each < 0 for each in seconds),
        "states": dict(Counter(messages.values_list("state", flat=True))),
        "goal": f"early 0, p99_s < {GOAL_SECONDS}",
        "reached": len(seconds) == texts and min(seconds) >= 0 and percentile(seconds, 99) < GOAL_SECONDS,
    }
