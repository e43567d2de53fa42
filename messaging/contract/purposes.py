"""What texts are for, and what each kind of text asks of the customer who gets it."""

from typing import Final, Literal, get_args

from crm.contract import Purpose as ConsentPurpose

Purpose = Literal[
    "departure_bought",
    "departure_not_bought",
    "departure_left_early",
    "departure_came_back",
    "follow_up_day_3",
    "follow_up_day_30",
    "satisfaction",
    "staff_reply",
    "staff_reply_call",
    "staff_reply_visit",
    "help_answer",
]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
# Texts of one group count as one: a visit gets at most one of the group `departure`.
Group = Literal["departure", "follow_up", "satisfaction", "conversation"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
GROUP_OF: Final[dict[Purpose, Group]] = {
    "departure_bought": "departure",
    "departure_not_bought": "departure",
    "departure_left_early": "departure",
    "departure_came_back": "departure",
    "follow_up_day_3": "follow_up",
    "follow_up_day_30": "follow_up",
    "satisfaction": "satisfaction",
    "staff_reply": "conversation",
    "staff_reply_call": "conversation",
    "staff_reply_visit": "conversation",
    "help_answer": "conversation",
}
# What a customer who writes HELP is answered at once, by nobody; it says who we are and how to get no more.
HELP_ANSWER: Final[Purpose] = "help_answer"
# What a person may answer with one tap, the usual one first; free words go under the first one's name.
QUICK_REPLIES: Final[tuple[Purpose, ...]] = tuple(
    p for p in PURPOSES if GROUP_OF[p] == "conversation" and p != HELP_ANSWER
)
# What the steps of a plan send; each step is one text.
PLAN_GROUPS: Final[tuple[Group, ...]] = ("follow_up", "satisfaction")
# What a tablet previews at the send-off.
DEPARTURE_PURPOSES: Final[tuple[Purpose, ...]] = tuple(p for p in PURPOSES if GROUP_OF[p] == "departure")
# What a customer must have agreed to (ruling 2): the one text after a visit, or anything later.
CONSENT_OF: Final[dict[Group, ConsentPurpose]] = {
    "departure": "visit_text",
    "follow_up": "offers",
    "satisfaction": "offers",
    # Or a text from the customer in the last days: see ANSWER_WITHIN_DAYS.
    "conversation": "offers",
}
# Nobody writes these by hand: quiet hours and the cap are for them, and not for an answer in a conversation.
AUTOMATED: Final[tuple[Group, ...]] = ("departure", "follow_up", "satisfaction")
# Thanks for what was bought outrank every other text to the same number.
THANKS: Final[tuple[Purpose, ...]] = ("departure_bought",)
FOLLOW_UP_PURPOSES: Final[tuple[Purpose, ...]] = tuple(p for p in PURPOSES if GROUP_OF[p] in PLAN_GROUPS)
