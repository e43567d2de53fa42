"""The addresses that Twilio calls. A right signature is always answered with success: a retry could not help."""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.contract.conversations import Verdict
from messaging.inbound import Heard, hear
from messaging.models import Sender
from messaging.providers.twilio import is_signed
from messaging.receiving import Report, keep_aside, receive
from messaging.webhooks import LONGEST_ID, LONGEST_SENDER, turn_away, words, wrong_size

_FORM: Final = "application/x-www-form-urlencoded"
_SID: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_STATUS: Final = re.compile(r"[a-z_]{1,24}")
_ERROR_CODE: Final = re.compile(r"[0-9]{0,6}")
_SERVICE: Final = re.compile(r"MG[0-9a-f]{32}")
_MEDIA: Final = re.compile(r"[0-9]{1,2}")
_OPT_OUT_TYPES: Final[dict[str, Verdict]] = {"STOP": "stop", "START": "start", "HELP": "help"}
_SAY_NOTHING: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@csrf_exempt
@require_POST
def twilio_status(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """Twilio tells what became of an attempt."""
    refused = _refused(request, "twilio_status")
    if refused is not None:
        return refused
    _take_status(request, attempt)
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def twilio_inbound(request: HttpRequest) -> HttpResponse:
    """A customer has answered. Twilio is told to say nothing back: after a STOP it has already said what is due.

    What was sent to a number of the same account that texts never leave from is no answer to us: of that only a STOP
    counts.
    """
    refused = _refused(request, "twilio_inbound")
    if refused is not None:
        return refused
    hear(_read_inbound(request))
    return HttpResponse(_SAY_NOTHING, content_type="text/xml; charset=utf-8")


def _refused(request: HttpRequest, hook: str) -> HttpResponse | None:
    """The answer to whatever is not a form of a bearable size that Twilio signed for this address and our account."""
    status = wrong_size(request)
    if status is not None:
        return turn_away(request, hook=hook, event="too_big" if status == 413 else "no_length", status=status)
    # A JSON body would be signed in another way; Twilio sends forms.
    if request.content_type != _FORM:
        return turn_away(request, hook=hook, event="no_form", status=415)
    if not _is_from_twilio(request):
        return turn_away(request, hook=hook, event="forged", status=403)
    return None


def _is_from_twilio(request: HttpRequest) -> bool:
    # Never from the request's own host: behind a proxy it is another one, and a forger chooses it.
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    account = request.POST.get("AccountSid", "")
    return (
        # Of a field that comes twice, the signature does not say which of the two is meant.
        all(len(values) == 1 for _, values in request.POST.lists())
        and is_signed(url=url, params=request.POST, signature=signature)
        and bool(settings.TWILIO_ACCOUNT_SID)
        and hmac.compare_digest(account.encode(), settings.TWILIO_ACCOUNT_SID.encode())
    )


def _take_status(request: HttpRequest, attempt: UUID) -> None:
    # The borders between names and values are not signed, so only values of exactly their shape are believed.
    sid, status = request.POST.get("MessageSid", ""), request.POST.get("MessageStatus", "")
    error_code = request.POST.get("ErrorCode", "")
    content = f"{attempt}\n{sid}\n{status}\n{error_code}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    report = Report("twilio", attempt, sid, status, error_code, digest)
    if _SID.fullmatch(sid) and _STATUS.fullmatch(status) and _ERROR_CODE.fullmatch(error_code):
        receive(report)
    else:
        keep_aside(report)


def _read_inbound(request: HttpRequest) -> Heard:
    """Whatever shape the ids have, the words count: they may be a STOP."""
    sid, sender, to = (words(request.POST.get(name, "")) for name in ("MessageSid", "From", "To"))
    media = request.POST.get("NumMedia", "")
    return Heard(
        provider="twilio",
        sid=sid[:LONGEST_ID],
        sender=sender[:LONGEST_SENDER],
        to=to[:LONGEST_ID],
        body=words(request.POST.get("Body", "")),
        media=int(media) if _MEDIA.fullmatch(media) else 0,
        provider_says=_OPT_OUT_TYPES.get(request.POST.get("OptOutType", "")),
        to_us=_texts_leave_from(to, request.POST.get("MessagingServiceSid", "")),
    )


def _texts_leave_from(number: str, service: str) -> bool:
    """Whether texts leave from this number or messaging service, or ever left. The numbers of a service are Twilio's
    to know: where one is set, and the request names none, nothing says that it was another's."""
    if service and not _SERVICE.fullmatch(service):
        return False
    if settings.TWILIO_MESSAGING_SERVICE_SID and not service:
        return True
    named = {number, service} - {""}
    present = {settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID}
    return bool(named & present) or Sender.objects.filter(provider="twilio", address__in=named).exists()
