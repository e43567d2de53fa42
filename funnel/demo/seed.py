"""Fills the demo: up to ninety days of made-up visits, folded from made-up taps exactly as real ones are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from crm.clock import db_now
from crm.models import Device, Staff, Store
from crm.tokens import new_token, token_hash
from funnel import days
from funnel.demo import asking, followups, pouring, shops, talks
from funnel.demo.dice import dice, new_id
from funnel.demo.making import Making
from funnel.demo.shops import Colleague, Shop
from funnel.demo.story import Story, Tap, tell
from funnel.models import FloorPresence, Visit, VisitEvent

# Their cookies were never given to anybody: nobody can act as one of these tablets.
TABLETS: Final = ("Counter", "Window")
_RETURNING: Final = 0.16
# A text of a made-up visit is settled this long after it was due.
_SETTLED_WITHIN: Final = timedelta(minutes=3)
_LONGEST_LIVE: Final = timedelta(hours=2)


def fill(*, progress: Callable[[str], None], now: datetime | None = None) -> None:
    """Opens the demo's shops where they are missing, and adds the days since the last start up to this moment.

    Called again it adds nothing; the same date always has the same visits. Texts of the past are all over, and the
    only visits still open are a few of today.
    """
    now = now or db_now()
    with pouring.nothing_thrown_away(), pouring.much_in_memory(), transaction.atomic():
        for shop in shops.SHOPS:
            store = shops.opened(shop)
            added = _fill_store(shop, store, now)
            followups.follow_up(shop=shop, store=store, now=now)
            staff = _associates(store)
            talks.talk(shop=shop, store=store, staff=staff, now=now)
            asking.ask(store=store, staff=staff, tablets=_tablets(store, now), now=now)
            if added:
                progress(f"{shop.brand.name}, {shop.name}: {added} visits")


def _fill_store(shop: Shop, store: Store, now: datetime) -> int:
    floor = _Floor.of(shop, store, now)
    making = Making.of(store, floor.people)
    first = floor.first_day()
    known = set(Visit.objects.filter(store=store, business_date__gte=first).values_list("log_id", flat=True))
    for day in _dates(first, floor.today):
        for planned in floor.day(day):
            if planned.visit_id not in known:
                floor.make(making, planned)
    _end_what_is_over(floor, making)
    if not FloorPresence.objects.filter(store=store, since__gte=floor.day_began).exists():
        _come_to_work(floor, making)
    _let_some_in(floor, making)
    return making.save()


def _dates(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A visit that a day will have, as far as it is known before it is told."""

    visit_id: UUID
    starts: datetime
    words: tuple[object, ...]


@dataclass(slots=True)
class _Floor:
    """A store at a moment, with its people and tablets."""

    shop: Shop
    store: Store
    now: datetime
    today: date
    day_began: datetime
    people: list[Staff]
    tablets: list[Device]
    who: dict[str, Staff] = field(default_factory=dict)

    @classmethod
    def of(cls, shop: Shop, store: Store, now: datetime) -> "_Floor":
        today = days.current_business_date(now=now, store=store)
        began, _ = days.day_bounds(date=today, zone=store.zone, cutoff_minutes=store.cutoff_minutes)
        people = _associates(store)
        names = {person.display_name: person for person in people}
        who = {c.name: names[c.name] for c in shop.staff if c.name in names}
        return cls(shop, store, now, today, began, people, _tablets(store, now), who)

    def first_day(self) -> date:
        """The last day that has visits, which may not be complete; on the first start DEMO_DAYS back."""
        earliest = self.today - timedelta(days=settings.DEMO_DAYS - 1)
        filled = VisitEvent.objects.filter(device__in=self.tablets).aggregate(Max("corrected_at"))
        upto: datetime | None = filled["corrected_at__max"]
        if upto is None:
            return earliest
        return max(earliest, days.current_business_date(now=upto, store=self.store))

    def day(self, day: date) -> Iterator[_Planned]:
        """The visits of a day, those that are over by now."""
        throw = dice(self.shop.name, day)
        busy = self.shop.visits_a_day * self.shop.weekdays[day.weekday()] * throw.gauss(1, 0.14)
        zone = ZoneInfo(self.store.zone)
        hours, weights = list(self.shop.hours), list(self.shop.hours.values())
        for n in range(max(2, round(busy))):
            wall = time(throw.choices(hours, weights)[0], throw.randrange(60), throw.randrange(60))
            starts = datetime.combine(day, wall, zone).astimezone(self.now.tzinfo)
            yield _Planned(new_id(throw, starts), starts, (self.shop.name, day, n))

    def make(self, making: Making, planned: _Planned) -> None:
        """Tells one visit and keeps it, unless it or its text would not be over by now."""
        throw = dice(*planned.words)
        colleague = self._on_shift(throw, planned.starts)
        guest = making.somebody_known(throw, before=planned.starts) if throw.random() < _RETURNING else None
        story = self.tell(throw, colleague, known=guest is not None)
        over = planned.starts + timedelta(seconds=max(tap.after for tap in story.taps))
        if over + timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS) + _SETTLED_WITHIN > self.now:
            return
        making.visit(
            planned.visit_id,
            starts=planned.starts,
            taps=story.taps,
            story=story,
            guest=guest,
            actor=self.who[colleague.name],
            device=throw.choice(self.tablets),
            throw=throw,
        )

    def tell(self, throw: Random, colleague: Colleague, *, known: bool) -> Story:
        return tell(
            throw,
            playbook=self.shop.playbook,
            skill=colleague.skill,
            care=colleague.care,
            forgets=colleague.forgets,
            ticket=self.shop.ticket,
            currency=self.shop.currency,
            known=known,
        )

    def _on_shift(self, throw: Random, at: datetime) -> Colleague:
        weekday = at.astimezone(ZoneInfo(self.store.zone)).weekday()
        here = [c for n, c in enumerate(self.shop.staff) if c.name in self.who and (weekday + 2 * n) % 7 > 1]
        return throw.choice(here)


def _associates(store: Store) -> list[Staff]:
    return list(Staff.objects.filter(roles__store=store, roles__role="associate"))


def _tablets(store: Store, now: datetime) -> list[Device]:
    have = list(Device.objects.filter(store=store, name__in=TABLETS).order_by("name"))
    if have:
        return have
    enrolled = now - timedelta(days=settings.DEMO_DAYS)
    return [
        Device.objects.create(
            organization_id=store.organization_id,
            store=store,
            name=name,
            token_hash=token_hash(new_token()),
            enrolled_at=enrolled,
            last_seen_at=now,
        )
        for name in TABLETS
    ]


def _end_what_is_over(floor: _Floor, making: Making) -> None:
    """Visits that the last start left open, and that nobody took over since, end as visits do."""
    over = Visit.objects.filter(store=floor.store, status="open", departed_at=None)
    for visit in over.exclude(business_date=floor.today, started_at__gt=floor.now - _LONGEST_LIVE):
        events = list(VisitEvent.objects.filter(visit_id=visit.log_id).order_by("seq"))
        if {event.device_id for event in events} - {tablet.pk for tablet in floor.tablets}:
            continue
        throw = dice(visit.pk, "ends")
        gone = min(events[-1].corrected_at + timedelta(minutes=throw.uniform(4, 12)), floor.now)
        after = (gone - visit.started_at).total_seconds()
        making.goes_on(
            visit,
            events,
            [
                Tap(after - 0.2, "outcome.recorded", {"result": "not_bought", "reason": "just_looking"}),
                Tap(after - 0.1, "visit.departed", {}),
            ],
            throw=throw,
        )


def _come_to_work(floor: _Floor, making: Making) -> None:
    """Most are on the floor, one is away, the last has a day off."""
    throw = dice(floor.shop.name, floor.today, "presence")
    since = max(floor.day_began, floor.now - timedelta(hours=3))
    for n, person in enumerate(floor.who.values()):
        if n == len(floor.who) - 1:
            continue
        at = since + timedelta(seconds=throw.uniform(0, max(0.0, (floor.now - since).total_seconds()) / 2))
        away = n == len(floor.who) - 2
        data = {"state": "away", "reason": "meal"} if away else {"state": "on_floor"}
        making.presence(person, data, at=at, device=floor.tablets[0], throw=throw)


def _let_some_in(floor: _Floor, making: Making) -> None:
    """A few visits are going on whenever somebody looks; the first associate is free for the next customer."""
    today = Visit.objects.filter(store=floor.store, business_date=floor.today, status="open", departed_at=None)
    busy = list(today.exclude(id__in=making.ended).values_list("owner_id", flat=True))
    free = [c for c in floor.shop.staff[1:-2] if c.name in floor.who and floor.who[c.name].pk not in busy]
    for colleague in free[: max(0, floor.shop.live - len(busy))]:
        throw = dice(floor.shop.name, floor.now, colleague.name)
        here = throw.uniform(150, 900)
        starts = max(floor.day_began, floor.now - timedelta(seconds=here))
        here = (floor.now - starts).total_seconds()
        story = floor.tell(throw, colleague, known=False)
        going_on = [tap for tap in story.taps if tap.type in ("visit.started", "stage.entered", "item.ticked")]
        making.visit(
            new_id(throw, starts),
            starts=starts,
            taps=[tap for tap in going_on if tap.after <= here],
            story=None,
            guest=None,
            actor=floor.who[colleague.name],
            device=throw.choice(floor.tablets),
            throw=throw,
        )
