"""Counting wrong guesses, in the database, before a guess is looked at: many at once are counted one by one."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Least

from crm.models import PinGuard, SignInGuard

TRIES: Final = 5
PINS_IN_A_ROW: Final = 10
_FIRST_LOCK_SECONDS: Final = 30
_LONGEST_LOCK_SECONDS: Final = 15 * 60
_COUNT_UP_TO: Final = 30_000
_FORGET_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True)
class Guard:
    """One row that counts, and how to make it when it is not there yet."""

    row: QuerySet[Any]
    make: Callable[[datetime], None]
    # So many wrong guesses in a row lock for a while, and `most`, if there is such a number, until somebody unlocks.
    tries: int = TRIES
    most: int | None = None


def pin_guard(*, device_id: Any, staff_id: Any) -> Guard:
    """Counts one person's wrong PINs on one tablet, so that nobody can lock a colleague out of another."""

    def make(now: datetime) -> None:
        row = PinGuard(device_id=device_id, staff_id=staff_id, updated_at=now)
        PinGuard.objects.bulk_create([row], ignore_conflicts=True)

    return Guard(PinGuard.objects.filter(device_id=device_id, staff_id=staff_id), make, most=PINS_IN_A_ROW)


def key_guard(*parts: str, tries: int = TRIES, most: int | None = None) -> Guard:
    """Counts wrong guesses about anything that can be named; only a hash of the name is kept."""
    key = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def make(now: datetime) -> None:
        # Names that do not exist can be made up without end; a day later they are forgotten.
        SignInGuard.objects.filter(updated_at__lt=now - _FORGET_AFTER).delete()
        SignInGuard.objects.bulk_create([SignInGuard(key=key, updated_at=now)], ignore_conflicts=True)

    return Guard(SignInGuard.objects.filter(key=key), make, tries, most)


def count_guess(guard: Guard, *, now: datetime) -> int:
    """Every guess counts as wrong before it is looked at; 0 lets it be looked at, else so many seconds must pass.

    The fifth in a row locks for 30 seconds, and each further one twice as long, up to 15 minutes. What is used up
    hears no guess at all.
    """
    with transaction.atomic(durable=True):
        if _count(guard, now):
            return 0
        locked_until = guard.row.values_list("locked_until", flat=True).first()
        if locked_until is None:
            guard.make(now)
            if _count(guard, now):
                return 0
            locked_until = guard.row.values_list("locked_until", flat=True).first()
    wait = (locked_until - now).total_seconds() if locked_until else 1
    return max(1, math.ceil(wait))


def lock_seconds(guard: Guard, *, now: datetime) -> int:
    """How long no guess will be heard; looks and counts nothing."""
    until = guard.row.filter(locked_until__gt=now).values_list("locked_until", flat=True).first()
    return max(1, math.ceil((until - now).total_seconds())) if until else 0


def is_used_up(guard: Guard) -> bool:
    """So many wrong guesses in a row that waiting no longer helps."""
    return guard.most is not None and guard.row.filter(wrong__gte=guard.most).exists()


def forget(guard: Guard) -> None:
    """There have been no guesses."""
    guard.row.delete()


def guessed_right(guard: Guard, *, now: datetime) -> None:
    """A right guess wipes out the wrong ones before it."""
    guard.row.update(wrong=0, locked_until=None, updated_at=now)


def _count(guard: Guard, now: datetime) -> bool:
    # One conditional UPDATE: the database itself lets no second guess see the same count.
    unlocked = guard.row.filter(Q(locked_until=None) | Q(locked_until__lte=now))
    if guard.most is not None:
        unlocked = unlocked.filter(wrong__lt=guard.most)
    return (
        unlocked.update(
            wrong=Least(F("wrong") + 1, Value(_COUNT_UP_TO)),
            locked_until=Case(
                When(wrong__lt=guard.tries - 1, then=Value(None, output_field=DateTimeField())),
                *(When(wrong=guard.tries - 1 + step, then=Value(now + lock)) for step, lock in enumerate(_locks())),
                default=Value(now + timedelta(seconds=_LONGEST_LOCK_SECONDS)),
                output_field=DateTimeField(),
            ),
            updated_at=now,
        )
        == 1
    )


def _locks() -> list[timedelta]:
    seconds = [_FIRST_LOCK_SECONDS]
    while seconds[-1] * 2 < _LONGEST_LOCK_SECONDS:
        seconds.append(seconds[-1] * 2)
    return [timedelta(seconds=s) for s in seconds]
