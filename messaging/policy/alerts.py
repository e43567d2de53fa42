"""What keeps texts from leaving as they should at this moment, for those who can do something about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from crm.models import Organization, Store
from messaging.contract.alerts import ALERTS, Alert
from messaging.delivery import BLOCKING_CODES
from messaging.models import Attempt, ProviderEvent, Sender
from messaging.policy import budgets, versions
from messaging.proof.concerning import incidents_of
from messaging.providers import NAMES
from messaging.sending import pauses, routing, senders

# Nobody tells us that it is mended: so long after the last text that was turned away it is taken to be.
_BLOCKED_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Raised:
    """Something that is so now. `detail` is the provider's code, or why somebody paused; `count` is of texts, or of
    differences."""

    kind: Alert
    provider: str = ""
    detail: str = ""
    by: str | None = None
    since: datetime | None = None
    count: int = 1


def raised(*, organization: Organization, stores: Sequence[Store], now: datetime) -> list[Raised]:
    """Everything that is so at this moment, the most urgent first; each ends by itself once its cause is gone."""
    found = [each for sender in named_senders() for each in _of_sender(sender, organization, stores, now)]
    open_ones = incidents_of(organization).filter(closed_at=None).count()
    if open_ones:
        found.append(Raised("disagreement", count=open_ones))
    urgency = list(ALERTS)
    return sorted(found, key=lambda each: urgency.index(each.kind))


def named_senders() -> list[Sender]:
    """The senders that the settings name, of providers that there are."""
    return [senders.sender_of(name) for name in routing.named() if name in NAMES]


def today_of(stores: Sequence[Store], *, now: datetime) -> date:
    """The day of the first store stands for all, where a brand has stores on two sides of midnight."""
    return now.astimezone(ZoneInfo(stores[0].zone)).date() if stores else now.date()


def _of_sender(sender: Sender, organization: Organization, stores: Sequence[Store], now: datetime) -> Iterator[Raised]:
    provider = sender.provider
    # The demo says itself that its customers are made up.
    if provider == "console" and not settings.DEMO:
        yield Raised("nobody_is_texted", provider)
    if senders.is_refused(sender):
        yield Raised("account_refused", provider, sender.breaker_code)
    elif senders.why_closed(sender, now=now) == "sender_busy":
        yield Raised("provider_busy", provider)
    yield from _blocked(provider, stores, now)
    pause = pauses.pause_of(provider=provider, organization_id=organization.pk)
    if pause is not None:
        by = pause.paused_by.display_name if pause.paused_by else None
        yield Raised("texts_paused", provider, pause.reason, by, pause.paused_at)
    limit = versions.in_force(organization_id=organization.pk).terms.daily_budget
    if limit is None:
        return
    used = budgets.used_on(organization_id=organization.pk, day=today_of(stores, now=now), sender=sender)
    if used >= limit:
        yield Raised("budget_used", provider)
    elif used >= budgets.WARN_AT * limit:
        yield Raised("budget_nearly_used", provider)


def _blocked(provider: str, stores: Sequence[Store], now: datetime) -> Iterator[Raised]:
    """Texts of these stores were turned away lately for what we are or say, and not for whom they went to: a carrier
    reported so, or the provider refused them with a code of which nothing is known."""
    since = now - _BLOCKED_FOR
    ours = Attempt.objects.filter(provider=provider, message__store__in=stores)
    reports = ProviderEvent.objects.filter(
        Exists(ours.filter(pk=OuterRef("attempt_id"))), error_code__in=BLOCKING_CODES, received_at__gt=since
    )
    refused = ours.filter(
        message__state="rejected",
        message__reason="provider_rejected",
        message__settled_at__gt=since,
        number=F("message__attempts_made"),
    )
    told = [
        *reports.values_list("received_at", "error_code", "attempt_id"),
        *refused.values_list("message__settled_at", "code", "id"),
    ]
    if told:
        at, code, _ = max(told)
        # Of one text there may be several reports.
        yield Raised("carrier_blocks_us", provider, code, since=at, count=len({attempt for *_, attempt in told}))
