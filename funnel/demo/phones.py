"""The demo's phones: what arrived on them, and what their owners answer."""

from typing import Any, Final
from uuid import uuid4

from messaging.inbound import Heard, hear
from messaging.models import ConsoleText, InboundText

# However old: whoever leaps to another day still finds the texts of the day before.
_AT_MOST: Final = 200
LONGEST_ANSWER: Final = 1600


def phones() -> list[dict[str, Any]]:
    """Each phone that one of the latest texts came to, with what was said in both directions, oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for key, to, body, at, name, address_as, brand, language, state in _arrived():
        phone = found.setdefault(to, {"number": to, "last4": to[-4:], "name": "", "texts": []})
        phone["name"] = name or address_as or phone["name"]
        text = {"id": str(key), "body": body, "at": at, "brand": brand, "language": language, "state": state}
        phone["texts"].append(text | {"mine": False})
    for answer in _answered(list(found)):
        texts = found[answer.sender]["texts"]
        said = {"id": str(answer.pk), "body": answer.body, "at": answer.received_at, "language": "", "state": ""}
        texts.append(said | {"brand": texts[-1]["brand"], "mine": True})
    for phone in found.values():
        phone["texts"].sort(key=lambda text: text["at"])
    return list(found.values())


def answer(*, number: str, body: str) -> None:
    """The owner of a phone answers, by the way that every provider's answers take."""
    hear(Heard(provider="console", sid=f"console-{uuid4().hex}", sender=number, to="console", body=body))


def _arrived() -> list[tuple[Any, ...]]:
    """Read as rows, and not as objects: three pages ask every second."""
    message = "attempt__message__"
    columns = (f"{message}customer__name", f"{message}customer__address_as", f"{message}organization__brand")
    # The texts of people who were erased have no number any more.
    rows = ConsoleText.objects.filter(status="delivered").exclude(to="").order_by("-at", "-pk")
    told = rows.values_list("pk", "to", "body", "at", *columns, f"{message}language", f"{message}state")
    return list(reversed(told[:_AT_MOST]))


def _answered(numbers: list[str]) -> list[InboundText]:
    rows = InboundText.objects.filter(provider="console", sender__in=numbers)
    return list(rows.order_by("-received_at")[:_AT_MOST])
