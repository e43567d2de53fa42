"""The provider that sends nothing to anybody: texts go into a table that the demo's phones read."""

from datetime import UTC, date
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError

from crm.clock import db_now
from messaging.models import ConsoleText
from messaging.providers import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    Held,
    Listing,
    LookedFor,
    NotSent,
    Outcome,
    Outgoing,
)

log = structlog.get_logger("messaging.console")

_PREFIX: Final = "console-"


class Console:
    """Delivers at once."""

    name = "console"
    capabilities = Capabilities(
        lookup=True,
        lists_days=True,
        template_only=False,
        tells_receipts=True,
        on_absent="resend",
    )

    def send(self, outgoing: Outgoing) -> Outcome:
        try:
            text = ConsoleText.objects.create(
                attempt_id=outgoing.attempt_id, to=outgoing.to, body=outgoing.body, at=db_now()
            )
        except DatabaseError as error:
            # The table is the phone: what could not be written there was not sent.
            return NotSent("retry", type(error).__name__)
        log.info("console_text", text=text.pk, attempt=str(outgoing.attempt_id))
        return Accepted(_PREFIX + outgoing.attempt_id.hex, "delivered")

    def lookup(self, looked_for: LookedFor) -> Found | Absent | CannotTell:
        held = self._one(looked_for.attempt_id)
        return Found((held,)) if isinstance(held, Held) else held

    def listing(self, day: date) -> Listing | CannotTell:
        try:
            texts = ConsoleText.objects.filter(at__date=day).order_by("at", "id")
            return Listing(tuple(map(_held, texts)))
        except DatabaseError as error:
            return CannotTell(type(error).__name__)

    def fetch(self, sid: str) -> Held | Absent | CannotTell:
        try:
            attempt_id = UUID(hex=sid.removeprefix(_PREFIX))
        except ValueError:
            return Absent()
        return self._one(attempt_id)

    def _one(self, attempt_id: UUID) -> Held | Absent | CannotTell:
        try:
            text = ConsoleText.objects.filter(attempt_id=attempt_id).first()
        except DatabaseError as error:
            return CannotTell(type(error).__name__)
        return Absent() if text is None else _held(text)


def _held(text: ConsoleText) -> Held:
    return Held(
        sid=_PREFIX + text.attempt_id.hex,
        status=text.status,
        to=text.to,
        body=text.body,
        created_at=text.at.astimezone(UTC),
        attempt_id=text.attempt_id,
    )
