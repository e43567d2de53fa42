"""Reading answers: whoever asks for no more texts gets none, and nobody is taken for having asked who did not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from messaging.contract.conversations import VERDICTS, Verdict
from messaging.inbound.optout import read

AMERICAN = "+12125550142"
CHINESE = "+8613800138000"

STOPS = [
    "STOP",
    "stop",
    "Stopall",
    "stop all",
    "UNSUBSCRIBE",
    "cancel",
    "End",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "Opt-Out",
    "arret",
    "arrêt",
    "alto",
    "baja",
    "退订",
    "退訂",
    "拒收",
    "停止",
    "停发",
    "取消",
    "取消订阅",
    "不要再发",
]
FREE_STOPS = [
    "Stop please",
    "please stop",
    "stop now, thank you",
    "STOP STOP STOP",
    "退订。",
    "请退订，谢谢",
    "我要退订",
    "怎么退订",
    "please don't text me any more",
    "Please do not message me again",
    "Could you please stop texting me",
    "I told you to stop texting me!",
    "stop sending me these messages",
    "I don't want to receive any more messages",
    "no more texts please",
    "Remove me from your list",
    "take me off this list",
    "delete my number",
    "opt me out",
    "lose my number",
    "不要再发了",
    "别发了",
    "别再给我发短信",
    "別再發簡訊給我",
    "请不要给我发短信了",
    "我不想再收到你们的短信",
    "请不要再打扰我",
    "把我的号码删了",
]
DOUBTFUL = [
    "bus stop is near",
    "Can't stop looking at it!",
    "why did you stop texting me?",
    "don't stop",
    "Please do not remove me",
    "cancel my order please",
    "Is this spam?",
    "我不想退订",
    "你们店停止营业了吗",
    "请不要发货，我改主意了",
    "取消我明天的预约",
]
HARMLESS = [
    "Thank you, the ring is lovely",
    "the end of the month suits me",
    "Take my number and call me",
    "yes",
    "No",
    "",
    "🙂",
    "1️⃣",
    "谢谢，戒指很好看",
    "不要红色的",
    "不用了，谢谢",
    "没收到你们的信息",
    "好的",
]
STARTS = ["START", "unstop", "Start please", "opt in", "恢复短信", "取消退订"]
HELPS = ["HELP", "info", "帮助", "help please"]

TABLE: list[tuple[str, Verdict]] = [
    *((text, "stop") for text in STOPS + FREE_STOPS),
    *((text, "doubtful") for text in DOUBTFUL),
    *((text, "other") for text in HARMLESS),
    *((text, "start") for text in STARTS),
    *((text, "help") for text in HELPS),
]


@pytest.mark.parametrize("number", [AMERICAN, CHINESE])
@pytest.mark.parametrize(("text", "meant"), TABLE)
def test_what_an_answer_means(text: str, meant: Verdict, number: str) -> None:
    assert read(text=text, number=number) == meant


@pytest.mark.parametrize(
    "text", ["ＳＴＯＰ", "stop\n", "  s.t.o.p.  ", "Ⓢⓣⓞⓟ", "𝐒𝐓𝐎𝐏", "🅂🅃🄾🄿", "st\u200bop", "“Stop”", "🛑stop🛑"]
)
def test_however_it_is_written(text: str) -> None:
    assert read(text=text, number=AMERICAN) == "stop"


@pytest.mark.parametrize("text", ["R", "T", "TD", "N", "t", "Ｔ", "td。", "n!"])
def test_the_short_letters_of_china_count_there_alone(text: str) -> None:
    assert read(text=text, number=CHINESE) == "stop"
    assert read(text=text, number=AMERICAN) == "other"
    # Hong Kong is +852, and no part of +86.
    assert read(text=text, number="+85251234567") == "other"


@pytest.mark.parametrize("text", ["n ok", "T shirt", "TD bank", "rn"])
def test_a_short_letter_must_be_the_whole_answer(text: str) -> None:
    assert read(text=text, number=CHINESE) == "other"


@pytest.mark.parametrize("text", ["cancel", "Cancel please", "取消", "请取消"])
def test_cancel_after_a_reminder_of_an_appointment_is_for_a_person(text: str) -> None:
    assert read(text=text, number=AMERICAN, about_appointment=True) == "doubtful"
    assert read(text=text, number=AMERICAN) == "stop"


@pytest.mark.parametrize("text", ["STOP", "stop please", "退订", "unsubscribe"])
def test_stop_after_a_reminder_is_still_a_stop(text: str) -> None:
    assert read(text=text, number=AMERICAN, about_appointment=True) == "stop"


SURROUNDINGS = st.text(
    alphabet=[
        *" \t\n.,;:!?…-–—/()[]{}<>*#@&%$^~_|\\+=。，！？、；：「」『』【】（）《》·",
        *"🛑🙏😡❤©®™✋♥",
        "\ufe0f",
        "\u200d",
    ],
    max_size=6,
)
PICTURES = st.sampled_from(["", "1️⃣", "ℹ️", "Ⓜ️", "🈚", "🇺🇸", "👍🏽", "👩‍👧", "㊙️", "🆗"])


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text)


@st.composite
def dressed(draw: st.DrawFn, text: str) -> str:
    """The same words in another case and width, decomposed or not, with signs and pictures around them."""
    said = "".join(c.upper() if draw(st.booleans()) else c.lower() for c in text)
    if draw(st.booleans()):
        said = wide(said)
    said = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), said)
    before, after = draw(SURROUNDINGS) + draw(PICTURES), draw(PICTURES) + draw(SURROUNDINGS)
    return f"{before} {said} {after}"


@hypothesis_settings(max_examples=400, deadline=None)
@given(data=st.data(), row=st.sampled_from([row for row in TABLE if row[0] not in ("", "🙂", "1️⃣")]))
def test_case_width_signs_and_pictures_never_change_what_is_meant(
    data: st.DataObject, row: tuple[str, Verdict]
) -> None:
    text, meant = row
    assert read(text=data.draw(dressed(text)), number=AMERICAN) == meant


@hypothesis_settings(max_examples=300, deadline=None)
@given(data=st.data(), word=st.sampled_from(STOPS), number=st.sampled_from([AMERICAN, CHINESE]))
def test_a_word_that_stops_always_wins_as_the_whole_message(data: st.DataObject, word: str, number: str) -> None:
    assert read(text=data.draw(dressed(word)), number=number) == "stop"


@hypothesis_settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=200), number=st.sampled_from([AMERICAN, CHINESE]))
def test_whatever_is_sent_is_read(text: str, number: str) -> None:
    assert read(text=text, number=number) in VERDICTS


@hypothesis_settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_nobody_returns_by_a_word_that_also_stops(text: str) -> None:
    """Between yes and no, the no wins: whatever stands around them, both together never start texts."""
    assert read(text=f"{text} stop start", number=AMERICAN) != "start"


@pytest.mark.parametrize("unit", ["stop ", "不要", "don't ", "no more ", "取消", "delete my "])
def test_a_long_text_is_read_in_no_time(unit: str) -> None:
    assert read(text=unit * 2000, number=AMERICAN) in VERDICTS
