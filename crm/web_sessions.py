"""How long somebody stays signed in on the web, and how they learn that it has ended."""

import time
from datetime import timedelta
from typing import Final

import structlog
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm.contract import SignedOut
from crm.models import Staff
from crm.problems import Problem

log = structlog.get_logger("crm.web_sessions")

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
# A page that looks again by itself says so, since nobody may be sitting before it.
UNATTENDED: Final = "X-Unattended"
# Seldom enough that looking at figures does not write a row each time.
_NOTED_EACH: Final = timedelta(minutes=1)
_BEGAN, _SEEN, _SIGNED_OUT = "began", "seen", "signed_out"
_SENTENCES: Final[dict[SignedOut, str]] = {
    "idle": "You were away for a while, so you have been signed out. Please sign in again.",
    "expired": "You had been signed in for twelve hours. Please sign in again.",
}


def how_ended(*, began: float, seen: float, now: float) -> SignedOut | None:
    """A session ends 30 minutes after somebody last did something, and 12 hours after it began, whichever is first."""
    idle_at, expires_at = seen + IDLE.total_seconds(), began + LONGEST.total_seconds()
    if now < min(idle_at, expires_at):
        return None
    return "idle" if idle_at <= expires_at else "expired"


def signed_out(request: HttpRequest) -> SignedOut | None:
    """How this browser's last session ended by itself, until somebody signs in or out."""
    if request.user.is_authenticated:
        return None
    how: SignedOut | None = request.session.get(_SIGNED_OUT)
    return how


def refusal(request: HttpRequest) -> Problem | None:
    """What to tell somebody whose session has ended by itself."""
    how = signed_out(request)
    return Problem(401, f"session_{how}", _SENTENCES[how]) if how else None


class WebSessionMiddleware(AuthenticationMiddleware):
    """`request.user` is whoever's session has not ended; who never asks for it costs no query.

    There is no `request.auser`: Django's own would know nothing of the end.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]  # as Django sets it


def _user_of(request: HttpRequest) -> Staff | AnonymousUser:
    if SESSION_KEY in request.session:
        # By this host's clock: the database's may be moved ahead in the demo, and nobody was away for that long.
        _end_or_note(request, int(time.time()))
    user: Staff | AnonymousUser = get_user(request)
    return user


def _end_or_note(request: HttpRequest, now: int) -> None:
    session = request.session
    if _BEGAN not in session:
        session.pop(_SIGNED_OUT, None)
        session.update({_BEGAN: now, _SEEN: now})
        return
    how = how_ended(began=session[_BEGAN], seen=session[_SEEN], now=now)
    if how:
        log.info("session_ended", how=how, staff=str(session[SESSION_KEY]))
        # Its id is dead from now on; a new session, which is nobody's, keeps the reason.
        session.flush()
        session[_SIGNED_OUT] = how
    elif UNATTENDED not in request.headers and abs(now - session[_SEEN]) >= _NOTED_EACH.total_seconds():
        session[_SEEN] = now
