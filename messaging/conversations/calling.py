"""Whom no text reaches is called instead: one call for what did not arrive, in the list of the calls to make."""

from datetime import datetime
from typing import Final, cast

from crm.callbacks import doing
from crm.contract import Language
from crm.models import Task
from crm.problems import Problem
from messaging.contract.states import State
from messaging.models import Message

# The steps of a plan count from 1: this call is nobody's step.
_STEP: Final = 0
# Of a doubt somebody decides first, and what never left for a reason of ours is no fault of the number.
_NOT_THERE: Final[tuple[State, ...]] = ("undelivered", "failed", "rejected")
_WHAT: Final[dict[Language, str]] = {
    "en": "Our text did not reach them. Please call instead.",
    "zh": "短信没有送达，请改打电话联系。",
}


def can_call(message: Message) -> bool:
    """Whether there is somebody to call about a text that did not arrive: not whoever asked to be left alone."""
    if message.state not in _NOT_THERE or message.customer_id is None or message.contact is None:
        return False
    return message.contact.opted_out_at is None


def call_instead(*, message: Message, now: datetime) -> Task:
    """What no text could say is said by whoever wrote it or served, today; asked for twice it is one call. A 409
    Problem where there is nobody to call, or the call is over."""
    if not can_call(message):
        raise Problem(409, "no_call", "There is nobody to call about this text.")
    task = doing.plan_call(
        store=message.store,
        subject=message.subject,
        step=_STEP,
        customer=message.customer,
        assignee=message.staff,
        what=_WHAT[cast(Language, message.store.language)],
        due_at=now,
        now=now,
    )
    if task.state != "open":
        raise Problem(409, "call_over", "This call was made already, or is no longer needed.")
    return task
