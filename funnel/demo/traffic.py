"""Live visits through the one write door, at a given rate: what a busy floor does to a server."""

import heapq
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any, Final
from uuid import UUID

from crm.ids import uuid7
from funnel.contract import MAX_EVENTS
from funnel.demo import people
from funnel.demo.shops import SHOPS, Shop
from funnel.demo.story import Story, Tap, tell
from funnel.demo.tablet import Tablet

# A tablet may ask five times a second.
_BETWEEN_SECONDS: Final = 0.25
_dice = SystemRandom()


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    visit: UUID = field(compare=False)
    actor: str = field(compare=False)
    tap: Tap = field(compare=False)
    person: dict[str, Any] | None = field(compare=False, default=None)


@dataclass(slots=True)
class Sofar:
    """What has been handed in until now."""

    begun: int = 0
    ended: int = 0
    results: Counter[str] = field(default_factory=Counter)


def drive(
    tablet: Tablet, *, visits: int, per_minute: float, delay_scale: float, progress: Callable[[Sofar], None]
) -> Sofar:
    """Lets so many visits begin, evenly, and each go on at its own pace: `delay_scale` 1 is life's, 0 is at once.

    Events of one moment travel in one batch.
    """
    home = tablet.bootstrap()
    waiting = _plan(home, visits=visits, per_minute=per_minute, delay_scale=delay_scale)
    began, sofar = time.monotonic(), Sofar()
    while waiting:
        time.sleep(max(_BETWEEN_SECONDS, began + waiting[0].at - time.monotonic()))
        batch: list[_Due] = []
        while waiting and waiting[0].at <= time.monotonic() - began and len(batch) < MAX_EVENTS:
            batch.append(heapq.heappop(waiting))
        results = tablet.sync(
            events=[tablet.event(due.visit, due.tap, actor=due.actor) for due in batch],
            people=[tablet.person(due.person) for due in batch if due.person],
        )
        sofar.results.update(r["status"] + (f" ({r['code']})" if r.get("code") else "") for r in results)
        sofar.begun += sum(due.tap.type == "visit.started" for due in batch)
        sofar.ended += sum(due.tap.type in ("visit.departed", "visit.voided") for due in batch)
        progress(sofar)
    return sofar


def _plan(home: dict[str, Any], *, visits: int, per_minute: float, delay_scale: float) -> list[_Due]:
    store, playbook = home["store"], home["playbook"]
    shop = next((s for s in SHOPS if s.name == store["name"]), SHOPS[0])
    staff = [person for person in home["roster"] if person["active"] and person["role"] == "associate"]
    waiting: list[_Due] = []
    for n in range(visits):
        who = _dice.choice(staff)
        story = _story(shop, who["name"], playbook.split("@")[0], store["currency"])
        visit = uuid7()
        taps: list[tuple[Tap, dict[str, Any] | None]] = [(tap, None) for tap in story.taps]
        if story.identified_at is not None:
            person = _person(story, store)
            taps.append((Tap(story.identified_at, "customer.identified", {"customer": person["id"]}), person))
        # A cancelled text is for people to try; here every text shall go.
        taps = sorted((t for t in taps if t[0].type != "text.cancelled"), key=lambda each: each[0].after)
        for tap, someone in taps:
            at = n * 60 / per_minute + tap.after * delay_scale
            waiting.append(_Due(at, len(waiting), visit, who["id"], tap, someone))
    heapq.heapify(waiting)
    return waiting


def _story(shop: Shop, name: str, playbook: str, currency: str) -> Story:
    known = next((c for c in shop.staff if c.name == name), shop.staff[0])
    return tell(
        _dice,
        playbook=playbook,
        skill=known.skill,
        care=known.care,
        forgets=known.forgets,
        ticket=shop.ticket,
        currency=currency,
        known=False,
    )


def _person(story: Story, store: dict[str, Any]) -> dict[str, Any]:
    someone = people.somebody(_dice, language=store["language"])
    number: str | None = None
    if story.leaves == "number":
        number = people.number(store["country"], _dice.randrange(people.how_many_numbers(store["country"])))
    elif story.leaves == "wrong_number":
        number = "12345"
    said = {"visit_text": story.agrees, "offers": story.agrees_to_offers}
    return {
        "id": str(uuid7()),
        "name": someone.name,
        "address_as": someone.address_as,
        "number": number,
        "country": store["country"],
        "language": someone.language,
        "consents": [
            {"id": str(uuid7()), "purpose": purpose, "wording": 1, "granted": granted}
            for purpose, granted in said.items()
            if number
        ],
    }
