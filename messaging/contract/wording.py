"""What the wording of a text may hold, what is wrong with one, and what a text costs."""

from typing import Final, Literal, get_args

from crm.contract import Language
from messaging.contract.purposes import Group

# How a text travels: 160 (or 153) septets a segment, or 70 (67) UTF-16 units once one character is not in GSM-7.
Encoding = Literal["gsm7", "ucs2"]
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
TEMPLATE_CHARACTERS: Final = 600
MAX_SEGMENTS: Final = 3
# Free words may be one segment longer than a template (ruling 11).
MAX_FREE_SEGMENTS: Final = MAX_SEGMENTS + 1
