"""Who is acting: a person on a tablet by PIN, a manager on the web by password."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.contrib.auth import authenticate

from crm import access, guards
from crm.access import Tablet
from crm.models import Device, PinSession, Staff
from crm.problems import Problem
from crm.tokens import new_token, token_hash

log = structlog.get_logger("crm.sessions")

PIN_SESSION: Final = timedelta(hours=12)
# Against one address from everywhere at once; low enough to matter, too high to lock somebody out by hand.
_TRIES_PER_ADDRESS: Final = 100
# From one address about whomever; a whole head office may stand behind it.
_TRIES_FROM_ONE_ADDRESS: Final = 50


def begin_pin_session(*, device: Device, staff: Staff, now: datetime) -> tuple[str, PinSession]:
    """A tablet has one person acting on it: a new session ends the one before, and lasts twelve hours at most."""
    token = new_token()
    session, _ = PinSession.objects.update_or_create(
        device=device,
        defaults={
            "token_hash": token_hash(token),
            "staff": staff,
            "started_at": now,
            "expires_at": now + PIN_SESSION,
        },
    )
    log.info("signed_in", kind="pin", staff=str(staff.id), device=str(device.id))
    return token, session


def end_pin_session(*, device: Device, token: str | None) -> None:
    """Only the session that the tablet holds is ended; its token is dead from then on."""
    if token:
        PinSession.objects.filter(device=device, token_hash=token_hash(token)).delete()


def with_person(*, tablet: Tablet, token: str | None, now: datetime) -> Tablet:
    """The tablet with the person of its live PIN session, if that person still has a role in its store."""
    if not token:
        return tablet
    session = (
        PinSession.objects.select_related("staff")
        .filter(device=tablet.device, token_hash=token_hash(token), expires_at__gt=now)
        .first()
    )
    if session is None:
        return tablet
    role = access.role_in(staff_id=session.staff_id, store=tablet.store)
    if role is None:
        return tablet
    return replace(tablet, staff=session.staff, role=role)


def check_password(*, email: str, password: str, address: str, now: datetime) -> Staff:
    """A guess is counted before it is looked at, for the e-mail from this address, for the e-mail from anywhere
    and for the address; an unknown e-mail costs the same time and gets the same answer.

    Never call this inside a transaction: a rollback would forget the guess.
    """
    email = email.strip().lower()
    counts = (
        guards.key_guard("web", email, address),
        guards.key_guard("web", email, tries=_TRIES_PER_ADDRESS),
        guards.key_guard("web-from", address, tries=_TRIES_FROM_ONE_ADDRESS),
    )
    for guard in counts:
        wait = guards.count_guess(guard, now=now)
        if wait:
            _note_refusal(email, "sign_in_locked")
            raise Problem(
                429, "sign_in_locked", "Too many wrong passwords. Please wait a little.", {"retry_after_seconds": wait}
            )
    staff = authenticate(None, username=email, password=password)
    if not isinstance(staff, Staff):
        _note_refusal(email, "sign_in_failed")
        raise sign_in_failed()
    for guard in counts:
        guards.guessed_right(guard, now=now)
    return staff


def sign_in_failed() -> Problem:
    """One answer for an unknown e-mail, a wrong password, and somebody who may not sign in here."""
    return Problem(401, "sign_in_failed", "This e-mail address and password do not fit.")


def note_sign_in(*, staff: Staff, admitted: bool) -> None:
    """Whether somebody with the right password came in on the web is written into the log, by their id."""
    if admitted:
        log.info("signed_in", kind="web", staff=str(staff.id))
    else:
        log.warning("sign_in_refused", kind="web", code="not_here", staff=str(staff.id))


def _note_refusal(email: str, code: str) -> None:
    # What was typed may be a password in the wrong field: only the id of whom it fits is written down.
    staff = Staff.objects.filter(email=email).values_list("id", flat=True).first()
    log.warning("sign_in_refused", kind="web", code=code, staff=str(staff) if staff else None)
