"""What a customer's answer means for further texts. Pure: it reads words and knows nothing else.

The order is: a word that is the whole message, then such a word with nothing but courtesy around it, then a sentence
that says so in other words. Whatever merely mentions stopping is left to a person.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from messaging.contract.conversations import Verdict


def _each_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# All of these are compared without spaces, so `opt out`, `opt-out` and `optout` are one.
_STOP: Final = _each_of(
    "stop stopall unsubscribe end quit revoke optout arret alto baja 退订 拒收 停止 停发 取消订阅 不要再发 别再发"
)
# They stop texts unless there is something else that they may be about.
_CANCEL: Final = _each_of("cancel cancelar 取消")
# In mainland China carriers print these after a text; elsewhere they are a letter that somebody typed.
_SHORT_IN_CHINA: Final = _each_of("r t td n")
_CHINA: Final = "+86"
# `Yes` is no such word: it is an answer to whatever was asked last, and no consent to be texted.
_START: Final = _each_of("start unstop resubscribe optin 恢复 恢复订阅 恢复短信 重新订阅 取消退订")
_HELP: Final = _each_of("help info 帮助")
_COURTESY: Final = _each_of(
    "please pls plz thanks thank you thx ty now immediately already just ok okay hi hello hey sorry sir madam"
)
_CHINESE_COURTESY: Final = re.compile("(?:谢谢|您好|你好|麻烦|不好意思|请|了|吧|啊|呀|哦|好的|您|你|我要|我想)+")

# Over words joined by single spaces, apostrophes gone: "don't" is `dont`.
_SAYS_STOP: Final = re.compile(
    r"\b(?:"
    r"stop (?:it |all |the |these |those |your |any |more )*"
    r"(?:texting|messaging|sending|contacting|bothering|harassing|spamming|texts?|messages?|sms|spam)"
    r"|(?:dont|do not|never|no longer) (?:ever |please )?(?:text|message|msg|sms|contact|bother|spam)"
    r" (?:me|us|this|my|again|any|anymore|more)"
    r"|(?:dont|do not|never) (?:ever |please )?(?:send|want|need|wish)(?: to)?"
    r"(?: (?:me|us|get|receive|have))* (?:any |more |these |your |such |further )*(?:texts?|messages?|sms)"
    r"|no (?:more|further) (?:texts?|messages?|sms|texting|messaging)"
    r"|(?:remove|delete) (?:me|us|my (?:number|phone|name|data|contact))|take (?:me|us|my (?:number|name)) (?:off|out)"
    r"|lose my number|leave me alone|unsubscribe|opt (?:me )?out|optout"
    r")\b"
)
_SAYS_STOP_IN_CHINESE: Final = re.compile(
    "退订|拒收|取消(?:订阅|短信)|停止(?:发送|发短信|推送|打扰)"
    "|(?:不要|别|不用|请勿|勿|甭)(?:再|在)?(?:给我|跟我|向我|往我这)?(?:再)?(?:发|推送)(?:了|来|短信|简讯|信息|消息|广告|这|给我|$)"
    "|(?:不想|不愿意?|不要|不再|不)(?:再)?(?:收到?|接收|看到)(?:你们|您们|贵店|这类|这种|任何|的)*(?:短信|简讯|信息|消息|广告|了|$)"
    "|(?:不要|别|请勿|勿)(?:再)?(?:来)?(?:打扰|骚扰|联系)(?:我|了|$)"
    "|(?:删除?|移除|去)掉?(?:我的?|本人)(?:号码|电话|手机|手机号|联系方式|信息)"
    "|(?:删除?|移除)(?:掉)?我(?:$|吧|了)|把我(?:的?(?:号码|电话|手机号))?(?:删|移|去)"
)
# Said about stopping, but not asking for it: "why did you stop texting", "don't stop", 我不想退订.
_NOT_ASKED: Final = re.compile(
    r"\b(?:why|when|did you|have you|dont|do not|didnt|did not|never|not|wont|will not)(?: \w+)? "
    r"(?:stop|unsubscribe|opt|remove|delete|take)\b"
)
_NOT_ASKED_IN_CHINESE: Final = re.compile(
    "(?:不想?|没有?|别|不要|未|为什么|为何|是不是)(?:要|被|给我)?(?:退订|拒收|停止|取消)"
)
_MENTIONS_STOP: Final = re.compile(
    r"\b(?:stop\w*|unsubscribe\w*|cancel\w*|quit|revoke|optout|opt out|spam\w*|harass\w*|remove me|no more)\b"
    "|退订|拒收|停止|取消|骚扰|打扰|别发|别再|不要发|不要再|投诉"
)

# What is written in the traditional script, in the words above.
_SIMPLIFIED: Final = str.maketrans(
    "訂發別請擾騷給簡訊刪號碼電話謝聯繫絡們愛復開幫", "订发别请扰骚给简讯删号码电话谢联系络们爱复开帮"
)
# Pictures that would turn into letters or digits on the way: ℹ️ would be an i, 1️⃣ a 1.
_PICTURE_OF_A_SIGN: Final = re.compile("[0-9#*ℹⓂ㊗㊙]\ufe0f?\u20e3|[ℹⓂ㊗㊙]\ufe0f|[\U0001f200-\U0001f2ff]")
# Letters in circles, brackets and squares are symbols to Unicode, and letters to whoever typed them.
_DRESSED_LETTERS: Final = (range(0x249C, 0x24EA), range(0x1F110, 0x1F14A))
_APOSTROPHES: Final = frozenset("'’‘ʼ＇`´")


def read(*, text: str, number: str, about_appointment: bool = False) -> Verdict:
    """A word that stops texts, alone or with courtesy around it, always stops them; so does a sentence that asks for
    it. What only mentions stopping is `doubtful`, which stops automatic texts until a person has looked.

    `number` is the sender's: the short Chinese letters count for numbers of mainland China alone. `about_appointment`
    says that this customer has an appointment to come: "cancel" may then mean that.
    """
    words = _words(text)
    whole = "".join(words)
    short = _SHORT_IN_CHINA if number.startswith(_CHINA) else frozenset()
    bare = _without_courtesy(words)
    for said in (whole, bare):
        if said in _CANCEL:
            return "doubtful" if about_appointment else "stop"
        if _repeats(said, _STOP):
            return "stop"
    if whole in short:
        return "stop"
    for said in (whole, bare):
        if said in _START:
            return "start"
        if said in _HELP:
            return "help"
    return _in_other_words(" ".join(words), whole)


def _in_other_words(line: str, whole: str) -> Verdict:
    if _SAYS_STOP.search(line) or _SAYS_STOP_IN_CHINESE.search(whole):
        asked = not (_NOT_ASKED.search(line) or _NOT_ASKED_IN_CHINESE.search(whole))
        return "stop" if asked else "doubtful"
    return "doubtful" if _MENTIONS_STOP.search(line) or _MENTIONS_STOP.search(whole) else "other"


def _words(text: str) -> list[str]:
    """Letters and digits in one width and case, without accents; whatever else stands between them parts words."""
    signs = (c for c in _PICTURE_OF_A_SIGN.sub(" ", text) if unicodedata.category(c) != "So" or _is_dressed(c))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", "".join(signs)).casefold())
    kept = (_kept(c) for c in unicodedata.normalize("NFKD", folded.translate(_SIMPLIFIED)))
    return "".join(kept).split()


def _kept(c: str) -> str:
    category = unicodedata.category(c)
    if category[0] in "LN":
        return c
    # Accents, variation selectors and invisible marks stand inside words; so do apostrophes.
    return "" if category[0] == "M" or category == "Cf" or c in _APOSTROPHES else " "


def _is_dressed(c: str) -> bool:
    return any(ord(c) in letters for letters in _DRESSED_LETTERS)


def _without_courtesy(words: Iterable[str]) -> str:
    return _CHINESE_COURTESY.sub("", "".join(word for word in words if word not in _COURTESY))


def _repeats(said: str, known: frozenset[str]) -> bool:
    """Whether it is one of these, once or several times in a row: STOP STOP STOP is meant."""
    return any(word and said == word * max(1, len(said) // len(word)) for word in known)
