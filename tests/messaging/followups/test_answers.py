"""Which answers are a score from 1 to 5, and which are for a person to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.followups.answers import read_score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        *[(str(n), n) for n in range(1, 6)],
        *zip(["one", "Two", "THREE", "four", "five"], range(1, 6), strict=True),
        *zip("一二三四五", range(1, 6), strict=True),
        *zip("壹贰叁肆伍", range(1, 6), strict=True),
        *zip("１２３４５", range(1, 6), strict=True),
        *zip("①②③④⑤", range(1, 6), strict=True),
        *[("⭐" * n, n) for n in range(1, 6)],
        ("★★★★", 4),
        ("5️⃣", 5),
        (" 5 \n", 5),
        ("5!", 5),
        ("5.", 5),
        ("a 5", 5),
        ("I'd say 4", 4),
        ("5/5", 5),
        ("4 / 5", 4),
        ("4 out of 5", 4),
        ("5 stars", 5),
        ("Five stars!!", 5),
        ("5 thank you", 5),
        ("It's a 3", 3),
        ("两", 2),
        ("5分", 5),
        ("五分", 5),
        ("打4分", 4),
        ("我给五星", 5),
        ("三颗星。", 3),
        ("评个５分吧", 5),
        ("5分，谢谢", 5),
    ],
)
def test_a_score_is_read_however_it_is_written(text: str, score: int) -> None:
    assert read_score(text) == score


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "0", "6", "10", "55", "-1", "3.5", "½", "4 or 5", "1-5", "5 minutes late", "at 5", "see you at 5"),
        *("not 5", "5?? really", "great", "no one", "a", "5 people", "room 4", "12345", "5/10", "3 out of 10"),
        *("六", "十", "五个人", "一般", "三点来", "第一次", "不满意", "4分钟", "STOP", "⭐⭐⭐⭐⭐⭐", "half", "V"),
    ],
)
def test_what_is_no_score_is_left_to_a_person(text: str) -> None:
    assert read_score(text) is None


@given(st.text(max_size=200))
def test_whatever_is_written_is_a_score_or_none(text: str) -> None:
    assert read_score(text) in (None, 1, 2, 3, 4, 5)
