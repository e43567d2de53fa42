"""Who texts leave from: how fast, and whether at all. The rows are in the database, so that what one worker learns
holds for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import phonenumbers
import structlog
from django.conf import settings
from django.db.models import Case, F, FloatField, Func, Value, When
from django.db.models.functions import Greatest, Least
from phonenumbers import PhoneNumberType

from crm.clock import db_now
from messaging.contract.reasons import Reason
from messaging.contract.wording import MAX_SEGMENTS
from messaging.models import Sender

log = structlog.get_logger("messaging.sending.senders")

Kind = Literal["long_code", "toll_free", "short_code", "alphanumeric", "service", "own"]
# Segments a second that providers take from each kind by default. A service may have several numbers: it is taken to
# have as much as one toll-free number, until somebody who knows says more.
LIMITS: Final[Mapping[Kind, float | None]] = {
    "long_code": 1,
    "toll_free": 3,
    "short_code": 100,
    "alphanumeric": 10,
    "service": 3,
    "own": None,
}
# A limit is never gone up to: other programs may use the same sender.
SHARE_OF_LIMIT: Final = 0.8
SLOW_SECONDS: Final = 60
# A provider that refuses our account is asked again after so long: somebody may have mended it.
BREAKER_SECONDS: Final = 60
_ASKED_TO_WAIT: Final = "retry_after"
_SERVICE_PREFIX: Final = "MG"


def sender_of(provider: str) -> Sender:
    """The sender that the settings name for a provider, as fast as they say, or else as its kind usually is."""
    address, kind = _address(provider)
    own_limit = settings.TWILIO_SEGMENTS_PER_SECOND if provider == "twilio" else None
    limit = own_limit or LIMITS[kind]
    rate = limit * SHARE_OF_LIMIT if limit else None
    sender, new = Sender.objects.get_or_create(
        provider=provider,
        address=address,
        defaults={
            "kind": kind,
            "rate": rate,
            "tokens": MAX_SEGMENTS,
            "tokens_at": db_now,
        },
    )
    if new:
        log.info("sender_made", sender=sender.pk, provider=provider, kind=kind)
    elif sender.rate != rate:
        sender.rate = rate
        sender.save(update_fields=["rate"])
    return sender


def why_closed(sender: Sender, *, now: datetime) -> Reason | None:
    """Why nothing may leave from a sender at this moment; None if something may, as fast as it may."""
    if sender.breaker_until is not None and sender.breaker_until > now:
        return "sender_busy" if sender.breaker_code == _ASKED_TO_WAIT else "sender_stopped"
    return None


def take(sender: Sender, *, texts: Sequence[int]) -> bool:
    """Texts of so many segments each may leave when their sender has tokens for all of them: those come back at the
    sender's rate, at half of it while the provider wants us slow, and are taken in one statement, so that no two
    workers take the same."""
    if sender.rate is None:
        return True
    now = db_now()
    rate = Case(When(slow_until__gt=now, then=F("rate") / 2.0), default=F("rate"), output_field=FloatField())
    # A second's worth may come at once, and in any case the longest text: it would wait for ever, and all behind it.
    most = Greatest(F("rate"), Value(float(max(MAX_SEGMENTS, *texts))), output_field=FloatField())
    tokens = Least(most, F("tokens") + rate * Greatest(_Seconds(Value(now), F("tokens_at")), Value(0.0)))
    enough = Sender.objects.filter(pk=sender.pk).annotate(have=tokens).filter(have__gte=sum(texts))
    taken = enough.update(tokens=F("have") - Value(float(sum(texts))), tokens_at=Greatest(F("tokens_at"), Value(now)))
    return bool(taken)


def slow_down(sender: Sender, *, retry_after_seconds: float | None) -> None:
    """A provider that says "too many" gets half as many for a minute, and none before the time it named."""
    now = db_now()
    changes: dict[str, Any] = {"slow_until": now + timedelta(seconds=SLOW_SECONDS)}
    if retry_after_seconds:
        until = now + timedelta(seconds=retry_after_seconds)
        changes |= {"breaker_until": until, "breaker_code": _ASKED_TO_WAIT}
    Sender.objects.filter(pk=sender.pk).update(**changes)
    log.warning("sender_slowed", sender=sender.pk, seconds=retry_after_seconds)


def stop(sender: Sender, *, code: str) -> None:
    """A provider that refuses our account is left alone for a while, and somebody is told: its texts wait."""
    until = db_now() + timedelta(seconds=BREAKER_SECONDS)
    Sender.objects.filter(pk=sender.pk).update(breaker_until=until, breaker_code=code[:24])
    log.error("provider_refuses_us", sender=sender.pk, provider=sender.provider, code=code)


def try_again(sender: Sender) -> None:
    """A provider that refused our account, or asked us to wait, may be asked again at once: somebody has mended it."""
    Sender.objects.filter(pk=sender.pk).update(breaker_until=None, breaker_code="")


def is_refused(sender: Sender) -> bool:
    """A provider refuses our account from its first refusal until a text leaves again, also between two tries."""
    return sender.breaker_code not in ("", _ASKED_TO_WAIT)


def has_worked(sender: Sender) -> None:
    """A text has left: whatever the provider objected to is over, unless it has just objected again."""
    if not sender.breaker_code:
        return
    over = Sender.objects.filter(pk=sender.pk, breaker_until__lte=db_now())
    over.update(breaker_until=None, breaker_code="")
    sender.breaker_code = ""


def _address(provider: str) -> tuple[str, Kind]:
    if provider != "twilio":
        return provider, "own"
    address = settings.TWILIO_MESSAGING_SERVICE_SID or settings.TWILIO_FROM
    return address, _kind(address)


def _kind(address: str) -> Kind:
    if address.startswith(_SERVICE_PREFIX):
        return "service"
    digits = address.removeprefix("+")
    if not digits.isdigit():
        return "alphanumeric"
    if len(digits) <= 6:
        return "short_code"
    number = phonenumbers.parse(address) if address.startswith("+") else None
    toll_free = number is not None and phonenumbers.number_type(number) == PhoneNumberType.TOLL_FREE
    return "toll_free" if toll_free else "long_code"


class _Seconds(Func):
    """The seconds from the second moment to the first."""

    arity = 2
    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM (%(expressions)s))::double precision"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Days as a floating number: good to some 50 microseconds.
        sql, params = [], []
        for expression in self.source_expressions:
            part, values = compiler.compile(expression)
            sql.append(f"julianday({part})")
            params += values
        return f"(({sql[0]} - {sql[1]}) * 86400.0)", params
