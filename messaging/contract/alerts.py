"""What managers are told about when texts cannot leave as they should: what happened, what it means for customers, and
what to do."""

from typing import Final, Literal, TypedDict

from crm.contract import Language

Alert = Literal[
    "nobody_is_texted",
    "account_refused",
    "carrier_blocks_us",
    "provider_busy",
    "texts_paused",
    "budget_used",
    "budget_nearly_used",
    "disagreement",
]


class Told(TypedDict):
    what: dict[Language, str]
    means: dict[Language, str]
    do: dict[Language, str]


# The most urgent first: in this order they are shown.
ALERTS: Final[dict[Alert, Told]] = {
    "nobody_is_texted": {
        "what": {"en": "No text reaches anybody.", "zh": "短信不会发给任何人。"},
        "means": {
            "en": "The provider is set to console, which only writes texts down. Customers get none.",
            "zh": "短信服务商设为 console，只做记录，顾客收不到短信。",
        },
        "do": {
            "en": "Have whoever runs Sendoff name a text provider before customers are promised a text.",
            "zh": "在向顾客承诺发短信之前，请系统管理员设置短信服务商。",
        },
    },
    "account_refused": {
        "what": {"en": "The text provider refuses our account.", "zh": "短信服务商拒绝了我们的账户。"},
        "means": {
            "en": "No text leaves. Each waits as long as it still makes sense, and says so.",
            "zh": "短信暂时都发不出去；在还合适的时间内会一直等待，并注明原因。",
        },
        "do": {
            "en": "Have whoever runs Sendoff check the account there: password, balance, sender.",
            "zh": "请让系统管理员在服务商处检查账户：密钥、余额和发送号码。",
        },
    },
    "carrier_blocks_us": {
        "what": {"en": "Texts of ours are being turned away.", "zh": "我们的短信被拦截或退回。"},
        "means": {
            "en": "Most likely it is not about those customers’ numbers: others may not get theirs either.",
            "zh": "多半不是这些顾客号码的问题，其他顾客也可能收不到短信。",
        },
        "do": {
            "en": "Have whoever runs Sendoff look this code up at the provider: often the sender is not registered, "
            "or the wording is taken for spam.",
            "zh": "请让系统管理员在服务商处查这个代码：常见原因是发送号码未登记，或内容被当作垃圾短信。",
        },
    },
    "provider_busy": {
        "what": {"en": "The text provider asked us to wait.", "zh": "短信服务商要求我们稍等。"},
        "means": {"en": "Texts leave a little later.", "zh": "短信会晚一点发出。"},
        "do": {"en": "Nothing: they go by themselves.", "zh": "无需操作，稍后会自动发送。"},
    },
    "texts_paused": {
        "what": {"en": "Texts are paused.", "zh": "短信已暂停。"},
        "means": {
            "en": "Customers get none. A text that grows too old meanwhile will not be sent.",
            "zh": "顾客收不到短信；等得太久的短信不会再发。",
        },
        "do": {"en": "Resume them under Rules when you are ready.", "zh": "准备好后，请在“规则”页恢复发送。"},
    },
    "budget_used": {
        "what": {"en": "Today’s limit of texts is used up.", "zh": "今天的短信额度已用完。"},
        "means": {
            "en": "Further texts wait, and are dropped when they grow too old.",
            "zh": "后面的短信会等待，等得太久就不再发送。",
        },
        "do": {
            "en": "Raise the daily limit under Rules, or leave it.",
            "zh": "可在“规则”页提高每日上限，也可以不管。",
        },
    },
    "budget_nearly_used": {
        "what": {"en": "More than 80% of today’s limit of texts is used.", "zh": "今天的短信额度已用掉 80% 以上。"},
        "means": {"en": "Texts still leave, until the limit is reached.", "zh": "达到上限之前，短信照常发送。"},
        "do": {
            "en": "Raise the daily limit under Rules if today is busy.",
            "zh": "今天若很忙，可在“规则”页提高每日上限。",
        },
    },
    "disagreement": {
        "what": {"en": "Our record and the provider’s disagree.", "zh": "我们的记录与服务商的不一致。"},
        "means": {
            "en": "A customer may have got a text twice, or one that we do not know of.",
            "zh": "顾客可能收到了两次，或收到了我们不知道的短信。",
        },
        "do": {"en": "Look at it under Proof, and say when you have.", "zh": "请在“核对”页查看，看过后注明。"},
    },
}
