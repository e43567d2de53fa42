"""Twilio. The only module that knows its client, its codes and its signatures."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from messaging.contract.times import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from messaging.providers import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    Held,
    Kind,
    Listing,
    LookedFor,
    NotSent,
    Outcome,
    Outgoing,
    Unknown,
)
from messaging.providers.sameness import same_words
from messaging.providers.wire import Wire

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

# What Twilio's codes mean for us. A code that is not here, with a 4xx status, is a refusal that a person looks into.
CODES: Final[Mapping[int, Kind]] = {
    20429: "retry",  # too many requests at once: documented as never processed
    21611: "retry",  # this sender's queue is full
    21730: "retry",  # maintenance
    20003: "config",  # wrong credentials
    20404: "config",  # no such account
    21408: "config",  # this region is switched off in the console
    21606: "config",  # From cannot send texts
    21608: "config",  # a trial account texts verified numbers only
    21659: "config",  # From is not ours
    21703: "config",  # the messaging service has no sender
    30002: "config",  # account suspended
    21211: "number",  # not a number
    21217: "number",  # not a number
    21612: "number",  # no way to this number
    21614: "number",  # not a mobile number
    21610: "opted_out",  # sent STOP to this sender
    21602: "content",  # no body
    21605: "content",  # the body is too long
    21617: "content",  # the body is too long once joined
}
_TOO_MANY: Final = 429
# A timeout told by a server in between: the request may have gone on without it.
_IN_DOUBT: Final = (408, 499)
_NOT_FOUND: Final = 404
# What we asked for: Twilio's own answers to a STOP leave the account as replies.
_OUTBOUND: Final = "outbound-api"
# How many of a number's newest texts are looked at, and how many of a day's: more than any number or day should have.
_LOOK_AT: Final = 50
_PAGE: Final = 1000
_MOST_OF_A_DAY: Final = 200_000
# Twilio's clock need not be ours, and it counts in whole seconds.
_CLOCK_MARGIN: Final = timedelta(seconds=2)


class Twilio:
    """Asks Twilio's Messages resource once for each attempt; its callback proves acceptance if the answer is lost."""

    name = "twilio"
    capabilities = Capabilities(
        lookup=True,
        lists_days=True,
        template_only=False,
        tells_receipts=True,
        on_absent="resend",
    )

    def send(self, outgoing: Outgoing) -> Outcome:
        wire = Wire(may_write=outgoing.still_mine)
        try:
            return _create(outgoing, wire)
        except Exception as error:
            # Whatever it was: as long as no byte of the request has left, nothing can have come of it.
            if not wire.wrote:
                return NotSent("retry", type(error).__name__)
            return Unknown(type(error).__name__)

    def lookup(self, looked_for: LookedFor) -> Found | Absent | CannotTell:
        wire = _reading()
        try:
            # By number and without a date: a text that still waits at Twilio has no date of sending yet.
            listed = [_held(made) for made in _client(wire).messages.list(to=looked_for.to, limit=_LOOK_AT)]
        except Exception as error:
            return CannotTell(_why(wire, error))
        return _seen(looked_for, [held for held in listed if held is not None], all_seen=len(listed) < _LOOK_AT)

    def listing(self, day: date) -> Listing | CannotTell:
        wire = _reading()
        try:
            # The client would write a date as a moment, which this filter is not documented to take.
            stream = _client(wire).messages.stream(date_sent=day.isoformat(), page_size=_PAGE)
            texts = [held for made in islice(stream, _MOST_OF_A_DAY) if (held := _held(made)) is not None]
            if next(stream, None) is not None:
                return CannotTell("more_than_can_be_read")
        except Exception as error:
            return CannotTell(_why(wire, error))
        return Listing(tuple(texts))

    def fetch(self, sid: str) -> Held | Absent | CannotTell:
        wire = _reading()
        try:
            held = _held(_client(wire).messages(sid).fetch())
        except Exception as error:
            missing = wire.last_response is not None and wire.last_response.status_code == _NOT_FOUND
            return Absent() if missing else CannotTell(_why(wire, error))
        return held or CannotTell("no_text_of_ours")


def _create(outgoing: Outgoing, wire: Wire) -> Outcome:
    from twilio.base.exceptions import TwilioException

    try:
        made = _client(wire).messages.create(**_form(outgoing))
    except TwilioException as error:
        response = wire.last_response
        if response is None:
            raise
        return classify(
            http_status=response.status_code,
            code=getattr(error, "code", None),
            retry_after=(response.headers or {}).get("Retry-After"),
        )
    if not made.sid:
        return Unknown("no_sid")
    return Accepted(str(made.sid), str(made.status or "queued"))


def _form(outgoing: Outgoing) -> dict[str, Any]:
    form: dict[str, Any] = {
        "to": outgoing.to,
        "body": outgoing.body,
        "status_callback": f"{settings.PUBLIC_BASE_URL}/hooks/twilio/status/{outgoing.attempt_id}",
        "validity_period": outgoing.validity_seconds,
    }
    if settings.TWILIO_MESSAGING_SERVICE_SID:
        return form | {"messaging_service_sid": settings.TWILIO_MESSAGING_SERVICE_SID}
    return form | {"from_": settings.TWILIO_FROM}


def classify(*, http_status: int, code: object, retry_after: str | None) -> Outcome:
    """What an answer without a message id means: a 4xx was not sent, anything else may have been."""
    if not 400 <= http_status < 500 or http_status in _IN_DOUBT:
        return Unknown(f"http_{http_status}", http_status)
    number = code if isinstance(code, int) else None
    kind: Kind = "retry" if http_status == _TOO_MANY else CODES.get(number or 0, "refused")
    if http_status in (401, 403) and number not in CODES:
        kind = "config"
    return NotSent(kind, str(number or http_status), _seconds(retry_after) if kind == "retry" else None, http_status)


def _seconds(retry_after: str | None) -> float | None:
    # Twilio gives seconds; the date that HTTP allows as well would be by somebody else's clock.
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None


def _reading() -> Wire:
    # To ask is harmless at any time.
    return Wire(may_write=lambda: True)


def _why(wire: Wire, error: Exception) -> str:
    """What kept an answer from us, without a word of it."""
    status = wire.last_response.status_code if wire.last_response is not None else 200
    return type(error).__name__ if 200 <= status < 300 else f"http_{status}"


def _held(made: Any) -> Held | None:
    """A text that was asked for, as Twilio describes it; None for another. Raises on a strange one."""
    if made.direction != _OUTBOUND:
        return None
    if not (made.sid and made.status and isinstance(made.date_created, datetime)):
        raise ValueError("a text without id, status or date")
    service = settings.TWILIO_MESSAGING_SERVICE_SID
    return Held(
        sid=made.sid,
        status=made.status,
        to=made.to or "",
        body=made.body or "",
        created_at=made.date_created.astimezone(UTC),
        error_code=str(made.error_code or ""),
        ours=made.messaging_service_sid == service if service else made.from_ == settings.TWILIO_FROM,
    )


def _seen(looked_for: LookedFor, texts: list[Held], *, all_seen: bool) -> Found | Absent | CannotTell:
    oldest = looked_for.started_at - _CLOCK_MARGIN
    alike = [
        text
        for text in texts
        if text.to == looked_for.to
        and text.created_at >= oldest
        and same_words(text.body, looked_for.body)
        and text.sid not in looked_for.owned
    ]
    if found := tuple(text for text in alike if text.ours):
        return Found(found)
    if alike:
        # The sender in the settings may have been changed since: "absent" would send it a second time.
        return CannotTell("from_another_sender")
    if not all_seen and all(text.created_at >= oldest for text in texts):
        return CannotTell("too_many_newer")
    return Absent()


def _client(wire: Wire) -> "Client":
    from twilio.rest import Client

    # An explicit environment: edges and regions named by the machine's own variables would change the host.
    return Client(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        http_client=_http_client(wire),
        environment={"TWILIO_EDGE": ""},
    )


def _http_client(wire: Wire) -> "TwilioHttpClient":
    from twilio.http.http_client import TwilioHttpClient

    class OneRequest(TwilioHttpClient):  # type: ignore[misc]  # twilio has no types
        """Keeps what the exceptions of the client leave out, and goes where the settings say."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            wire.last_response = super().request(method, _moved(url), *args, **kwargs)
            return wire.last_response

    client = OneRequest()
    # Its own check allows one number only; the session takes one for connecting and one for reading.
    client.timeout = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
    client.session.mount("https://", wire.adapter())
    client.session.mount("http://", wire.adapter())
    return client


def _moved(url: str) -> str:
    """Twilio's address, on the host that TWILIO_API_URL names."""
    if not settings.TWILIO_API_URL:
        return url
    host = urlsplit(settings.TWILIO_API_URL)
    return urlunsplit(urlsplit(url)._replace(scheme=host.scheme, netloc=host.netloc))


def is_signed(*, url: str, params: Mapping[str, Any], signature: str) -> bool:
    """Whether Twilio signed these form fields for this address, with either token while they are being changed."""
    from twilio.request_validator import RequestValidator

    return bool(signature) and any(
        # The algorithm is ours to choose, not the request's: its header is not looked at.
        RequestValidator(token).validate(url, params, signature)
        for token in _tokens()
    )


def _tokens() -> Iterable[str]:
    # An empty token would make a signature that anybody can compute.
    return filter(None, (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY))
