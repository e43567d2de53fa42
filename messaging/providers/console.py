"""The provider that sends nothing to anybody: texts go into a table that the demo's phones read."""

import structlog
from django.db import DatabaseError

from crm.clock import db_now
from messaging.models import ConsoleText
from messaging.providers import Accepted, Capabilities, NotSent, Outcome, Outgoing

log = structlog.get_logger("messaging.console")


class Console:
    """Delivers at once."""

    name = "console"
    capabilities = Capabilities(two_way=False, lookup=False)

    def send(self, outgoing: Outgoing) -> Outcome:
        try:
            text = ConsoleText.objects.create(
                attempt_id=outgoing.attempt_id, to=outgoing.to, body=outgoing.body, at=db_now()
            )
        except DatabaseError as error:
            # The table is the phone: what could not be written there was not sent.
            return NotSent("retry", type(error).__name__)
        log.info("console_text", text=text.pk, attempt=str(outgoing.attempt_id))
        return Accepted(f"console-{outgoing.attempt_id.hex}", "delivered")
