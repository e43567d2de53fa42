"""What becomes of a text in every state when anybody does anything to it: each cell of the state machine, written out.

For each verb: what it leads to, and the texts of `texts.every_text` that it leads there. A state is where the text
goes, `stays` that nothing of it changes, a number and a code how the API refuses it. After a plus stands what becomes
of the text of the leaving, or of the visit, that is told instead.

A verb with a `but` stands before a guard, and tells of the texts that it would move without that; all others stay.
"""

from typing import Final

# A name begins with its state. `again` was tried once, and twice the provider had no such text; `in_doubt` a person
# dropped without knowing, `by_word` counts as sent because a person said so, `for_good` belongs to a number.
WAITING: Final = "scheduled scheduled_again"
CLAIMED: Final = "claimed claimed_again"
OURS: Final = f"{WAITING} {CLAIMED}"
UNKNOWN: Final = "unknown unknown_again"
DOUBT: Final = f"posting {UNKNOWN} needs_review"
TAKEN: Final = "accepted accepted_by_word sent delivered undelivered"
OVER: Final = "failed rejected canceled canceled_again canceled_in_doubt expired"
ENDED: Final = f"{OVER} suppressed suppressed_for_good"
GIVEN_BACK: Final = "scheduled_again claimed_again"
# Tried, and over as far as the provider's answer goes.
SETTLED: Final = f"{TAKEN} failed rejected canceled_again canceled_in_doubt"
NEVER_TRIED: Final = "scheduled claimed canceled expired suppressed suppressed_for_good"

TABLE: Final[dict[str, dict[str, str]]] = {
    "edit": {
        "scheduled": OURS,
        "409 already_on_its_way": f"{DOUBT} {TAKEN} canceled_in_doubt",
        "409 nothing_to_edit": "failed rejected canceled canceled_again expired suppressed suppressed_for_good",
    },
    "edit, but another version was seen": {
        "409 text_changed": OURS,
    },
    "cancel": {
        "canceled": OURS,
        "409 already_on_its_way": f"{DOUBT} {TAKEN} canceled_in_doubt",
        "409 nothing_to_cancel": "failed rejected expired suppressed suppressed_for_good",
        "stays": "canceled canceled_again",
    },
    "mark sent": {
        "accepted": "needs_review",
        "409 no_longer_in_doubt": f"{OURS} posting {UNKNOWN} {TAKEN} {ENDED}",
    },
    "send again": {
        "scheduled": "needs_review",
        "409 no_longer_in_doubt": f"{OURS} posting {UNKNOWN} {TAKEN} {ENDED}",
    },
    "send again, but it was twice": {
        "409 sent_again_before": "needs_review",
    },
    "drop": {
        "canceled": "needs_review",
        "409 no_longer_in_doubt": f"{OURS} posting {UNKNOWN} {TAKEN} {ENDED}",
    },
    "tell the same": {
        "scheduled": "suppressed",
        "stays": f"{OURS} {DOUBT} {TAKEN} {OVER} suppressed_for_good",
    },
    "tell another outcome": {
        "scheduled": f"{OURS} suppressed",
        "stays": f"{DOUBT} {TAKEN} {OVER} suppressed_for_good",
    },
    "tell no outcome": {
        "suppressed": f"{OURS} suppressed",
        "stays": f"{DOUBT} {TAKEN} {OVER} suppressed_for_good",
    },
    "tell another number": {
        "scheduled": f"{OURS} suppressed suppressed_for_good",
        "stays": f"{DOUBT} {TAKEN} {OVER}",
    },
    "tell that consent was withdrawn": {
        "suppressed": f"{OURS} suppressed",
        "stays": f"{DOUBT} {TAKEN} {OVER} suppressed_for_good",
    },
    "tell that it is cancelled": {
        "canceled": f"{OURS} suppressed",
        "stays": f"{DOUBT} {TAKEN} {OVER} suppressed_for_good",
    },
    "reopen": {
        "suppressed": OURS,
        "stays": f"{DOUBT} {TAKEN} {ENDED}",
    },
    "leave again": {
        "suppressed + scheduled": OURS,
        "stays + suppressed": f"{DOUBT} {TAKEN} canceled_in_doubt suppressed_for_good",
        "stays + scheduled": "failed rejected canceled canceled_again expired suppressed",
    },
    "merge": {
        "suppressed + scheduled": f"{OURS} suppressed",
        "stays + suppressed": f"{DOUBT} {TAKEN} canceled_in_doubt suppressed_for_good",
        "stays + scheduled": "failed rejected canceled canceled_again expired",
    },
    "visit again": {
        "suppressed": OURS,
        "stays": f"{DOUBT} {TAKEN} {ENDED}",
    },
    "stop": {
        "suppressed": OURS,
        "stays": f"{DOUBT} {TAKEN} {ENDED}",
    },
    "erase": {
        "suppressed": OURS,
        "canceled": f"{UNKNOWN} needs_review",
        "refused": "posting",
        "stays": f"{TAKEN} {ENDED}",
    },
    "claim": {
        "claimed": WAITING,
        "stays": f"{CLAIMED} {DOUBT} {TAKEN} {ENDED}",
    },
    "claim, but its time has not come": {
        "stays": WAITING,
    },
    "claim, but its time has passed": {
        "stays": WAITING,
    },
    "claim, but as it was planned": {
        "claimed": "scheduled",
        "stays": "scheduled_again",
    },
    "hold back": {
        "scheduled": WAITING,
        "stays": f"{CLAIMED} {DOUBT} {TAKEN} {ENDED}",
    },
    "let go": {
        "scheduled": WAITING,
        "stays": f"{CLAIMED} {DOUBT} {TAKEN} {ENDED}",
    },
    "expire": {
        "expired": WAITING,
        "stays": f"{CLAIMED} {DOUBT} {TAKEN} {ENDED}",
    },
    "expire, but in time": {
        "stays": WAITING,
    },
    "give back": {
        "scheduled": CLAIMED,
        "stays": f"{WAITING} {DOUBT} {TAKEN} {ENDED}",
    },
    "reap": {
        "scheduled": CLAIMED,
        "unknown": "posting",
        "stays": f"{WAITING} {UNKNOWN} needs_review {TAKEN} {ENDED}",
    },
    "reap, but in the lease": {
        "stays": f"{CLAIMED} posting",
    },
    "post": {
        "posting": CLAIMED,
        "stays": f"{WAITING} {DOUBT} {TAKEN} {ENDED}",
    },
    "post, but with another token": {
        "stays": CLAIMED,
    },
    "post, but it was changed": {
        "stays": CLAIMED,
    },
    "post, but the lease is too short": {
        "stays": CLAIMED,
    },
    "post, but its time has passed": {
        "expired": CLAIMED,
    },
    "post, but the number wants no more": {
        "suppressed": CLAIMED,
    },
    "post, but consent was withdrawn": {
        "suppressed": CLAIMED,
    },
    "post, but texts are paused": {
        "scheduled": CLAIMED,
    },
    "answer: taken": {
        "accepted": f"{GIVEN_BACK} {DOUBT} accepted_by_word",
        "never tried": NEVER_TRIED,
        "stays": "accepted sent delivered undelivered failed rejected canceled_again canceled_in_doubt",
    },
    "answer: refused": {
        "rejected": "posting unknown needs_review",
        "never tried": NEVER_TRIED,
        "stays": f"{GIVEN_BACK} unknown_again {SETTLED}",
    },
    "answer: later": {
        "scheduled": "posting unknown",
        "expired": "needs_review",
        "never tried": NEVER_TRIED,
        "stays": f"{GIVEN_BACK} unknown_again {SETTLED}",
    },
    "answer: later, but its time is over": {
        "expired": "posting unknown needs_review",
    },
    "answer: our account is refused": {
        "scheduled": "posting unknown",
        "expired": "needs_review",
        "never tried": NEVER_TRIED,
        "stays": f"{GIVEN_BACK} unknown_again {SETTLED}",
    },
    "answer: none": {
        "unknown": "posting",
        "never tried": NEVER_TRIED,
        "stays": f"{GIVEN_BACK} {UNKNOWN} needs_review {SETTLED}",
    },
    "look: found": {
        "delivered": UNKNOWN,
        "stays": f"{OURS} posting needs_review {TAKEN} {ENDED}",
    },
    "look: absent twice": {
        "scheduled": "unknown",
        "needs_review": "unknown_again",
        "stays": f"{OURS} posting needs_review {TAKEN} {ENDED}",
    },
    "look: absent twice, but the first look was missed": {
        "stays": UNKNOWN,
    },
    "look: absent twice, but not all is settled": {
        "stays": UNKNOWN,
    },
    "look: absent twice, but a person is asked": {
        "needs_review": UNKNOWN,
    },
    "look: absent twice, but its time has passed": {
        "needs_review": UNKNOWN,
    },
    "look: cannot tell": {
        "stays": f"{OURS} {DOUBT} {TAKEN} {ENDED}",
    },
    "look: cannot tell for a day": {
        "needs_review": UNKNOWN,
        "stays": f"{OURS} posting needs_review {TAKEN} {ENDED}",
    },
    "report: queued": {
        "accepted": f"{GIVEN_BACK} {DOUBT} accepted_by_word",
        "never tried": NEVER_TRIED,
        "stays": "accepted sent delivered undelivered failed rejected canceled_again canceled_in_doubt",
    },
    "report: sent": {
        "sent": f"{GIVEN_BACK} {DOUBT} accepted accepted_by_word",
        "never tried": NEVER_TRIED,
        "stays": "sent delivered undelivered failed rejected canceled_again canceled_in_doubt",
    },
    "report: delivered": {
        "delivered": f"{GIVEN_BACK} {DOUBT} accepted accepted_by_word sent undelivered",
        "never tried": NEVER_TRIED,
        "stays": "delivered failed rejected canceled_again canceled_in_doubt",
    },
    "report: undelivered": {
        "undelivered": f"{GIVEN_BACK} posting unknown needs_review accepted accepted_by_word sent",
        "never tried": NEVER_TRIED,
        "stays": "unknown_again delivered undelivered failed rejected canceled_again canceled_in_doubt",
    },
    "report: failed": {
        "failed": f"{GIVEN_BACK} posting unknown needs_review accepted accepted_by_word sent",
        "never tried": NEVER_TRIED,
        "stays": "unknown_again delivered undelivered failed rejected canceled_again canceled_in_doubt",
    },
    "report: sent, but under another id": {
        "sent": f"{GIVEN_BACK} {DOUBT} accepted_by_word",
        "stays": "accepted",
    },
}
