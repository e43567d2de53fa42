"""Whether this process lives, and whether the installation can do its work; in public only yes or no, and a code."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.clock import db_now
from crm.models import ClockShift
from crm.tables import pending_migrations
from messaging.models import Message
from messaging.sending import pauses

log = structlog.get_logger("sendoff.health")

LATE_SECONDS: Final = 90
NEVER_STORED: Final = "readiness"
SQLITE_PRAGMAS: Final = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked, so a broken database restarts no web server."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests should come here and texts will leave: 200, or 503 with the codes of what is wrong."""
    checks = {name: _holds(check) for name, check in CHECKS.items()}
    codes = [CODES[name] for name, holds in checks.items() if not holds]
    return JsonResponse({"ready": not codes, "checks": checks, "codes": codes}, status=503 if codes else 200)


def database_can_write() -> bool:
    """A row can be written; it is taken back at once."""
    with transaction.atomic():
        Session(session_key=NEVER_STORED, session_data="", expire_date=timezone.now()).save(force_insert=True)
        transaction.set_rollback(True)
    return True


def migrations_are_applied() -> bool:
    """The tables are those this code was written for."""
    global _migrated
    # Code does not change while it runs, and a migrated database does not go back: one yes is enough.
    _migrated = _migrated or not pending_migrations()
    return _migrated


def texts_are_on_time() -> bool:
    """No text has been waiting for a minute and a half since it was due, even if it may no longer be sent: a worker
    would have ended it. Nor has one been left for so long in the hands of a worker whose lease is over.

    One that somebody has paused is no fault of this installation: tablets must still be served here.
    """
    long_ago = db_now() - timedelta(seconds=LATE_SECONDS)
    late = Message.objects.filter(state="scheduled", send_at__lt=long_ago)
    left_behind = Message.objects.filter(state__in=("claimed", "posting"), lease_until__lt=long_ago)
    paused = pauses.held_back()
    return not (left_behind.exists() or (late if paused is None else late.exclude(paused)).exists())


def queue_answers() -> bool:
    """The storage of the alarm clock can be read."""
    from huey.contrib.djhuey import HUEY

    HUEY.pending_count()
    return True


def sqlite_is_safe() -> bool:
    """SQLite really runs as it was told to: an acknowledged tap survives a power cut, and keys are checked."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        return all(cursor.execute(f"PRAGMA {name}").fetchone()[0] == value for name, value in SQLITE_PRAGMAS.items())


def clock_is_true() -> bool:
    """Production's clock has never been moved: the row that moves it belongs to the demo and to tests."""
    return settings.DEMO or not ClockShift.objects.exists()


_migrated = False
CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "database": database_can_write,
    "migrations": migrations_are_applied,
    "texts": texts_are_on_time,
    "queue": queue_answers,
    "pragmas": sqlite_is_safe,
    "clock": clock_is_true,
}
CODES: Final = {
    "database": "database_not_writable",
    "migrations": "migrations_missing",
    "texts": "texts_late",
    "queue": "queue_unreachable",
    "pragmas": "sqlite_unsafe",
    "clock": "clock_shifted",
}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        # Whatever it is, the answer is no; the log says what it was, the public answer does not.
        log.warning("not ready", check=check.__name__, exc_info=error)
        return False
