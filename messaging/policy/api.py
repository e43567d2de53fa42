"""The API of an owner's rules for texts: what is in force, what has been used today, and a way to decide anew."""

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from crm import doors
from crm.access import Manager
from crm.clock import db_now
from crm.schemas import In, Int, Out, ProblemOut
from messaging.models import Sender
from messaging.policy import budgets, versions
from messaging.policy.countries import default_week
from messaging.policy.quiet import Week
from messaging.policy.terms import Hours, Terms
from messaging.policy.versions import Policy
from messaging.providers import NAMES
from messaging.sending import routing, senders

router = Router(tags=["policy"])


class CountryHoursOut(Out):
    """The hours of a country, Monday to Sunday; `own` says whether the owner chose them, `usual` is what they were."""

    country: str
    hours: list[Hours | None]
    usual: list[Hours | None]
    own: bool


class SenderOut(Out):
    provider: str
    kind: str
    state: Literal["ok", "slow", "paused", "stopped"]
    why: str
    segments_per_second: float | None
    used_today: int


class PolicyOut(Out):
    version: int
    by: str | None
    since: datetime | None
    may_change: bool
    settings: Terms
    countries: list[CountryHoursOut]
    senders: list[SenderOut]


class PolicyIn(In):
    """`replaces` is the version that was read: 409 when somebody has decided since."""

    replaces: Annotated[Int, Field(ge=0, le=2**31)]
    settings: Terms


@router.get("/policy", auth=doors.manager_door, response={200: PolicyOut, doors.REFUSED_LOOK: ProblemOut})
def get_policy(request: HttpRequest) -> dict[str, Any]:
    """The rules in force for one's organisation, and how much of today's budget is used."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    return _shown(versions.in_force(organization_id=manager.organization.pk), manager)


@router.put(
    "/policy",
    auth=doors.manager_door,
    response={200: PolicyOut, doors.REFUSED_BODY | {409}: ProblemOut},
)
def put_policy(request: HttpRequest, body: PolicyIn) -> dict[str, Any]:
    """Decide anew: a new version, in force for every text from this moment on."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    policy = versions.save(
        organization=manager.organization,
        terms=body.settings,
        staff=manager.staff,
        now=db_now(),
        replaces=body.replaces,
    )
    return _shown(policy, manager)


def _shown(policy: Policy, manager: Manager) -> dict[str, Any]:
    terms = policy.terms
    countries = dict.fromkeys([*(store.country for store in manager.stores), *terms.hours])
    return {
        "version": policy.version,
        "by": policy.by.display_name if policy.by else None,
        "since": policy.since,
        "may_change": manager.may_change,
        "settings": terms,
        "countries": [
            {
                "country": country,
                "hours": _hours(terms.week(country)),
                "usual": _hours(default_week(country)),
                "own": country in terms.hours,
            }
            for country in countries
        ],
        "senders": [_sender(senders.sender_of(name), manager) for name in routing.named() if name in NAMES],
    }


def _sender(sender: Sender, manager: Manager) -> dict[str, Any]:
    now = db_now()
    closed = senders.why_closed(sender, now=now)
    slow = closed == "sender_busy" or (sender.slow_until is not None and sender.slow_until > now)
    # The day of the owner's first store stands for all, where a brand has stores on two sides of midnight.
    today = now.astimezone(ZoneInfo(manager.stores[0].zone)).date() if manager.stores else now.date()
    return {
        "provider": sender.provider,
        "kind": sender.kind,
        "state": "slow" if slow else {"sender_paused": "paused", "sender_stopped": "stopped"}.get(closed or "", "ok"),
        "why": sender.paused_reason or (sender.breaker_code if closed else ""),
        "segments_per_second": sender.rate,
        "used_today": budgets.used_on(organization_id=manager.organization.pk, day=today, sender=sender),
    }


def _hours(week: Week) -> list[Hours | None]:
    return [Hours(opens=day.opens, closes=day.closes) if day else None for day in week]
