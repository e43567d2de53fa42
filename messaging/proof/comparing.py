"""Each day's texts by our record held against the provider's own: what the one has and the other has not."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Q

from crm.clock import db_now
from messaging.contract.proof import Incident
from messaging.contract.times import SETTLE_SECONDS
from messaging.models import Attempt, Comparison, Message
from messaging.models import Incident as IncidentRow
from messaging.proof import concerning
from messaging.providers import Absent, Accepted, CannotTell, Held, Listing, NoProvider, Provider, provider_named
from messaging.providers.sameness import same_words
from messaging.receiving import catch_up
from messaging.reconciling.pairing import CLOCK_MARGIN
from messaging.sending import routing, settling

log = structlog.get_logger("messaging.comparing")

_DAYS_BACK: Final = 7
_AGAIN_AFTER: Final = timedelta(hours=1)
# So many texts that a day's listing lacks are asked for one by one.
_MOST_FETCHED: Final = 500


def compare_due() -> int:
    """Compares each day of the last week that has not been compared in full yet; says how many were finished.

    A provider that does not answer is asked again an hour later.
    """
    now = db_now()
    finished = 0
    for day in (now.date() - timedelta(days=back) for back in range(1, _DAYS_BACK + 1)):
        for name in _providers_of(day):
            row = Comparison.objects.filter(provider=name, day=day).first()
            if row is None or (row.finished_at is None and now - row.tried_at >= _AGAIN_AFTER):
                finished += compare(provider=provider_named(name), day=day).finished_at is not None
    return finished


def compare(*, provider: Provider, day: date) -> Comparison:
    """Holds one day against the provider's list; every difference becomes an incident that somebody must close.

    On the way, doubts are ended by what is found, and reports that got lost are made up for.
    """
    listing = provider.listing(day)
    if isinstance(listing, CannotTell):
        return _tried(provider.name, day, why=listing.why)
    theirs = [held for held in listing.texts if held.ours]
    ours = {attempt.sid: attempt for attempt in _attempts_of(provider.name, day, theirs)}
    for held in theirs:
        attempt = ours.get(held.sid)
        if attempt is None:
            _explain(provider.name, day, held)
        elif attempt.message.provider_sid == held.sid:
            catch_up(attempt=attempt, held=held)
        else:
            # Its id came late, by a report or an answer, and the text has another one or had ended.
            _differ(provider.name, day, held, attempt)
    why = _look_for_missing(provider, day, [a for sid, a in ours.items() if sid not in _sids(listing)])
    on_day = sum(attempt.started_at.astimezone(UTC).date() == day for attempt in ours.values())
    return _tried(provider.name, day, why=why, ours=on_day, theirs=len(theirs))


def _providers_of(day: date) -> list[str]:
    """Those named for new texts and those that were given texts on that day, as far as they can be asked."""
    begin, end = _bounds(day)
    used = Attempt.objects.filter(started_at__gte=begin, started_at__lt=end).values_list("provider", flat=True)
    names = dict.fromkeys([*routing.named(), *used.distinct()])
    return [name for name in names if can_list(name)]


def can_list(name: str) -> bool:
    """Whether a day can be held against this provider's record; one that is no more cannot be asked either."""
    try:
        return provider_named(name).capabilities.lists_days
    except NoProvider:
        return False


def _attempts_of(provider: str, day: date, theirs: Iterable[Held]) -> list[Attempt]:
    """Our attempts of that day that the provider gave an id, and whichever others its list names."""
    begin, end = _bounds(day)
    with_id = Attempt.objects.filter(provider=provider).exclude(sid="").select_related("message")
    of_day = with_id.filter(started_at__gte=begin, started_at__lt=end)
    known = {attempt.sid: attempt for attempt in of_day}
    rest = [held.sid for held in theirs if held.sid not in known]
    for start in range(0, len(rest), 500):
        known |= {attempt.sid: attempt for attempt in with_id.filter(sid__in=rest[start : start + 500])}
    return list(known.values())


def _sids(listing: Listing) -> set[str]:
    return {held.sid for held in listing.texts}


def _explain(provider: str, day: date, held: Held) -> None:
    """A text that none of our attempts is known by: one that was in doubt, or believed unsent, or none of ours."""
    attempt = _may_be_of(provider, held)
    if attempt is None:
        _open("unknown_to_us", provider, day, held, message=_latest_to(held.to))
        return
    # Whatever the message has become since, its attempt learns its id.
    settling.settle(attempt_id=attempt.pk, outcome=Accepted(held.sid, held.status))
    message = Message.objects.get(pk=attempt.message_id)
    if message.provider_sid != held.sid:
        _differ(provider, day, held, attempt)


def _differ(provider: str, day: date, held: Held, attempt: Attempt) -> None:
    """The provider has a text of this attempt's that its message is not known by."""
    message = attempt.message
    other = _other_text(attempt)
    if other is None:
        _open("sent_after_all", provider, day, held, message=message)
    else:
        _open("sent_twice", provider, day, held, message=message, other_sid=other.sid)


def _other_text(attempt: Attempt) -> Attempt | None:
    """Another text that the provider took where one was planned: of this message, or of its visit's leaving."""
    message = attempt.message
    same = Q(message=message)
    if message.group == "departure":
        same |= Q(message__subject=message.subject, message__group="departure") & ~Q(message__state="failed")
    return Attempt.objects.filter(same).exclude(Q(sid="") | Q(pk=attempt.pk)).order_by("started_at", "id").first()


def _may_be_of(provider: str, held: Held) -> Attempt | None:
    """The attempt without an id that this may be the text of: the one that it names, or the earliest that told the
    same number the same words not too long before."""
    without_id = Attempt.objects.filter(provider=provider, sid="").select_related("message")
    if held.attempt_id is not None:
        return without_id.filter(pk=held.attempt_id).first()
    recent = without_id.filter(
        to=held.to,
        started_at__lte=held.created_at + CLOCK_MARGIN,
        # Far longer than anything may take: a text that turns up even later must be explained too.
        started_at__gte=held.created_at - timedelta(seconds=20 * SETTLE_SECONDS),
    )
    return next((a for a in recent.order_by("started_at", "id") if same_words(held.body, a.body)), None)


def _look_for_missing(provider: Provider, day: date, attempts: list[Attempt]) -> str:
    """Asks one by one for what the list lacks: it may still wait there, or have left on another day. Answers why the
    comparison is not complete, if it is not."""
    if len(attempts) > _MOST_FETCHED:
        return "more_than_can_be_asked_for"
    for attempt in attempts:
        match provider.fetch(attempt.sid):
            case Held() as held:
                catch_up(attempt=attempt, held=held)
            case Absent():
                _open("missing_at_provider", provider.name, day, _as_held(attempt), message=attempt.message)
            case CannotTell(why=why):
                return why
    return ""


def _as_held(attempt: Attempt) -> Held:
    return Held(sid=attempt.sid, status="", to=attempt.to, body="", created_at=attempt.started_at)


def _open(
    kind: Incident, provider: str, day: date, held: Held, *, message: Message | None, other_sid: str = ""
) -> None:
    # A text that nobody planned belongs to no message: the latest to the same number only says whose customer it is.
    of_message = None if kind == "unknown_to_us" else message
    organization_id = message.organization_id if message else concerning.only_user(provider)
    with transaction.atomic(durable=True):
        _, new = IncidentRow.objects.get_or_create(
            kind=kind,
            provider=provider,
            sid=held.sid,
            defaults={
                "other_sid": other_sid,
                "organization_id": organization_id,
                "message": of_message,
                "last4": held.to[-4:],
                "day": day,
                "found_at": db_now(),
            },
        )
    if new:
        log.error("incident", kind=kind, provider=provider, sid=held.sid, is_anybodys=organization_id is None)


def _latest_to(number: str) -> Message | None:
    return Message.objects.filter(contact__e164=number).order_by("-planned_at").first()


def _tried(provider: str, day: date, *, why: str, ours: int = 0, theirs: int = 0) -> Comparison:
    now = db_now()
    values = {"tried_at": now, "why": why[:40], "ours": ours, "theirs": theirs}
    row, _ = Comparison.objects.update_or_create(
        provider=provider, day=day, defaults=values | {"finished_at": None if why else now}
    )
    log.info("compared", provider=provider, day=day.isoformat(), ours=ours, theirs=theirs, why=why)
    return row


def _bounds(day: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time.min, tzinfo=UTC)
    return begin, begin + timedelta(days=1)
