"""What customers answer to "how was it, from 1 to 5?"."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messaging.contract.plans import ANSWER_DAYS
from messaging.contract.states import MAY_HAVE_LEFT
from messaging.models import Message, SatisfactionAnswer

_WORDS: Final = {
    "1": 1,
    "one": 1,
    "一": 1,
    "壹": 1,
    "一星": 1,
    "2": 2,
    "two": 2,
    "二": 2,
    "两": 2,
    "贰": 2,
    "二星": 2,
    "两星": 2,
    "3": 3,
    "three": 3,
    "三": 3,
    "叁": 3,
    "三星": 3,
    "4": 4,
    "four": 4,
    "四": 4,
    "肆": 4,
    "四星": 4,
    "5": 5,
    "five": 5,
    "五": 5,
    "伍": 5,
    "五星": 5,
}
# What may stand around a score without meaning anything else: "a 5!", "5/5", "5 stars", "打5分", "给四分".
_AROUND: Final = re.compile(
    r"^(?:(?:i|id|we|would|say|give|it|you|a|an|my|score|rating|is|its|answer|definitely)\s+)*"
    r"(?P<score>[^\s/]+?)"
    r"(?:\s*(?:/|out of|of)\s*5)?(?:\s*stars?)?(?:\s+(?:please|thanks|thank you|thx|from me))*$"
)
_CHINESE: Final = re.compile(
    r"^(?:我)?(?:打|给|评|选)?(?:个)?(?P<score>[1-5一二两三四五壹贰叁肆伍])(?:分|颗?星|星级)?(?:吧|啊|呀|哦|谢谢)*$"
)
_MINUS: Final = re.compile(r"[-\u2212]\s*\d")
_STARS: Final = re.compile(r"^[★⭐🌟]{1,5}$")


def read_score(text: str) -> int | None:
    """The score that an answer is, if it is one and nothing else: 1 to 5, in digits or words, in English or Chinese,
    in whatever width. "5 minutes late" and "4 or 5" are no scores: a person reads those.
    """
    plain = unicodedata.normalize("NFKC", text)
    # A variation selector only says how a star or a digit is drawn.
    plain = "".join(c for c in plain if c not in "\ufe0e\ufe0f\u20e3")
    stars = re.sub(r"\s+", "", plain)
    if _STARS.match(stars):
        return len(stars)
    if _MINUS.search(plain):
        return None
    kept = "".join(" " if unicodedata.category(c)[0] in "PSZC" and c not in "/'’" else c for c in plain.casefold())
    words = " ".join(kept.replace("'", "").replace("’", "").split())
    found = _CHINESE.match(words.replace(" ", "")) or _AROUND.match(words)
    return _WORDS.get(found["score"]) if found else None


def scores_about(*, subjects: Collection[str], organization_id: UUID) -> dict[str, SatisfactionAnswer]:
    """How the customers of these visits liked them, by subject: the latest answer where they were asked more often."""
    found = SatisfactionAnswer.objects.filter(subject__in=subjects, organization_id=organization_id)
    return {answer.subject: answer for answer in found.order_by("answered_at")}


def record_answer(*, contact_id: UUID, text: str, at: datetime) -> int | None:
    """An answer that is a score is kept with the visit it was asked about: the last question texted to this number
    within some days. A later score for the same question replaces it. Answers the score, or None for anything else.
    """
    score = read_score(text)
    if score is None:
        return None
    question = (
        Message.objects.filter(
            contact_id=contact_id,
            group="satisfaction",
            state__in=MAY_HAVE_LEFT,
            posted_at__gte=at - timedelta(days=ANSWER_DAYS),
            posted_at__lte=at,
        )
        .order_by("-posted_at")
        .first()
    )
    if question is None:
        return None
    SatisfactionAnswer.objects.update_or_create(
        question=question,
        defaults={"score": score, "answered_at": at},
        create_defaults={
            "organization_id": question.organization_id,
            "store_id": question.store_id,
            "subject": question.subject,
            "score": score,
            "answered_at": at,
        },
    )
    return score
