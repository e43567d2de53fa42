"""What every address that providers call asks of a request, and makes of a customer's words."""

import math
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse

from crm import rates
from crm.bodies import told_length
from crm.origins import address_of
from crm.schemas import readable

log = structlog.get_logger("messaging.webhooks")

MOST_BYTES: Final = 64 * 1024
# So many calls that are none in so long: more from one address are limited, as many from anywhere raise the alarm.
_MOST: Final = 20
_WITHIN_SECONDS: Final = 600
_PER_SECOND: Final = _MOST / _WITHIN_SECONDS
# Providers join the parts of a long text; this is the most that Twilio takes for one.
_LONGEST_BODY: Final = 1600
# What is kept of an id, or a place to write to, and of a sender that is no number.
LONGEST_ID: Final = 64
LONGEST_SENDER: Final = 16


def wrong_size(request: HttpRequest) -> int | None:
    """The status for a body of more than 64 KiB, or of a length that is none; None for any other."""
    try:
        return 413 if told_length(request.META.get("CONTENT_LENGTH")) > MOST_BYTES else None
    except ValueError:
        return 400


def turn_away(request: HttpRequest, *, hook: str, event: str, status: int) -> HttpResponse:
    """Answers a call that a provider never made, or that nobody can tell from such a one, and counts it.

    Twenty from one address are answered with `status` and a line in the log each, then one every half minute; the
    others with 429 and no line. Twenty from anywhere are an error in the log, once in ten minutes. All of that stands
    in this process's memory: what a provider did sign is not counted, never refused, and costs nothing.
    """
    wait = rates.FORGERS.wait_seconds(address_of(request), per_second=_PER_SECOND, burst=_MOST)
    everybody = rates.FORGERS.wait_seconds("everybody", per_second=_PER_SECOND, burst=_MOST - 1)
    if everybody and not rates.FORGERS.wait_seconds("alarm", per_second=1 / _WITHIN_SECONDS, burst=1):
        log.error("many_forged", hook=hook, calls=_MOST, within_seconds=_WITHIN_SECONDS)
    if wait:
        return HttpResponse(status=429, headers={"Retry-After": str(math.ceil(wait))})
    log.warning(event, hook=hook)
    return HttpResponse(status=status)


def words(text: str) -> str:
    """A customer's words as every database and screen can hold them. What cannot be stored is no word, and must not
    keep the others from being heard: a NUL, and half a character, which JSON can spell."""
    stored = "".join(c for c in text if c != "\x00" and not "\ud800" <= c <= "\udfff")
    return readable(stored)[:_LONGEST_BODY]
