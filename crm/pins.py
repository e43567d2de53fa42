"""PINs: who is acting on a tablet. A screen lock for a shop floor, not a password."""

import hashlib
import hmac
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Final
from uuid import UUID

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from django.conf import settings
from django.db import transaction

from crm import guards
from crm.access import role_in
from crm.contract import PIN_DIGITS, Role
from crm.models import Device, PinGuard, PinSession, Staff, Store
from crm.problems import Problem

log = structlog.get_logger("crm.pins")

# Wrong PINs in a row about one person on all tablets together, and about anybody on one tablet.
_ON_ALL_TABLETS: Final = 100
_ON_ONE_TABLET: Final = 30
# 19 MiB and two passes: about 30 ms, and what OWASP names as the least for Argon2id.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# What people choose most when a PIN has six digits, besides what `is_trivial` can tell by itself.
_MOST_CHOSEN: Final = """
    123321 654456 112358 314159 271828 102030 010203 121314 131415 147258
    258369 147369 159357 159753 357159 753159 142536 415263 135790 246810
    135246 246135 132435 987321 321987 147852 789456 520131 131452 521131
    666888 666999 102938 110120 119120 123654 321654 123987 159951
"""
_COMMON: Final = frozenset(_MOST_CHOSEN.split())


def is_trivial(pin: str) -> bool:
    """A PIN is trivial if it repeats itself, counts up or down, or is one that many people choose."""
    if any(pin == pin[:length] * (PIN_DIGITS // length) for length in (1, 2, 3)):
        return True
    if all(pair[0] == pair[1] for pair in (pin[0:2], pin[2:4], pin[4:6])):
        return True
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1 or pin in _COMMON or pin[::-1] in _COMMON


def pin_fault(pin: str) -> str | None:
    """Why a PIN cannot be taken, in a sentence; None when it can. Two people may have the same one: to refuse that
    would tell one of them the other's."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        return f"A PIN has exactly {PIN_DIGITS} digits."
    if is_trivial(pin):
        return "This PIN is too easy to guess. Please choose another one."
    return None


def set_pin(*, staff: Staff, pin: str) -> None:
    """A person's PIN is replaced by one that is not trivial; only a hash is kept that needs the server's pepper.

    It ends their sessions on tablets, and unlocks those where they guessed wrong too often.
    """
    fault = pin_fault(pin)
    if fault:
        raise Problem(422, "pin_unfit", fault)
    staff.pin_hash = _HASHER.hash(_peppered(staff.id, pin))
    with transaction.atomic():
        staff.save(update_fields=["pin_hash"])
        PinSession.objects.filter(staff=staff).delete()
        unlock(staff=staff)


def unlock(*, staff: Staff) -> bool:
    """A person whose PIN was guessed at too often may try again, on every tablet; answers whether they were locked."""
    with transaction.atomic():
        was_locked = Staff.objects.filter(id=staff.id).exclude(pin_locked_at=None).update(pin_locked_at=None) == 1
        PinGuard.objects.filter(staff=staff).delete()
        guards.forget(_everywhere(staff.id))
    staff.pin_locked_at = None
    if was_locked:
        log.info("pin_unlocked", staff=str(staff.id))
    return was_locked


def check_pin(*, device: Device, store: Store, staff_id: UUID, pin: str, now: datetime) -> tuple[Staff, Role]:
    """A guess is counted before it is looked at. Who is unknown, and who has no role here, costs the same time and
    gets the same answer as a wrong PIN. Never call this inside a transaction: a rollback would forget the guess.

    Five wrong ones in a row lock the person on this tablet for a while; ten on one tablet, or a hundred on all, lock
    them on every tablet until a manager unlocks them. Ten on one tablet take a quarter of an hour, so that nobody
    locks a colleague out in passing.
    """
    role = role_in(staff_id=staff_id, store=store)
    staff = Staff.objects.get(id=staff_id) if role else None
    if staff is not None and staff.pin_locked_at is not None:
        raise _refused(_blocked(), staff, device)
    if staff is not None:
        guard = guards.pin_guard(device_id=device.id, staff_id=staff.id)
    else:
        guard = guards.key_guard("pin", str(device.id), str(staff_id), most=guards.PINS_IN_A_ROW)
    everywhere = _everywhere(staff_id)
    on_tablet = guards.key_guard("pin-tablet", str(device.id), tries=_ON_ONE_TABLET)
    # Only looked at until the person's own count has let the guess through: else guesses that nobody hears would lock
    # the tablet for everybody, and guesses on a locked tablet would lock the person.
    wait = guards.lock_seconds(on_tablet, now=now) or guards.count_guess(guard, now=now)
    if wait:
        if guards.is_used_up(guard):
            raise _lock_until_unlocked(staff, device, now)
        locked = Problem(
            429, "pin_locked", "Too many wrong PINs. Please wait a little.", {"retry_after_seconds": wait}
        )
        raise _refused(locked, staff, device)
    guards.count_guess(on_tablet, now=now)
    guards.count_guess(everywhere, now=now)
    hashed = (staff and staff.pin_hash) or _nobodys_hash()
    if not _matches(hashed, staff_id, pin) or staff is None or role is None or not staff.pin_hash:
        if guards.is_used_up(guard) or guards.is_used_up(everywhere):
            raise _lock_until_unlocked(staff, device, now)
        raise _refused(Problem(401, "pin_wrong", "This PIN is not right."), staff, device)
    for each in (guard, on_tablet, everywhere):
        guards.guessed_right(each, now=now)
    return staff, role


def _lock_until_unlocked(staff: Staff | None, device: Device, now: datetime) -> Problem:
    if staff is not None and Staff.objects.filter(id=staff.id, pin_locked_at=None).update(pin_locked_at=now):
        log.warning("pin_locked", staff=str(staff.id), device=str(device.id), store=str(device.store_id))
    return _refused(_blocked(), staff, device)


def _refused(problem: Problem, staff: Staff | None, device: Device) -> Problem:
    person = str(staff.id) if staff else None
    log.warning("sign_in_refused", kind="pin", code=problem.code, staff=person, device=str(device.id))
    return problem


def _blocked() -> Problem:
    return Problem(403, "pin_blocked", "Too many wrong PINs. A manager can unlock this person.")


def _everywhere(staff_id: UUID) -> guards.Guard:
    # Its own short locks would be somebody else's doing on another tablet: it only counts, up to the end.
    return guards.key_guard("pin-everywhere", str(staff_id), tries=_ON_ALL_TABLETS, most=_ON_ALL_TABLETS)


def _matches(hashed: str, staff_id: UUID, pin: str) -> bool:
    try:
        return _HASHER.verify(hashed, _peppered(staff_id, pin))
    except (VerificationError, InvalidHashError):
        return False


def _peppered(staff_id: UUID, pin: str) -> str:
    # With the person's id in it, one person's hash can never stand in for another's.
    message = f"{staff_id}:{pin}".encode("utf-8", "surrogatepass")
    return hmac.new(settings.PIN_PEPPER.encode(), message, hashlib.sha256).hexdigest()


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody")
