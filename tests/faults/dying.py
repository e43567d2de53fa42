"""A process that dies without a word where no crash point is: `python -m tests.faults.dying planned STORE CUSTOMER`
dies when a text is committed and its alarm not yet set, `... settled` when the provider's answer is written and not
yet committed."""

import os
import signal
import sys
from typing import Any


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def planned(store: str, customer: str) -> None:
    from django.db import transaction

    from crm.models import Customer, Store
    from messaging import ports
    from tests.messaging.factories import plan

    ports.alarm = die
    with transaction.atomic():
        plan(Store.objects.get(pk=store), Customer.objects.get(pk=customer))


def settled() -> None:
    from messaging import arrows, sending

    real = arrows.note

    def note(message: Any, **line: Any) -> None:
        if message.state == "accepted":
            die()
        real(message, **line)

    arrows.note = note
    sending.drain()


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "planned":
        planned(*sys.argv[2:])
    else:
        settled()
