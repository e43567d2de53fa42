"""The addresses that Aliyun pushes to: receipts (SmsReport) and customers' replies (SmsUp), several at once.

Aliyun signs nothing, so the address itself is what only Aliyun and we know. It pushes again what was not answered with
200, so a push that could be read is always answered with that, once all of it is stored.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm.bodies import read_json
from messaging.inbound import Heard, hear
from messaging.providers import aliyun
from messaging.receiving import Report, keep_aside, receive
from messaging.webhooks import LONGEST_SENDER, turn_away, words, wrong_size

log = structlog.get_logger("messaging.webhooks")

# As its sending takes them: with the country's code or without.
_NUMBER: Final = re.compile(r"(?:\+?86|0086)?(1[0-9]{10})")
_ID: Final = re.compile(r"[!-~]{1,64}")
_ERROR_CODE: Final = re.compile(r"[ -~]{0,64}")
_DEST_CODE: Final = re.compile(r"[0-9]{0,20}")
# The most that a registered signature has.
_LONGEST_SIGNATURE: Final = 40


@csrf_exempt
@require_POST
def aliyun_receipts(request: HttpRequest, secret: str = "") -> HttpResponse:
    """Aliyun tells what became of texts."""
    return _take(request, secret, "aliyun_receipts", _take_receipt)


@csrf_exempt
@require_POST
def aliyun_replies(request: HttpRequest, secret: str = "") -> HttpResponse:
    """Customers have answered. A STOP has effect before Aliyun has its answer."""
    return _take(request, secret, "aliyun_replies", _take_reply)


def _take(request: HttpRequest, secret: str, hook: str, take: Callable[[dict[str, Any]], bool]) -> HttpResponse:
    """Takes each row of a push by itself: one that cannot be read is counted, and holds up none of the others."""
    if not aliyun.is_push_secret(secret):
        return turn_away(request, hook=hook, event="forged", status=403)
    # Whoever knows the address is Aliyun: what is wrong with its push is told, and never counted against it.
    status = wrong_size(request)
    if status is not None:
        log.warning("too_big" if status == 413 else "no_length", hook=hook)
        return HttpResponse(status=status)
    try:
        rows = read_json(request.body)
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        log.warning("unreadable_push", hook=hook)
        return HttpResponse(status=400)
    for index, row in enumerate(rows):
        if not (isinstance(row, dict) and take(row)):
            log.warning("unreadable_push", hook=hook, row=index)
    return JsonResponse({"code": 0, "msg": "OK"})


def _take_receipt(row: dict[str, Any]) -> bool:
    biz_id, success = _id(row.get("biz_id")), row.get("success")
    attempt = _attempt(row.get("out_id"))
    if _number(row) is None or biz_id is None or not isinstance(success, bool):
        sid, status, error_code = (str(row.get(name, "")) for name in ("biz_id", "success", "err_code"))
        keep_aside(Report("aliyun", attempt, sid, status, error_code, _digest_of(row)))
        return False
    code = row.get("err_code")
    code = code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
    error_code, means = ("", None) if success else aliyun.failure(code)
    status = "delivered" if success else "undelivered"
    content = f"{attempt}\n{biz_id}\n{status}\n{error_code}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    sid = aliyun.sid_of(attempt) if attempt is not None else biz_id
    receive(Report("aliyun", attempt, sid, status, error_code, digest, means=means))
    return True


def _take_reply(row: dict[str, Any]) -> bool:
    """Whatever shape the ids have, the words count: they may be a STOP."""
    content, sender = row.get("content"), _number(row) or str(row.get("phone_number", ""))
    # Of late its documentation names no signature.
    signature, dest_code = row.get("sign_name"), row.get("dest_code")
    if not isinstance(content, str):
        return False
    signature = words(signature).strip("【】 ")[:_LONGEST_SIGNATURE] if isinstance(signature, str) else ""
    dest_code = dest_code if isinstance(dest_code, str) and _DEST_CODE.fullmatch(dest_code) else ""
    hear(
        Heard(
            provider="aliyun",
            sid=_id(row.get("sequence_id")) or _digest_of(row),
            sender=words(sender)[:LONGEST_SENDER],
            # It texts from no number of ours: what was answered is a signature.
            to=f"【{signature}】{dest_code}",
            body=words(content),
            signature=signature,
        )
    )
    return True


def _digest_of(row: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _number(row: dict[str, Any]) -> str | None:
    told = row.get("phone_number")
    found = _NUMBER.fullmatch(told) if isinstance(told, str) else None
    return f"+86{found[1]}" if found else None


def _id(told: object) -> str | None:
    """An id of Aliyun's own, which it has described as a text and as a number."""
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    return text if _ID.fullmatch(text) else None


def _attempt(told: object) -> UUID | None:
    """The attempt that a text was named by; None for what another system of the same account named it."""
    try:
        attempt = UUID(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return attempt if str(attempt) == told else None
