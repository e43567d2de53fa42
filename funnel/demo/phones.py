"""The demo's phones: what arrived on them, and what their owners answer."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from messaging.inbound import Heard, hear
from messaging.models import ConsoleText, InboundText

_SHOWN_FOR: Final = timedelta(hours=24)
_AT_MOST: Final = 500
LONGEST_ANSWER: Final = 1600


def phones(*, now: datetime) -> list[dict[str, Any]]:
    """Each phone that a text came to since yesterday, with what was said in both directions, oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for text in _arrived(now):
        message = text.attempt.message
        phone = found.setdefault(text.to, {"number": text.to, "last4": text.to[-4:], "name": "", "texts": []})
        if message.customer is not None:
            phone["name"] = message.customer.name or message.customer.address_as
        phone["texts"].append(
            {
                "id": str(text.pk),
                "body": text.body,
                "at": text.at,
                "brand": message.organization.brand,
                "language": message.language,
                "state": message.state,
                "mine": False,
            }
        )
    for answer in _answered(now):
        if answer.sender in found:
            texts = found[answer.sender]["texts"]
            said = {"id": str(answer.pk), "body": answer.body, "at": answer.received_at, "language": "", "state": ""}
            texts.append(said | {"brand": texts[-1]["brand"], "mine": True})
    for phone in found.values():
        phone["texts"].sort(key=lambda text: text["at"])
    return list(found.values())


def answer(*, number: str, body: str) -> None:
    """The owner of a phone answers, by the way that every provider's answers take."""
    hear(Heard(provider="console", sid=f"console-{uuid4().hex}", sender=number, to="console", body=body))


def _arrived(now: datetime) -> list[ConsoleText]:
    rows = ConsoleText.objects.filter(at__gt=now - _SHOWN_FOR, status="delivered").select_related(
        "attempt__message__customer", "attempt__message__organization"
    )
    return list(reversed(rows.order_by("-at", "-pk")[:_AT_MOST]))


def _answered(now: datetime) -> list[InboundText]:
    rows = InboundText.objects.filter(provider="console", received_at__gt=now - _SHOWN_FOR)
    return list(rows.order_by("-received_at")[:_AT_MOST])
