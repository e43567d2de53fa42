"""What every part of Sendoff agrees on about people: languages, roles, consent purposes, devices.

The API's schemas, the tablet's TypeScript, the documentation and the tests are made from this module.
"""

from typing import Final, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

Role = Literal["associate", "lead", "manager", "admin", "auditor"]
STORE_ROLES: Final[tuple[Role, ...]] = ("associate", "lead", "manager")
ORGANIZATION_ROLES: Final[tuple[Role, ...]] = ("admin", "auditor")
# Who may read the reports on the web.
REPORT_ROLES: Final[tuple[Role, ...]] = ("manager", "admin", "auditor")

Purpose = Literal["visit_text", "offers"]
CONSENT_PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

# A call that was promised: still to be made, made, tried in vain, or pointless by now.
TaskState = Literal["open", "done", "not_reached", "dropped"]
TASK_STATES: Final[tuple[TaskState, ...]] = get_args(TaskState)
# Closed by a person, who may take it back.
CLOSED_BY_HAND: Final[tuple[TaskState, ...]] = ("done", "not_reached")
NotReached = Literal["no_answer", "wrong_number", "not_now"]
NOT_REACHED: Final[dict[NotReached, dict[Language, str]]] = {
    "no_answer": {"en": "Nobody answered", "zh": "无人接听"},
    "wrong_number": {"en": "The number is wrong", "zh": "号码不对"},
    "not_now": {"en": "It was a bad moment", "zh": "对方不方便"},
}

Revocation = Literal["", "retired", "stolen"]
# How a session on the web ended by itself.
SignedOut = Literal["idle", "expired"]

NumberProblem = Literal["number_invalid", "number_not_mobile", "number_region"]
NUMBER_PROBLEMS: Final[dict[NumberProblem, dict[Language, str]]] = {
    "number_invalid": {
        "en": "This is not a complete phone number. Please check it with the customer.",
        "zh": "号码不完整或有误，请与顾客核对。",
    },
    "number_not_mobile": {
        "en": "This number cannot receive texts. Please ask for a mobile number.",
        "zh": "这个号码收不到短信，请留手机号。",
    },
    "number_region": {
        "en": "This shop does not text numbers of that country.",
        "zh": "本店暂不向该国家或地区的号码发短信。",
    },
}

# A PIN's length; four digits are too few for a verifier that may be stolen with the database.
PIN_DIGITS: Final = 6
OFFLINE_UNLOCK_HOURS: Final = 12
IDLE_LOCK_SECONDS: Final = 120
RETIRED_HANDS_IN_DAYS: Final = 7
