"""What the customer's own page says, in every language that we speak."""

from collections.abc import Mapping
from typing import Final

from crm.consent import Method
from crm.contract import Language, Purpose

HTML_LANG: Final[Mapping[Language, str]] = {"en": "en", "zh": "zh-Hans"}
LANGUAGE_NAMES: Final[Mapping[Language, str]] = {"en": "English", "zh": "中文"}
AGREED: Final[Mapping[Purpose, Mapping[Language, str]]] = {
    "visit_text": {"en": "The text after a visit", "zh": "到店后的短信"},
    "offers": {"en": "Later texts: news, care and offers", "zh": "后续短信：新品、保养和优惠"},
}
# Where a yes or a no was said.
METHODS: Final[Mapping[Method, Mapping[Language, str]]] = {
    "tablet": {"en": "in the shop", "zh": "在门店"},
    "text": {"en": "by text", "zh": "短信回复"},
    "page": {"en": "on this page", "zh": "在本页"},
    "provider": {"en": "through the text service", "zh": "通过短信服务商"},
}
WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "title": {"en": "Your details", "zh": "您的资料"},
    "intro": {
        "en": "What we know of you, and what you want to hear from us. You need no account.",
        "zh": "我们记录了什么、要不要收短信，都由您决定，无需登录。",
    },
    "private": {
        "en": "Whoever has this link can open this page, so please do not pass it on.",
        "zh": "拿到链接的人都能打开本页，请勿转发。",
    },
    "holds": {"en": "What we hold", "zh": "我们保存的资料"},
    "nobody": {"en": "Nobody is noted with this number.", "zh": "这个号码下没有顾客资料。"},
    "name": {"en": "Name", "zh": "姓名"},
    "address_as": {"en": "How we address you", "zh": "怎么称呼您"},
    "number": {"en": "Number ending in", "zh": "手机尾号"},
    "language": {"en": "Language of your texts", "zh": "短信语言"},
    "yes_since": {"en": "Yes, since", "zh": "已同意，自"},
    "no": {"en": "No", "zh": "未同意"},
    "not_noted": {"en": "Not noted", "zh": "没有记录"},
    "consents": {"en": "What you agreed to", "zh": "同意记录"},
    "yes": {"en": "Yes", "zh": "同意"},
    "visits": {"en": "Your visits", "zh": "到店记录"},
    "visits_shared": {
        "en": "Several people use this number, so visits are not shown here. Ask in the shop if you would like to see "
        "yours.",
        "zh": "这个号码有多人使用，到店记录不在这里显示。想查看的话，请到店里问我们。",
    },
    "between": {"en": "Texts between us", "zh": "往来短信"},
    "from_us": {"en": "We wrote", "zh": "我们"},
    "from_you": {"en": "You wrote", "zh": "您"},
    "pictures": {"en": "With a picture, which we did not keep", "zh": "附有图片，我们没有保存"},
    "earlier": {"en": "Earlier", "zh": "更早的"},
    "also": {
        "en": "We also keep what was paid, and what our staff noted about your visits. Whoever has this link could "
        "read it here, so please ask for it in the shop.",
        "zh": "我们还保存消费金额和导购的接待记录。拿到链接的人都能打开本页，所以不在这里显示，想查看请到店里问我们。",
    },
    "save_name": {"en": "Save", "zh": "保存"},
    "wrong_number": {
        "en": "Is the number wrong? Please ask in the shop: only there can we be sure that a new one is yours.",
        "zh": "号码要改？请到店里告诉我们，这样才能确认新号码是您本人的。",
    },
    "texts": {"en": "Your texts", "zh": "短信设置"},
    "fewer": {"en": "Fewer texts", "zh": "少发一些"},
    "fewer_why": {
        "en": "Only the one after a visit, if you agreed to it. No news, no offers.",
        "zh": "只在您同意的情况下，到店后发一条；不再发新品和优惠。",
    },
    "none": {"en": "No more texts", "zh": "不再接收短信"},
    "none_why": {
        "en": "None, from any of our shops, from this moment on.",
        "zh": "从现在起，所有门店都不再给您发短信。",
    },
    "opted_out": {
        "en": "This number gets no more texts from any of our shops.",
        "zh": "这个号码已退订，所有门店都不再发短信。",
    },
    "done_name": {"en": "Saved. Thank you.", "zh": "已保存，谢谢。"},
    "done_language": {"en": "Saved: your texts will be in this language.", "zh": "已保存，之后的短信会用这种语言。"},
    "done_fewer": {"en": "Done: no news and no offers any more.", "zh": "好的，不再发新品和优惠。"},
    "done_none": {"en": "Done: you get no more texts from us.", "zh": "好的，不再给您发短信。"},
    "erase": {"en": "Delete everything about me", "zh": "删除我的资料"},
    "erase_title": {"en": "Delete your details?", "zh": "确定删除资料吗？"},
    "erase_what": {
        "en": "Your name, your number, the words of our texts and what our staff noted are erased in all our shops, "
        "for everybody who uses this number. Texts that wait are not sent. This cannot be undone.",
        "zh": "所有门店都会删除您的姓名、手机号、短信内容和导购备注，使用这个号码的其他人也一样；"
        "还没发出的短信不再发送。删除后无法恢复。",
    },
    "erase_keeps": {
        "en": "What stays: that somebody was here, when, what was bought and agreed to, without your name; and a code "
        "made from your number, so that nobody texts you by mistake. The "
        "text service that carried our texts keeps its own record for a while.",
        "zh": "会留下的：某天有人到店、购买和同意的记录（不含姓名），以及由手机号算出的一串代码，用来避免误发短信。"
        "代发短信的服务商会在一段时间内保留自己的记录。",
    },
    "erase_sure": {"en": "Yes, delete", "zh": "确定删除"},
    "erase_back": {"en": "No, go back", "zh": "不删，返回"},
    "erased_title": {"en": "Deleted", "zh": "已删除"},
    "erased": {
        "en": "We no longer know who you are, and send you nothing. This link has ended.",
        "zh": "我们不再保存您的个人资料，也不会再给您发短信。本链接已失效。",
    },
    "busy_title": {"en": "One minute, please", "zh": "请等一分钟"},
    "busy": {
        "en": "A text to you is on its way at this moment. Nothing was deleted yet: please try again in a minute.",
        "zh": "有一条短信正在发给您，还没有删除任何资料。请过一分钟再试。",
    },
    "gone_title": {"en": "This link has ended", "zh": "链接已失效"},
    "gone": {
        "en": "Links work for 30 days, and only the one in our latest text. Please ask in the shop if we can help.",
        "zh": "链接 30 天内有效，且只有最近一条短信里的可用。需要帮忙，请到店里找我们。",
    },
    "often_title": {"en": "One moment, please", "zh": "请稍等"},
    "often": {"en": "This was a lot at once. Please try again in a minute.", "zh": "操作太频繁了，请过一分钟再试。"},
    "unread_title": {"en": "That did not work", "zh": "没有成功"},
    "unread": {
        "en": "We could not read that. Please open the link from our text again.",
        "zh": "没能读懂这次提交，请重新打开短信里的链接。",
    },
}


def words_in(language: Language) -> dict[str, str]:
    """Every sentence of the page in one language."""
    return {name: said[language] for name, said in WORDS.items()}
