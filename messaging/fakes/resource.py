"""A text as Twilio's Messages resource shows it, and as its own requests tell of it."""

import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

API_VERSION: Final = "2010-04-01"
# Whatever is not of GSM 03.38's two tables.
_UCS2: Final = re.compile(
    r"[^@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\\[~\]|€]"
)


def date(at: float) -> str:
    """A moment as Twilio writes it: to the second, in GMT."""
    return format_datetime(datetime.fromtimestamp(at, UTC))


def new(
    *,
    account: str,
    at: float,
    to: str,
    sender: str | None,
    service: str | None,
    body: str,
    status: str,
    direction: str,
) -> dict[str, Any]:
    """A text with an id of its own."""
    sid = "SM" + secrets.token_hex(16)
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": body,
        "date_created": date(at),
        "date_sent": None,
        "date_updated": date(at),
        "direction": direction,
        "error_code": None,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": service,
        "num_media": "0",
        # A service has no sender yet, and counts nothing.
        "num_segments": "0" if service else str(segments(body)),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": status,
        "subresource_uris": {"media": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}/Media.json"},
        "to": to,
        "uri": f"/{API_VERSION}/Accounts/{account}/Messages/{sid}.json",
    }


def segments(body: str) -> int:
    """How many segments Twilio counts: of 160 or 153 septets, or of 70 or 67 UTF-16 units."""
    if _UCS2.search(body):
        widths, alone, joined = [len(c.encode("utf-16-le")) // 2 for c in body], 70, 67
    else:
        widths, alone, joined = [2 if c in "\f^{}\\[~]|€" else 1 for c in body], 160, 153
    if sum(widths) <= alone:
        return 1
    count, room = 1, joined
    for width in widths:
        if width > room:
            count, room = count + 1, joined
        room -= width
    return count


def report(text: dict[str, Any]) -> dict[str, str]:
    """The parameters of a status callback."""
    fields = {
        "AccountSid": text["account_sid"],
        "ApiVersion": API_VERSION,
        "From": text["from"],
        "MessageSid": text["sid"],
        "MessageStatus": text["status"],
        "SmsSid": text["sid"],
        "SmsStatus": text["status"],
        "To": text["to"],
    }
    if text["messaging_service_sid"]:
        fields["MessagingServiceSid"] = text["messaging_service_sid"]
    if text["error_code"]:
        fields["ErrorCode"] = str(text["error_code"])
    return fields


def incoming(text: dict[str, Any], opt_out_type: str) -> dict[str, str]:
    """The parameters by which a text that came in is handed over."""
    fields = {
        "AccountSid": text["account_sid"],
        "ApiVersion": API_VERSION,
        "Body": text["body"],
        "From": text["from"],
        "MessageSid": text["sid"],
        "NumMedia": "0",
        "NumSegments": text["num_segments"],
        "SmsMessageSid": text["sid"],
        "SmsSid": text["sid"],
        "SmsStatus": "received",
        "To": text["to"],
        "ToCountry": "US",
        "FromCountry": "US",
    }
    return fields | ({"OptOutType": opt_out_type} if opt_out_type else {})
