"""Texts that somebody has switched off for a while: for one organisation, or for everybody on this installation."""

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from crm.models import Organization, Staff
from messaging import ports
from messaging.models import Pause
from messaging.sending import claiming, routing

log = structlog.get_logger("messaging.sending.pauses")


class AlreadyPaused(Exception):
    """Somebody was faster: their pause stands, with their reason."""


def pause(
    *, provider: str, organization: Organization | None, reason: str, staff: Staff | None, now: datetime
) -> Pause:
    """Somebody switches off the texts that leave through a provider, of an organisation or of all, and says why: they
    wait until they are resumed, or grow too old. Raises AlreadyPaused."""
    try:
        with transaction.atomic():
            made = Pause.objects.create(
                provider=provider, organization=organization, reason=reason, paused_by=staff, paused_at=now
            )
    except IntegrityError as error:
        raise AlreadyPaused from error
    log.warning("texts_paused", provider=provider, organization=_id(organization), staff=_id(staff))
    return made


def resume(*, provider: str, organization: Organization | None, staff: Staff | None, now: datetime) -> bool:
    """Ends the pause of an organisation, or the one of all, and lets its texts go at once; False if there is none."""
    running = Pause.objects.filter(provider=provider, organization=organization, resumed_at=None)
    if not running.update(resumed_at=now, resumed_by=staff):
        return False
    log.info("texts_resumed", provider=provider, organization=_id(organization), staff=_id(staff))
    # Here and not only in a drain, which asks nothing more while no text is due.
    claiming.let_go(paused=held_back())
    ports.ring_at(now)
    return True


def pause_of(*, provider: str, organization_id: UUID) -> Pause | None:
    """The pause that holds an organisation's texts back: the one of all comes before its own."""
    running = _running(provider, organization_id)
    return running.select_related("paused_by").order_by(F("organization").asc(nulls_first=True)).first()


def is_paused(*, provider: str, organization_id: UUID) -> bool:
    """Whether any pause holds an organisation's texts back."""
    return _running(provider, organization_id).exists()


def _running(provider: str, organization_id: UUID) -> QuerySet[Pause]:
    whose = Q(organization=None) | Q(organization_id=organization_id)
    return Pause.objects.filter(whose, provider=provider, resumed_at=None)


def held_back() -> Q | None:
    """The condition of texts that a pause holds back; None while nothing is paused."""
    conditions = [
        routing.goes_through([each.provider])
        & (Q() if each.organization_id is None else Q(organization=each.organization_id))
        for each in Pause.objects.filter(resumed_at=None)
    ]
    return reduce(or_, conditions) if conditions else None


def _id(row: Organization | Staff | None) -> str:
    return str(row.pk) if row is not None else ""
