"""Aliyun, for numbers of mainland China: registered wording alone. No other module knows its SDK and its codes."""

import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import requests
import structlog
from django.conf import settings

from messaging.contract.times import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from messaging.models import Attempt
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
from messaging.providers.wire import Wire
from messaging.wording.registered import Filled, filled

if TYPE_CHECKING:
    from alibabacloud_dysmsapi20170525.client import Client

log = structlog.get_logger("messaging.aliyun")

# What Aliyun's codes mean for us. Any other of `isv.` is a refusal that a person looks into; any other of `isp.` is a
# failure of its own, of which nobody knows how far it came.
CODES: Final[Mapping[str, Kind]] = {
    "isv.BUSINESS_LIMIT_CONTROL": "retry",  # too many texts to this number in a minute, an hour or a day
    "Throttling": "retry",
    "Throttling.Api": "retry",
    "Throttling.User": "retry",
    "isv.ACCOUNT_ABNORMAL": "config",
    "isv.ACCOUNT_NOT_EXISTS": "config",
    "isv.AMOUNT_NOT_ENOUGH": "config",  # no money left
    "isv.DAY_LIMIT_CONTROL": "config",  # the account's own limit for a day
    "isv.DENY_IP_RANGE": "config",  # only hosts in mainland China may ask
    "isv.MONTH_LIMIT_CONTROL": "config",
    "isv.OUT_OF_SERVICE": "config",  # no money left
    "isv.PRODUCT_UNSUBSCRIBE": "config",
    "isv.PRODUCT_UN_SUBSCRIPT": "config",
    "isp.RAM_PERMISSION_DENY": "config",  # the key may not send texts
    "Forbidden.RAM": "config",
    "InvalidAccessKeyId.Inactive": "config",
    "InvalidAccessKeyId.NotFound": "config",
    "InvalidTimeStamp.Expired": "config",  # this host's clock is wrong
    "SignatureDoesNotMatch": "config",
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.CUSTOMER_REFUSED": "opted_out",
    "isv.BLACK_KEY_CONTROL_LIMIT": "content",  # a field holds a forbidden word
    "isv.INVALID_JSON_PARAM": "content",
    "isv.PARAM_LENGTH_LIMIT": "content",
    "isv.PARAM_NOT_SUPPORT_URL": "content",
    "isv.SIGN_STATE_ILLEGAL": "content",
    "isv.SMS_CONTENT_ILLEGAL": "content",
    "isv.SMS_SIGNATURE_ILLEGAL": "content",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "content",
    "isv.SMS_SIGN_ILLEGAL": "content",
    "isv.SMS_TEMPLATE_ILLEGAL": "content",
    "isv.TEMPLATE_MISSING_PARAMETERS": "content",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "content",
}
# What its details say of a text: waits for the carrier's receipt, failed, arrived.
_STATUSES: Final = {1: "sent", 2: "undelivered", 3: "delivered"}
_MAINLAND: Final = "+86"
_BEIJING: Final = timezone(timedelta(hours=8))
_PREFIX: Final = "aliyun-"
_PAGE: Final = 50
_MOST_PAGES: Final = 10
# A text is dated when Aliyun took it, which can be on the next day of its calendar.
_AROUND: Final = timedelta(minutes=10)
_HOST: Final = "dysmsapi.aliyuncs.com"
_lines: Final = count(1_000_000)


class Aliyun:
    """Sends registered wording to numbers of mainland China; each text is named by its attempt, and found by it.

    It pushes receipts and customers' answers to an address that holds a secret, once one is set; its documentation
    knows no signature. A push that fails four times is lost, so receipts are asked for as well, and who asked Aliyun
    for no more texts is known by its refusal of the next one at the latest.
    """

    name = "aliyun"
    # How soon a text is in the details is not documented: what is not there yet may still have been sent.
    capabilities = Capabilities(
        lookup=True,
        lists_days=False,
        template_only=True,
        tells_receipts=False,
        on_absent="review",
    )

    def send(self, outgoing: Outgoing) -> Outcome:
        if not outgoing.to.startswith(_MAINLAND):
            return NotSent("refused", "not_mainland_china")
        wire = Wire(may_write=outgoing.still_mine)
        try:
            wording = filled(organization_id=outgoing.organization_id, body=outgoing.body)
            if wording is None:
                return NotSent("content", "wording_not_registered")
            return _create(outgoing, wording, wire)
        except Exception as error:
            if not wire.wrote:
                return NotSent("retry", type(error).__name__)
            return Unknown(type(error).__name__)

    def lookup(self, looked_for: LookedFor) -> Found | Absent | CannotTell:
        asked_at = looked_for.started_at
        days = {(moment.astimezone(_BEIJING)).date() for moment in (asked_at - _AROUND, asked_at, asked_at + _AROUND)}
        try:
            for day in sorted(days):
                for detail in _details(looked_for.to, day):
                    if detail.out_id == str(looked_for.attempt_id):
                        return Found((_held(detail, looked_for),))
        except Exception as error:
            return CannotTell(str(error) if isinstance(error, _NoDetails) else type(error).__name__)
        return Absent()

    def listing(self, day: date) -> Listing | CannotTell:
        # Its details can be asked for one number at a time.
        return CannotTell("lists_one_number_at_a_time")

    def fetch(self, sid: str) -> Held | Absent | CannotTell:
        try:
            attempt = Attempt.objects.filter(pk=UUID(hex=sid.removeprefix(_PREFIX)), provider=self.name).first()
        except ValueError:
            return Absent()
        except Exception as error:
            return CannotTell(type(error).__name__)
        if attempt is None:
            return Absent()
        looked = self.lookup(
            LookedFor(attempt_id=attempt.pk, to=attempt.to, body=attempt.body, started_at=attempt.started_at)
        )
        return looked.texts[0] if isinstance(looked, Found) else looked


def classify(*, http_status: int, code: str, retry_after: float | None = None) -> Outcome:
    """What an answer other than OK means: a code that Aliyun gives to a request it refuses was not sent, and its own
    failures may have been."""
    kind = CODES.get(code)
    if kind is None and code.startswith("Throttling"):
        kind = "retry"
    if kind is None and (code.startswith("isv.") or 400 <= http_status < 500) and http_status not in (408, 499):
        kind = "refused"
    if kind is None or http_status >= 500:
        return Unknown(code or f"http_{http_status}", http_status)
    return NotSent(kind, code, retry_after if kind == "retry" else None, http_status)


def _create(outgoing: Outgoing, wording: Filled, wire: Wire) -> Outcome:
    from alibabacloud_dysmsapi20170525.models import SendSmsRequest
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

    request = SendSmsRequest(
        phone_numbers=outgoing.to.removeprefix(_MAINLAND),
        sign_name=wording.signature,
        template_code=wording.code,
        template_param=json.dumps(wording.fields, ensure_ascii=False) if wording.fields else None,
        out_id=str(outgoing.attempt_id),
    )
    with _line(wire) as (client, options):
        try:
            response = client.send_sms_with_options(request, options)
        except AlibabaCloudException as error:
            status = int(error.status_code or 0)
            retry_after = getattr(error, "retry_after", None)
            # The SDK tells it in milliseconds.
            return classify(
                http_status=status, code=str(error.code), retry_after=retry_after / 1000 if retry_after else None
            )
    body = response.body
    if body is None or not body.code:
        return Unknown("no_code", response.status_code)
    if body.code != "OK":
        return classify(http_status=int(response.status_code or 200), code=str(body.code))
    log.info("aliyun_accepted", attempt=str(outgoing.attempt_id), biz_id=str(body.biz_id))
    return Accepted(sid_of(outgoing.attempt_id), "accepted")


class _NoDetails(Exception):
    """The details were refused, or are not all there."""


def _details(to: str, day: date) -> Iterator[Any]:
    """Every text to a number that Aliyun dates on a day of its calendar."""
    from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest

    seen = 0
    for page in range(1, _MOST_PAGES + 1):
        request = QuerySendDetailsRequest(
            phone_number=to.removeprefix(_MAINLAND),
            send_date=day.strftime("%Y%m%d"),
            page_size=_PAGE,
            current_page=page,
        )
        with _line(Wire(may_write=lambda: True)) as (client, options):
            body = client.query_send_details_with_options(request, options).body
        if body is None or body.code != "OK":
            raise _NoDetails(str(body.code) if body is not None and body.code else "no_code")
        listed = (body.sms_send_detail_dtos and body.sms_send_detail_dtos.sms_send_detail_dto) or []
        yield from listed
        seen += len(listed)
        if seen >= int(body.total_count or 0):
            return
        if not listed:
            # It counts texts that it does not show.
            raise _NoDetails("details_missing")
    raise _NoDetails("too_many_texts")


def _held(detail: Any, looked_for: LookedFor) -> Held:
    status = _STATUSES[int(detail.send_status)]
    error_code, means = failure(str(detail.err_code or "")) if status == "undelivered" else ("", None)
    at = datetime.strptime(detail.send_date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_BEIJING)
    return Held(
        sid=sid_of(looked_for.attempt_id),
        status=status,
        to=looked_for.to,
        body=detail.content or "",
        created_at=at.astimezone(UTC),
        error_code=error_code,
        means=means,
        attempt_id=looked_for.attempt_id,
    )


def sid_of(attempt_id: UUID) -> str:
    """What a text is called: the details do not show Aliyun's own id, so it is what we named it."""
    return _PREFIX + attempt_id.hex


def failure(code: str) -> tuple[str, Kind | None]:
    """How the error of a text that did not arrive is kept, and what it says of the number."""
    # Of the codes of carriers there is no list to rely on: only Aliyun's own say something of a number.
    return code[:16], kind if (kind := CODES.get(code)) in ("number", "opted_out") else None


def is_push_secret(told: str) -> bool:
    """Whether a push came to the address that only Aliyun was told; either secret is good while they are changed."""
    known = [secret for secret in (settings.ALIYUN_PUSH_SECRET, settings.ALIYUN_PUSH_SECRET_SECONDARY) if secret]
    return any(hmac.compare_digest(told.encode(), secret.encode()) for secret in known)


class _Line(requests.Session):
    """One request's own connection: never a kept one, never to another address, never by way of a redirect."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.trust_env = False
        self.used = False
        self.mount("https://", wire.adapter())
        self.mount("http://", wire.adapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.used = True
        return super().send(request, **kwargs | {"allow_redirects": False})


class _NotOurLine(Exception):
    """The SDK went another way, so nobody knows whether a byte has left."""


@contextmanager
def _line(wire: Wire) -> Iterator[tuple["Client", Any]]:
    """A client for one request over a connection that asks before it writes."""
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi.utils_models import Config
    from darabonba.core import DaraCore
    from darabonba.runtime import RuntimeOptions

    # With DEBUG=sdk in the environment it would write numbers and texts to the error output.
    logging.getLogger("darabonba-core").disabled = True
    api = urlsplit(settings.ALIYUN_API_URL or f"https://{_HOST}")
    config = Config(
        access_key_id=settings.ALIYUN_ACCESS_KEY_ID,
        access_key_secret=settings.ALIYUN_ACCESS_KEY_SECRET,
        protocol=api.scheme,
        endpoint=api.netloc,
    )
    # The SDK takes its sessions from a table of its own, by host and size of the pool. A size that no other has leads
    # to the session that is put there for this request alone; without one it would keep connections and share them.
    size = next(_lines)
    key = f"{api.scheme}://{api.netloc}:80:pool={size}"
    options = RuntimeOptions(
        connect_timeout=CONNECT_TIMEOUT_SECONDS * 1000,
        read_timeout=READ_TIMEOUT_SECONDS * 1000,
        max_idle_conns=size,
        autoretry=False,
    )
    client = Client(config)
    line = DaraCore._sessions[key] = _Line(wire)
    try:
        yield client, options
    finally:
        del DaraCore._sessions[key]
        line.close()
        if not line.used:
            # Whatever left did not ask us first.
            wire.wrote = True
            raise _NotOurLine
