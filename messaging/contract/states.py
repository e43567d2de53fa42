"""Where a text stands between its planning and its end."""

from typing import Final, Literal, get_args

State = Literal[
    "scheduled",
    "claimed",
    "posting",
    "unknown",
    "needs_review",
    "accepted",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "rejected",
    "canceled",
    "suppressed",
    "expired",
]
STATES: Final[tuple[State, ...]] = get_args(State)
# May have left, as far as anybody can know: the database allows one of these per visit and group.
MAY_HAVE_LEFT: Final[tuple[State, ...]] = (
    "posting",
    "unknown",
    "needs_review",
    "accepted",
    "sent",
    "delivered",
    "undelivered",
)
# Nothing has been posted: an associate may still cancel, and a changed outcome still changes the words.
STILL_OURS: Final[tuple[State, ...]] = ("scheduled", "claimed")
# Nobody knows whether it was sent; whatever proves that it was ends the doubt.
IN_DOUBT: Final[tuple[State, ...]] = ("posting", "unknown", "needs_review")
# A proof that the provider took it is heard: `accepted` may be a person's word, with no id of the provider's yet.
PROVABLE: Final[tuple[State, ...]] = (*STILL_OURS, *IN_DOUBT, "accepted")
# A person should look at these: they did not arrive, or nobody can be sure.
ATTENTION: Final[tuple[State, ...]] = ("undelivered", "failed", "rejected", "needs_review")
# There will be no text, and the row says why.
NO_TEXT: Final[tuple[State, ...]] = ("canceled", "suppressed", "expired", "rejected", "failed")
