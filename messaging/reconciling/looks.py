"""When a provider is asked what became of a text that may or may not have been sent."""

from datetime import datetime, timedelta
from typing import Any, Final

from messaging.contract.times import DEADLINE_SECONDS, GIVE_UP_LOOKING_HOURS, LOOKS_SECONDS, SETTLE_SECONDS
from messaging.models import Message

# A doubt that lasts is asked about no more often than this.
_AT_LAST: Final = timedelta(seconds=LOOKS_SECONDS[-1])


def begin(message: Message) -> dict[str, Any]:
    """What a message changes to when its doubt begins: the provider is asked soon after the attempt's deadline."""
    return {
        "reason": "may_have_been_sent",
        "reconcile_at": _deadline(message) + timedelta(seconds=LOOKS_SECONDS[0]),
        "absent_looks": 0,
    }


def following(message: Message, *, now: datetime) -> datetime:
    """The next look after `now`: 15, 60, 180 and 600 seconds after the deadline, then every ten minutes."""
    planned = (_deadline(message) + timedelta(seconds=seconds) for seconds in LOOKS_SECONDS)
    return next((at for at in planned if at > now), now + _AT_LAST)


def is_settled(message: Message, *, at: datetime) -> bool:
    """Whether a provider that had no such text at that moment will not have it later either."""
    return at >= _posted_at(message) + timedelta(seconds=SETTLE_SECONDS)


def is_hopeless(message: Message, *, now: datetime) -> bool:
    """Whether the provider has been silent about it for so long that a person must decide."""
    return now >= _posted_at(message) + timedelta(hours=GIVE_UP_LOOKING_HOURS)


def _deadline(message: Message) -> datetime:
    return _posted_at(message) + timedelta(seconds=DEADLINE_SECONDS)


def _posted_at(message: Message) -> datetime:
    assert message.posted_at is not None, "there is no doubt about what was never posted"
    return message.posted_at
