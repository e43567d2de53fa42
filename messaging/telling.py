"""What happened to a text, line by line, in words that a person reads: why it was sent, or why it was not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from crm.contract import Language
from messaging.contract.reasons import REASONS
from messaging.contract.states import NO_TEXT, State
from messaging.models import Message, MessageLog

Words = Mapping[Language, str]

_BECAME: Final[Mapping[State, Words]] = {
    "scheduled": {"en": "Planned.", "zh": "已计划发送。"},
    "claimed": {"en": "Its time has come.", "zh": "到了发送时间。"},
    "posting": {"en": "Being handed to the text provider.", "zh": "正在交给短信服务商。"},
    "unknown": {"en": "The provider gave no clear answer. We are asking.", "zh": "服务商没有明确答复，正在查询。"},
    "needs_review": {"en": "Somebody should look at it.", "zh": "需要人工确认。"},
    "accepted": {"en": "The text provider has taken it.", "zh": "短信服务商已受理。"},
    "sent": {"en": "On its way through the network.", "zh": "已提交运营商。"},
    "delivered": {"en": "It has arrived on the phone.", "zh": "已送达手机。"},
    "undelivered": {"en": "The network did not deliver it.", "zh": "运营商未能送达。"},
    "failed": {"en": "The network did not deliver it.", "zh": "运营商未能送达。"},
    "rejected": {"en": "It was refused.", "zh": "短信被拒绝。"},
    "canceled": {"en": "Cancelled.", "zh": "已取消。"},
    "suppressed": {"en": "It will not be sent.", "zh": "不再发送。"},
    "expired": {"en": "Too late to send it.", "zh": "已过发送时间。"},
}
_WHY: Final[Mapping[str, Words]] = {
    "replanned": {
        "en": "Planned anew, since something about the visit has changed.",
        "zh": "接待信息有变，已重新计划。",
    },
    "resumed": {"en": "Texts go again: this one as soon as it can.", "zh": "短信已恢复发送，这条会尽快发出。"},
    "talk_is_over": {"en": "All is said: this text goes as soon as it can.", "zh": "沟通已结束，这条会尽快发出。"},
    "edited": {"en": "Somebody has changed the words.", "zh": "内容已由员工修改。"},
    "lease_ended": {
        "en": "Whoever had it stopped working; others go on with it.",
        "zh": "处理中断，已转由其他进程继续。",
    },
    "given_back": {
        "en": "Others take longer than usual. Its turn comes soon.",
        "zh": "前面的短信较慢，稍后轮到这一条。",
    },
    "absent_at_provider": {"en": "The provider does not have it.", "zh": "服务商没有这条短信的记录。"},
    "provider_cannot_tell": {"en": "The provider cannot say whether it has it.", "zh": "服务商无法确认是否收到。"},
    "duplicate_suspected": {
        "en": "It may have gone out twice. Somebody should look.",
        "zh": "可能发出了两次，请人工核实。",
    },
    "report_contradicts_us": {
        "en": "The provider reports a text that we took for not sent.",
        "zh": "服务商回报了一条我们认为未发出的短信。",
    },
}
_BY_PREFIX: Final[Mapping[str, Words]] = {
    "retry_": {"en": "The provider did not take it now. It is tried again later.", "zh": "服务商暂未受理，稍后重试。"},
    "config_": {
        "en": "The provider refused our account. It is tried again later.",
        "zh": "服务商拒绝了账户，稍后重试。",
    },
}
# Cities as a Chinese reader knows them; others keep the name of their zone.
_CITIES: Final[Mapping[str, str]] = {
    "New_York": "纽约",
    "Chicago": "芝加哥",
    "Denver": "丹佛",
    "Los_Angeles": "洛杉矶",
    "Toronto": "多伦多",
    "Vancouver": "温哥华",
    "London": "伦敦",
    "Paris": "巴黎",
    "Berlin": "柏林",
    "Sydney": "悉尼",
    "Auckland": "奥克兰",
    "Tokyo": "东京",
    "Singapore": "新加坡",
    "Hong_Kong": "香港",
    "Taipei": "台北",
    "Shanghai": "上海",
}
_WEEKDAYS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}


def with_log(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Fetches what `log_of` tells of these texts in one more statement, however many they are."""
    return rows.select_related("store").prefetch_related(Prefetch("log", MessageLog.objects.select_related("actor")))


def log_of(message: Message) -> list[dict[str, Any]]:
    """Every line of a text's log, the first one first, each in words and by the clock of its store; a line without a
    reason of its own says what the text became."""
    zone = ZoneInfo(message.store.zone)
    # Sorted here, so that lines that were fetched for many texts at once are not fetched again.
    lines = sorted(message.log.all(), key=lambda line: line.pk)
    return [
        {
            "at": line.at,
            "at_store": line.at.astimezone(zone).isoformat(timespec="seconds"),
            "before": line.before or None,
            "after": line.after,
            "why": line.why or None,
            "words": words_of_line(line, message=message),
            "until": _until(line),
            "by": line.actor.display_name if line.actor else None,
        }
        for line in lines
    ]


def words_of_line(line: MessageLog, *, message: Message) -> Words:
    """One line of a log as a sentence in each language; where it holds a provider's code alone, the sentence of why
    its text ended."""
    if line.detail and "until" in line.detail:
        return {"en": _put_off(line.detail["until"], "en"), "zh": _put_off(line.detail["until"], "zh")}
    ended_so = message.reason if line.after == message.state and line.after in NO_TEXT else ""
    for code in (line.why, ended_so):
        reason: Words | None = REASONS.get(code)  # type: ignore[call-overload]  # a code that is none is answered by None
        if reason is not None:
            return reason
    told = _WHY.get(line.why) or next((w for p, w in _BY_PREFIX.items() if line.why.startswith(p)), None)
    return told or _BECAME[line.after]  # type: ignore[index]  # the log holds only states


def _until(line: MessageLog) -> datetime | None:
    """The moment that a text was put off until by this line."""
    if not line.detail or not line.detail.get("until"):
        return None
    zone, wall = line.detail["until"][0]
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))


def _put_off(until: list[list[str]], language: Language) -> str:
    """The local time in each place: "Put off until Tuesday 09:00 in New York, 06:00 in Los Angeles."."""
    places = [_place(zone, datetime.fromisoformat(wall), language) for zone, wall in until]
    if language == "zh":
        return f"因免打扰时段顺延至{'、'.join(places)}。"
    return f"Put off until {', '.join(places)}, because of quiet hours."


def _place(zone: str, wall: datetime, language: Language) -> str:
    city = zone.rpartition("/")[2]
    day = _WEEKDAYS[language][wall.weekday()]
    if language == "zh":
        return f"{_CITIES.get(city, city.replace('_', ' '))}时间{day} {wall:%H:%M}"
    return f"{day} {wall:%H:%M} in {city.replace('_', ' ')}"
