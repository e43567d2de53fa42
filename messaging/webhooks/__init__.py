"""What every address that providers call asks of a request, and makes of a customer's words."""

from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse

from crm.bodies import told_length
from crm.schemas import readable

log = structlog.get_logger("messaging.webhooks")

MOST_BYTES: Final = 64 * 1024
# Providers join the parts of a long text; this is the most that Twilio takes for one.
_LONGEST_BODY: Final = 1600


def refused_size(request: HttpRequest, hook: str) -> HttpResponse | None:
    """The answer to a body of more than 64 KiB, or of a length that is none; None for any other."""
    try:
        size = told_length(request.META.get("CONTENT_LENGTH"))
    except ValueError:
        return HttpResponse(status=400)
    if size > MOST_BYTES:
        log.warning("too_big", hook=hook, bytes=size)
        return HttpResponse(status=413)
    return None


def words(text: str) -> str:
    """A customer's words as every database and screen can hold them. What cannot be stored is no word, and must not
    keep the others from being heard: a NUL, and half a character, which JSON can spell."""
    stored = "".join(c for c in text if c != "\x00" and not "\ud800" <= c <= "\udfff")
    return readable(stored)[:_LONGEST_BODY]
