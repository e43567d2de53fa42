"""What every part of Sendoff agrees on about texts: purposes, states, and why there is no text.

The API's schemas, the tablet's TypeScript, the documentation and the tests are made from this module.
"""

from typing import Final, Literal, get_args

from crm.contract import Language
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
}
# What a person may answer with one tap, the usual one first; free words go under the first one's name.
QUICK_REPLIES: Final[tuple[Purpose, ...]] = tuple(p for p in PURPOSES if GROUP_OF[p] == "conversation")
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
# A person should look at these: they did not arrive, or nobody can be sure.
ATTENTION: Final[tuple[State, ...]] = ("undelivered", "failed", "rejected", "needs_review")
# There will be no text, and the row says why.
NO_TEXT: Final[tuple[State, ...]] = ("canceled", "suppressed", "expired", "rejected", "failed")

Reason = Literal[
    "no_outcome",
    "no_customer",
    "no_number",
    "number_invalid",
    "number_not_mobile",
    "number_region",
    "no_consent",
    "opted_out",
    "already_texted",
    "reopened",
    "voided",
    "practice",
    "superseded",
    "capped",
    "later_leaving",
    "quiet_hours",
    "overnight",
    "no_open_hours",
    "over_budget",
    "sender_paused",
    "sender_stopped",
    "sender_busy",
    "too_late",
    "canceled_by_staff",
    "number_rejected",
    "content_rejected",
    "wording_not_registered",
    "provider_rejected",
    "may_have_been_sent",
    "dropped_in_doubt",
    "may_want_no_more",
    "person_talks",
    "erased",
    "no_recent_answer",
    "carrier_failed",
    "replied",
    "visited_since",
    "outcome_changed",
    "plan_stopped",
    "plan_paused",
]
# One sentence each, for the associate and the manager.
REASONS: Final[dict[Reason, dict[Language, str]]] = {
    "no_outcome": {
        "en": "No text yet: how the visit ended was not recorded.",
        "zh": "暂不发送：还没有记录接待结果。",
    },
    "no_customer": {"en": "No text: the customer left no contact.", "zh": "不发送：顾客没有留下联系方式。"},
    "no_number": {"en": "No text: the customer left no number.", "zh": "不发送：顾客没有留下手机号。"},
    "number_invalid": {
        "en": "No text: the number is not complete. Correct it to send one.",
        "zh": "不发送：号码不完整，更正后即可发送。",
    },
    "number_not_mobile": {
        "en": "No text: the number cannot receive texts. Correct it to send one.",
        "zh": "不发送：该号码收不到短信，更正后即可发送。",
    },
    "number_region": {
        "en": "No text: this shop does not text numbers of that country.",
        "zh": "不发送：本店暂不向该国家或地区的号码发短信。",
    },
    "no_consent": {"en": "No text: the customer did not agree to one.", "zh": "不发送：顾客没有同意接收短信。"},
    "opted_out": {
        "en": "No text: this number asked for no more texts.",
        "zh": "不发送：该号码已退订。",
    },
    "already_texted": {
        "en": "No second text: one has already gone out for this visit.",
        "zh": "不重复发送：本次接待已发过短信。",
    },
    "reopened": {"en": "No text: the customer came back.", "zh": "不发送：顾客又回来了。"},
    "voided": {"en": "No text: the visit was removed.", "zh": "不发送：该接待记录已作废。"},
    "practice": {"en": "No text: this was a practice visit.", "zh": "不发送：这是练习接待。"},
    "superseded": {
        "en": "No text: another one to this number takes its place.",
        "zh": "不发送：已由发给该号码的另一条短信代替。",
    },
    "capped": {
        "en": "No text: this number was texted a short while ago.",
        "zh": "不发送：不久前刚给该号码发过短信。",
    },
    "later_leaving": {
        "en": "Waits: the customer was here again and has just left.",
        "zh": "稍候发送：顾客又来过，刚刚离店。",
    },
    "quiet_hours": {
        "en": "Put off by quiet hours: it goes when the next allowed hours begin.",
        "zh": "免打扰时段，顺延到下一个可发送时段。",
    },
    "overnight": {
        "en": "No text: because of quiet hours it would have come only the next day.",
        "zh": "不发送：因免打扰时段，要到第二天才能发出。",
    },
    "no_open_hours": {
        "en": "No text: no hour suits both the shop and this number.",
        "zh": "不发送：没有同时适合本店和该号码的时段。",
    },
    "over_budget": {
        "en": "Held back: the budget for today's texts is used up.",
        "zh": "暂停发送：今天的短信额度已用完。",
    },
    "sender_paused": {
        "en": "Held back: texts are switched off at the moment.",
        "zh": "暂停发送：短信发送目前已关闭。",
    },
    "sender_busy": {
        "en": "Held back: the text provider asked us to go more slowly.",
        "zh": "暂停发送：短信服务商要求放慢发送速度。",
    },
    "sender_stopped": {
        "en": "Held back: the text provider does not accept our account. Tell your manager.",
        "zh": "暂停发送：短信服务商拒绝了本店账户，请告知店长。",
    },
    "too_late": {
        "en": "No text: it would have come too long after the visit.",
        "zh": "不发送：离店时间过久，已不宜发送。",
    },
    "canceled_by_staff": {"en": "Cancelled by the associate.", "zh": "导购已取消发送。"},
    "number_rejected": {
        "en": "Not sent: the network says that this number cannot be texted.",
        "zh": "未发出：运营商表示该号码无法接收短信。",
    },
    "content_rejected": {"en": "Not sent: the network refused the wording.", "zh": "未发出：运营商拒绝了短信内容。"},
    "wording_not_registered": {
        "en": "No text: its wording is not registered with the text provider. Tell your manager.",
        "zh": "不发送：这段文字还没有在短信服务商报备，请告知店长。",
    },
    "provider_rejected": {
        "en": "Not sent: the text provider refused it. Tell your manager.",
        "zh": "未发出：短信服务商拒绝发送，请告知店长。",
    },
    "may_have_been_sent": {
        "en": "Nobody can be sure whether it was sent. It will not be sent again by itself.",
        "zh": "无法确认是否已发出，系统不会自动重发。",
    },
    "dropped_in_doubt": {
        "en": "Nobody could be sure whether it was sent, so a person decided to leave it.",
        "zh": "无法确认是否已发出，已由人工决定不再发送。",
    },
    "may_want_no_more": {
        "en": "No text: the customer may have asked for no more. Somebody must read their answer first.",
        "zh": "不发送：顾客可能不想再收短信，请先看看顾客的回复。",
    },
    "person_talks": {
        "en": "No automatic text: one of us is talking with this customer.",
        "zh": "不自动发送：同事正在与这位顾客沟通。",
    },
    "erased": {"en": "No text: the customer's data was erased.", "zh": "不发送：顾客资料已删除。"},
    "no_recent_answer": {
        "en": "No text: the customer has not written for a month, and did not agree to later texts.",
        "zh": "不发送：顾客一个月内没有来信，也没有同意接收后续短信。",
    },
    "carrier_failed": {"en": "Sent, but the network did not deliver it.", "zh": "已发出，但运营商未能送达。"},
    "replied": {
        "en": "No text: the customer has answered, so a person goes on from here.",
        "zh": "不发送：顾客已经回复，后续由同事跟进。",
    },
    "visited_since": {"en": "No text: the customer has been here again since.", "zh": "不发送：顾客之后又来过店里。"},
    "outcome_changed": {
        "en": "No text: how the visit ended was changed since.",
        "zh": "不发送：接待结果后来有改动。",
    },
    "plan_stopped": {"en": "No text: somebody stopped the follow-up.", "zh": "不发送：跟进已由同事停止。"},
    "plan_paused": {
        "en": "No text: somebody has just written to this customer.",
        "zh": "不发送：同事刚联系过这位顾客。",
    },
}
# A refusal that the associate can still mend (or a later fact can): the same row is planned again.
MENDABLE: Final[tuple[Reason, ...]] = (
    "no_outcome",
    "no_customer",
    "no_number",
    "number_invalid",
    "number_not_mobile",
    "number_region",
    "no_consent",
    "already_texted",
    "superseded",
    "reopened",
    "voided",
    "wording_not_registered",
)

# How a text travels: 160 (or 153) septets a segment, or 70 (67) UTF-16 units once one character is not in GSM-7.
Encoding = Literal["gsm7", "ucs2"]
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
# So long after the last word of either side a person still counts as talking.
TALK_HOURS: Final = 24

# Fields that the wording of a purpose may use. At the door "the day of your visit" would be today; `page` is the
# link to the customer's own page.
Field = Literal["name", "associate", "brand", "store", "visit_date", "page"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
FIELDS_OF: Final[dict[Group, tuple[Field, ...]]] = {
    "departure": ("name", "associate", "brand", "store", "page"),
    "follow_up": FIELDS,
    "satisfaction": FIELDS,
    "conversation": ("name", "associate", "brand", "store", "page"),
}
# What a template cannot be used for, each with its sentence; `{}` stands for the detail.
TemplateFault = Literal[
    "empty",
    "too_long",
    "brace_open",
    "brace_stray",
    "bad_field",
    "unknown_field",
    "line_break",
    "invisible",
    "too_many_segments",
]
TEMPLATE_FAULTS: Final[dict[TemplateFault, dict[Language, str]]] = {
    "empty": {"en": "The text has no words yet.", "zh": "还没有填写内容。"},
    "too_long": {"en": "The text has more than {} characters.", "zh": "内容超过 {} 个字符。"},
    "brace_open": {
        "en": "This { is never closed. A field is written {name}.",
        "zh": "这个 { 没有配对的 }。字段写作 {name}。",
    },
    "brace_stray": {"en": "This } belongs to no field.", "zh": "这个 } 前面没有对应的 {。"},
    "bad_field": {
        "en": "A field is written {name}, or {name|there} with what to say when it is empty.",
        "zh": "字段写作 {name}；为空时的替代文字写在竖线后，如 {name|您好}。",
    },
    "unknown_field": {"en": "There is no such field here. Use one of: {}.", "zh": "这里没有这个字段，可用的有：{}。"},
    "line_break": {
        "en": "A text is one line: please take this break out.",
        "zh": "短信只能是一行，请去掉这里的换行。",
    },
    "invisible": {
        "en": "This character cannot be seen, and not every phone can show the text with it.",
        "zh": "这里有看不见的字符，部分手机会显示异常。",
    },
    "too_many_segments": {
        "en": "From here on the text takes more than {} messages.",
        "zh": "从这里起，短信会超过 {} 条。",
    },
}
# What one text costs, in texts: a phone shows it as one, the provider charges for each segment.
PriceClass = Literal["single", "double", "triple", "too_long"]
PRICE_CLASSES: Final[dict[PriceClass, dict[Language, str]]] = {
    "single": {"en": "1 message", "zh": "按 1 条计费"},
    "double": {"en": "2 messages", "zh": "按 2 条计费"},
    "triple": {"en": "3 messages", "zh": "按 3 条计费"},
    "too_long": {"en": "Too long to be sent", "zh": "过长，无法发送"},
}
# How a visit ended, as far as following up goes by it.
Outcome = Literal["bought", "not_bought", "left_early"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
StepKind = Literal["text", "task"]
STEP_KINDS: Final[tuple[StepKind, ...]] = get_args(StepKind)
FOLLOW_UP_PURPOSES: Final[tuple[Purpose, ...]] = tuple(p for p in PURPOSES if GROUP_OF[p] in PLAN_GROUPS)
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
TEMPLATE_CHARACTERS: Final = 600
NOT_AFTER_MINUTES: Final = 30
TOO_LATE_HOURS: Final = 24
MAX_SEGMENTS: Final = 3
# Free words may be one segment longer than a template (ruling 11).
MAX_FREE_SEGMENTS: Final = MAX_SEGMENTS + 1
# So long the link to a customer's own page opens it, counted from the text that brought it.
PAGE_DAYS: Final = 30

# What became of a planned text; each has one fate.
Fate = Literal["sent_once", "sent_twice", "lost", "in_doubt", "waiting", "not_sent"]
FATES: Final[tuple[Fate, ...]] = get_args(Fate)

# Where our record of a day's texts and the provider's disagree, in one sentence each.
Incident = Literal["sent_twice", "sent_after_all", "unknown_to_us", "missing_at_provider"]
INCIDENTS: Final[dict[Incident, dict[Language, str]]] = {
    "sent_twice": {
        "en": "The provider has two texts where one was planned.",
        "zh": "服务商处有两条短信，而计划只发一条。",
    },
    "sent_after_all": {
        "en": "The provider has a text that was believed not to have been sent.",
        "zh": "服务商处有一条我们认为没有发出的短信。",
    },
    "unknown_to_us": {
        "en": "The provider has a text that nobody here planned.",
        "zh": "服务商处有一条不是由本系统计划的短信。",
    },
    "missing_at_provider": {
        "en": "The provider took a text and does not have it any more.",
        "zh": "服务商曾接收一条短信，现在却查不到了。",
    },
}

# §6.3 of the design: the settle time is the safety, and these must stay in this order.
LEASE_SECONDS: Final = 60
DEADLINE_SECONDS: Final = 20
CONNECT_TIMEOUT_SECONDS: Final = 3
READ_TIMEOUT_SECONDS: Final = 10
# From the start of an attempt; only then does "the provider has no such text" mean that it never will have.
SETTLE_SECONDS: Final = 180
# When the provider is asked about a doubt, after the deadline of its attempt; then at the last of these steps again.
LOOKS_SECONDS: Final = (15, 60, 180, 600)
# After so long without any answer a person is asked.
GIVE_UP_LOOKING_HOURS: Final = 24
