"""Follow-up plans: their steps, their ends, and what is wrong with one."""

from typing import Final, Literal, get_args

from crm.contract import Language

# How a visit ended, as far as following up goes by it.
Outcome = Literal["bought", "not_bought", "left_early"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
StepKind = Literal["text", "task"]
STEP_KINDS: Final[tuple[StepKind, ...]] = get_args(StepKind)
FollowUpState = Literal["running", "ended"]
FOLLOW_UP_STATES: Final[tuple[FollowUpState, ...]] = get_args(FollowUpState)
FollowUpEnd = Literal[
    "finished", "replied", "visited", "opted_out", "erased", "stopped", "reopened", "voided", "changed"
]
FOLLOW_UP_ENDS: Final[dict[FollowUpEnd, dict[Language, str]]] = {
    "finished": {"en": "All steps are done.", "zh": "全部步骤已完成。"},
    "replied": {"en": "The customer has answered.", "zh": "顾客已回复。"},
    "visited": {"en": "The customer has been here again.", "zh": "顾客又来过店里。"},
    "opted_out": {"en": "The customer wants no more texts.", "zh": "顾客已退订。"},
    "erased": {"en": "The customer's data was erased.", "zh": "顾客资料已删除。"},
    "stopped": {"en": "Somebody stopped it.", "zh": "已由同事停止。"},
    "reopened": {"en": "The visit goes on.", "zh": "接待还在继续。"},
    "voided": {"en": "The visit was removed.", "zh": "该接待记录已作废。"},
    "changed": {"en": "How the visit ended was changed.", "zh": "接待结果有改动。"},
}
MAX_STEPS: Final = 6
MAX_STEP_DAYS: Final = 365
# The hours of the day, in the store's zone, at which a step may stand.
STEP_HOURS: Final = (8, 20)
STEP_NOTE_CHARACTERS: Final = 200
# What is wrong with a step, said beside it.
PlanFault = Literal["too_many_steps", "same_time", "day_out_of_range", "hour_out_of_range", "no_text", "note_too_long"]
PLAN_FAULTS: Final[dict[PlanFault, dict[Language, str]]] = {
    "too_many_steps": {
        "en": f"A plan has at most {MAX_STEPS} steps. Please take this one away.",
        "zh": f"一个计划最多 {MAX_STEPS} 步，请删去这一步。",
    },
    "same_time": {
        "en": "Another step stands at the same time. Please choose another day or hour.",
        "zh": "另一步也在这个时间，请换一天或换个钟点。",
    },
    "day_out_of_range": {
        "en": f"Please choose a day between 1 and {MAX_STEP_DAYS} after the visit.",
        "zh": f"请选择到店后第 1 至 {MAX_STEP_DAYS} 天。",
    },
    "hour_out_of_range": {
        "en": f"Please choose an hour between {STEP_HOURS[0]}:00 and {STEP_HOURS[1]}:00.",
        "zh": f"请选择 {STEP_HOURS[0]}:00 至 {STEP_HOURS[1]}:00 之间的钟点。",
    },
    "no_text": {"en": "Please choose which text is sent.", "zh": "请选择要发送的短信。"},
    "note_too_long": {
        "en": f"Please say it in {STEP_NOTE_CHARACTERS} characters.",
        "zh": f"请不要超过 {STEP_NOTE_CHARACTERS} 个字符。",
    },
}
# So long before its time a step becomes a text that waits, for everybody to see.
STEP_AHEAD_MINUTES: Final = 60
# A text of a plan may be this late, and no later.
STEP_LATE_HOURS: Final = 12
# After a person's own message the plan is silent for so long.
PAUSE_DAYS: Final = 7
# An answer of 1 to 5 counts for the question this long.
ANSWER_DAYS: Final = 7
