"""What providers report about a text on its way: states that only ever rise."""

from typing import Final

from messaging.contract.states import State

# Reports come in any order. `delivered` beats `undelivered`, since a late receipt is the better witness.
_RANK: Final[dict[State, int]] = {"accepted": 1, "sent": 2, "undelivered": 3, "failed": 3, "delivered": 4}
_STATES: Final[dict[str, State]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
}
FAILURES: Final[tuple[State, ...]] = ("undelivered", "failed")
# Filtered as spam, or our registration is missing: every text will fail until somebody acts.
BLOCKING_CODES: Final = ("30007", "30034")


def state_of(status: str) -> State | None:
    """The state that a provider's word means; None for a word we do not know."""
    return _STATES.get(status)


def risen(*, state: State, status: str) -> State | None:
    """The higher state that a report leads to; None when it is old news, or came after the end of the matter."""
    reported = state_of(status)
    if reported is None or state not in _RANK or _RANK[reported] <= _RANK[state]:
        return None
    # Failed texts have been given up: the visit may have been texted anew since.
    return None if state == "failed" else reported
