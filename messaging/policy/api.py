"""The API of an owner's rules for texts: what is in force, what has been used today, and a way to decide anew."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from crm import doors
from crm.access import Manager
from crm.clock import db_now
from crm.problems import Problem, not_found
from crm.schemas import In, Int, Out, ProblemOut, Text
from messaging.contract.alerts import Alert
from messaging.models import Sender
from messaging.policy import alerts, budgets, versions
from messaging.policy.countries import default_week
from messaging.policy.quiet import Week
from messaging.policy.terms import Hours, Terms
from messaging.policy.versions import Policy
from messaging.providers import NAMES
from messaging.sending import pauses, routing, senders

router = Router(tags=["policy"])


class CountryHoursOut(Out):
    """The hours of a country, Monday to Sunday; `own` says whether the owner chose them, `usual` is what they were."""

    country: str
    hours: list[Hours | None]
    usual: list[Hours | None]
    own: bool


class PauseOut(Out):
    """`of_all` is one that only whoever runs this installation can end."""

    reason: str
    by: str | None
    at: datetime
    of_all: bool


class SenderOut(Out):
    provider: str
    kind: str
    state: Literal["ok", "slow", "paused", "stopped"]
    why: str
    pause: PauseOut | None
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


class PauseIn(In):
    """Why: whoever finds texts switched off must be able to read it."""

    reason: Annotated[Text, Field(min_length=1, max_length=200)]


class AlertOut(Out):
    kind: Alert
    provider: str
    detail: str
    by: str | None
    since: datetime | None
    count: int


class AlertsOut(Out):
    items: list[AlertOut]


@router.get("/alerts", auth=doors.manager_door, response={200: AlertsOut, doors.REFUSED_LOOK: ProblemOut})
def get_alerts(request: HttpRequest) -> dict[str, Any]:
    """What keeps texts from leaving as they should at this moment, the most urgent first."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    return {"items": alerts.raised(organization=manager.organization, stores=manager.stores, now=db_now())}


@router.post(
    "/senders/{provider}/pause",
    auth=doors.manager_door,
    response={200: PolicyOut, doors.REFUSED_BODY | {404, 409}: ProblemOut},
)
def pause_sender(request: HttpRequest, provider: str, body: PauseIn) -> dict[str, Any]:
    """Switch off one's organisation's texts through a sender, and say why: they wait, and go when it is resumed."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    _check_named(provider)
    try:
        pauses.pause(
            provider=provider,
            organization=manager.organization,
            reason=body.reason,
            staff=manager.staff,
            now=db_now(),
        )
    except pauses.AlreadyPaused as error:
        raise Problem(409, "already_paused", "Somebody has paused these texts already.") from error
    return get_policy(request)


@router.post(
    "/senders/{provider}/resume",
    auth=doors.manager_door,
    response={200: PolicyOut, doors.REFUSED_CHANGE | {404, 409}: ProblemOut},
)
def resume_sender(request: HttpRequest, provider: str) -> dict[str, Any]:
    """Let texts leave again: what waits goes at once, and a provider that refused us is asked again. Twice is once."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    _check_named(provider)
    pauses.resume(provider=provider, organization=manager.organization, staff=manager.staff, now=db_now())
    left = pauses.pause_of(provider=provider, organization_id=manager.organization.pk)
    if left is not None:
        raise Problem(409, "paused_for_all", "Whoever runs this installation has paused all texts.")
    senders.try_again(senders.sender_of(provider))
    return get_policy(request)


def _check_named(provider: str) -> None:
    if provider not in routing.named() or provider not in NAMES:
        raise not_found()


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
        "senders": [_sender(sender, manager) for sender in alerts.named_senders()],
    }


def _sender(sender: Sender, manager: Manager) -> dict[str, Any]:
    now = db_now()
    closed = senders.why_closed(sender, now=now)
    slow = closed == "sender_busy" or (sender.slow_until is not None and sender.slow_until > now)
    refused = senders.is_refused(sender)
    pause = pauses.pause_of(provider=sender.provider, organization_id=manager.organization.pk)
    today = alerts.today_of(manager.stores, now=now)
    return {
        "provider": sender.provider,
        "kind": sender.kind,
        "state": "paused" if pause else "stopped" if refused else "slow" if slow else "ok",
        "why": pause.reason if pause else sender.breaker_code if refused else "",
        "pause": {
            "reason": pause.reason,
            "by": pause.paused_by.display_name if pause.paused_by else None,
            "at": pause.paused_at,
            "of_all": pause.organization_id is None,
        }
        if pause
        else None,
        "segments_per_second": sender.rate,
        "used_today": budgets.used_on(organization_id=manager.organization.pk, day=today, sender=sender),
    }


def _hours(week: Week) -> list[Hours | None]:
    return [Hours(opens=day.opens, closes=day.closes) if day else None for day in week]
