"""How a tablet comes to belong to a store, and how it stops."""

import secrets
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog
from django.conf import settings
from django.db import transaction

from crm import guards
from crm.clock import db_now
from crm.models import Device, EnrolmentCode, PinSession, Staff, Store
from crm.problems import Problem
from crm.tokens import new_token, token_hash

log = structlog.get_logger("sendoff.enrolment")

# Crockford's base32: no I, L, O or U, which are misread or make words. Twenty of them are 100 random bits.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 20
_GROUP: Final = 5
# Codes cannot be guessed; this keeps the noise down, and leaves room for a shop that mistypes.
_TRIES_FROM_ONE_ADDRESS: Final = 20
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def lasts() -> timedelta:
    """A code is good for ten minutes; in the demo, where people look around first, for a day."""
    return timedelta(hours=24) if settings.DEMO else timedelta(minutes=10)


def lasts_in_words() -> str:
    """How long a code is good, for the person who is about to type it."""
    minutes = lasts() // timedelta(minutes=1)
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hours"


def make_code(*, store: Store, made_by: Staff | None = None, now: datetime | None = None) -> str:
    """A new code lets one tablet into the store, once and soon. It is answered here and never shown again."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    EnrolmentCode.objects.create(
        code_hash=token_hash(code),
        organization_id=store.organization_id,
        store=store,
        made_by=made_by,
        expires_at=(now or db_now()) + lasts(),
    )
    return "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def enrol(*, code: str, name: str = "", address: str | None = None, now: datetime | None = None) -> tuple[Device, str]:
    """A code lets in the first tablet that shows it in time; wrong, used and expired codes get one answer.

    Wrong ones are counted by the address they come from. Answers the device and its token, which only it keeps.
    """
    now = now or db_now()
    guard = None if address is None else guards.key_guard("enrol", address, tries=_TRIES_FROM_ONE_ADDRESS)
    wait = 0 if guard is None else guards.count_guess(guard, now=now)
    if wait:
        again = {"retry_after_seconds": wait}
        raise Problem(429, "enrolment_locked", "Too many wrong codes. Please wait a little.", again)
    plain = code.upper().translate(_READ_AS)
    with transaction.atomic():
        mine = EnrolmentCode.objects.filter(code_hash=token_hash(plain))
        # The update is the claim: of two tablets with the same code one changes a row, the other none.
        if not mine.filter(used_at=None, expires_at__gt=now).update(used_at=now):
            raise Problem(
                400, "enrolment_code_invalid", "This code is wrong, used or too old. Please ask for a new one."
            )
        row = mine.select_related("store", "organization").get()
        token = new_token()
        device = Device.objects.create(
            organization=row.organization,
            store=row.store,
            name=name or f"Tablet {Device.objects.filter(store=row.store).count() + 1}",
            token_hash=token_hash(token),
            enrolled_at=now,
        )
        row.device = device
        row.save(update_fields=["device"])
    if guard is not None:
        guards.guessed_right(guard, now=now)
    log.info("device_enrolled", device=str(device.id), store=str(device.store_id))
    return device, token


def revoke(*, device: Device, how: Literal["retired", "stolen"], now: datetime | None = None) -> bool:
    """A retired tablet may hand in its events for seven days, a stolen one reads nothing; stolen is never taken back.

    Whoever was acting on it no longer is. Answers whether this changed anything.
    """
    now = now or db_now()
    before = ["", "retired"] if how == "stolen" else [""]
    with transaction.atomic():
        changed = Device.objects.filter(pk=device.pk, revoked__in=before).update(revoked=how, revoked_at=now)
        PinSession.objects.filter(device=device).delete()
    device.refresh_from_db(fields=["revoked", "revoked_at"])
    if changed:
        log.info("device_revoked", device=str(device.pk), how=how)
    return bool(changed)
