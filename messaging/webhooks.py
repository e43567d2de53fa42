"""The addresses that providers call. A right signature is always answered with success: a retry could not help."""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.providers.twilio import is_signed
from messaging.receiving import Report, receive

log = structlog.get_logger("messaging.webhooks")

MOST_BYTES: Final = 64 * 1024
_FORM: Final = "application/x-www-form-urlencoded"
_SID: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_STATUS: Final = re.compile(r"[a-z_]{1,24}")
_ERROR_CODE: Final = re.compile(r"[0-9]{0,6}")


@csrf_exempt
@require_POST
def twilio_status(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """Twilio tells what became of an attempt."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    # A JSON body would be signed in another way; Twilio sends forms.
    if request.content_type != _FORM:
        return HttpResponse(status=415)
    if not _is_from_twilio(request):
        log.warning("forged_callback", attempt=str(attempt))
        return HttpResponse(status=403)
    report = _read(request, attempt)
    if report is None:
        log.warning("unreadable_callback", attempt=str(attempt))
    else:
        receive(report)
    return HttpResponse(status=204)


def _is_from_twilio(request: HttpRequest) -> bool:
    # Never from the request's own host: behind a proxy it is another one, and a forger chooses it.
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    account = request.POST.get("AccountSid", "")
    return (
        is_signed(url=url, params=request.POST, signature=signature)
        and bool(settings.TWILIO_ACCOUNT_SID)
        and hmac.compare_digest(account.encode(), settings.TWILIO_ACCOUNT_SID.encode())
    )


def _read(request: HttpRequest, attempt: UUID) -> Report | None:
    # The borders between names and values are not signed, so each value must have its exact shape.
    sid, status = request.POST.get("MessageSid", ""), request.POST.get("MessageStatus", "")
    error_code = request.POST.get("ErrorCode", "")
    if not (_SID.fullmatch(sid) and _STATUS.fullmatch(status) and _ERROR_CODE.fullmatch(error_code)):
        return None
    content = f"{attempt}\n{sid}\n{status}\n{error_code}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Report("twilio", attempt, sid, status, error_code, digest)
