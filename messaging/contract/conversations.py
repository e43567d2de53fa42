"""What customers write back, and how a person answers them."""

from typing import Final, Literal, get_args

# What a customer's answer means for further texts. `doubtful` and `help` are for a person to look at.
Verdict = Literal["stop", "start", "help", "doubtful", "other"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
# Why a conversation wants a person's eyes; empty when it is an ordinary one.
Flag = Literal["", "doubtful", "help"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)
# Where a conversation is looked for: everybody waits for an answer, writes, or wants no more texts.
Box = Literal["waiting", "replies", "opted_out"]
BOXES: Final[tuple[Box, ...]] = get_args(Box)
# How a person may settle a conversation: the customer wants no more texts, or wants them, or all is said.
Settlement = Literal["opted_out", "not_opted_out", "done"]
# A person may answer a customer who wrote within these days; later only one who agreed to later texts.
ANSWER_WITHIN_DAYS: Final = 30
# So soon a customer who writes is promised an answer.
PROMISE_MINUTES: Final = 15
# A number that writes HELP again within so many hours is answered by a person alone.
HELP_AGAIN_HOURS: Final = 24
# So long after the last word of either side a person still counts as talking.
TALK_HOURS: Final = 24
