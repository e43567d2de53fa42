"""Why there is no text, in one sentence each, for the associate and the manager."""

from typing import Final, Literal

from crm.contract import Language

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
    "wording_too_long",
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
    "wording_too_long": {
        "en": "No text: its wording is too long with the names in it. Tell your manager.",
        "zh": "不发送：填入名称后，短信文字过长，请告知店长。",
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
        "en": "Held back: one of us is talking with this customer.",
        "zh": "暂不发送：同事正在与这位顾客沟通。",
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
    "wording_too_long",
)
