"""What every part of Sendoff agrees on about visits: the events a tablet may record and the words for outcomes.

The API's schemas, the tablet's TypeScript, the documentation and the tests are made from this module. Types are only
ever added; an event once accepted can be read for ever.
"""

from datetime import datetime
from typing import Annotated, Final, Literal, get_args
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from crm.contract import Language

Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
# A minor-unit amount no shop reaches, and no database column overflows.
AmountMinor = Annotated[int, Field(strict=True, ge=0, le=10**13)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
# Neither 1 nor "true": what is no yes or no was not one when it was tapped.
YesNo = Annotated[bool, Field(strict=True)]


def _reckonable(at: datetime) -> datetime:
    """A clock may be wrong by decades; but a time that a clock's correction pushes off the calendar is none."""
    if not 1900 <= at.year < 2300:
        raise ValueError("a year that no clock shows")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_reckonable)]

StageRole = Literal["progress", "always", "automatic"]
Source = Literal["walk_in", "appointment", "referral", "returning", "phone"]
VisitKind = Literal["selling", "service", "pick_up"]
Result = Literal["bought", "not_bought", "left_early"]
# `open` also covers visits whose day ended without an outcome; reports call those "not closed out".
Status = Literal["open", "bought", "not_bought", "left_early", "voided"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
Presence = Literal["on_floor", "away", "off"]
PRESENCES: Final[tuple[Presence, ...]] = get_args(Presence)

Reason = Literal["price", "style", "size_stock", "partner", "just_looking", "time", "will_return", "other"]
REASONS: Final[dict[Reason, dict[Language, str]]] = {
    "price": {"en": "Price", "zh": "价格"},
    "style": {"en": "Style", "zh": "款式"},
    "size_stock": {"en": "Size or stock", "zh": "尺寸或缺货"},
    "partner": {"en": "Someone else decides", "zh": "要与家人商量"},
    "just_looking": {"en": "Just looking", "zh": "随便看看"},
    "time": {"en": "No time today", "zh": "今天没时间"},
    "will_return": {"en": "Coming back", "zh": "会再来"},
    "other": {"en": "Something else", "zh": "其他"},
}
# Why somebody is away from the floor, as the tablet asks it.
AWAY: Final[dict[str, dict[Language, str]]] = {
    "break": {"en": "Break", "zh": "休息"},
    "meal": {"en": "Meal", "zh": "用餐"},
    "other": {"en": "Other work", "zh": "其他工作"},
}
# Reasons that ask for a date.
ASKS_DATE: Final[tuple[Reason, ...]] = ("will_return",)

QuarantineCode = Literal[
    "bad_event",
    "bad_text",
    "unknown_type",
    "unknown_stage",
    "unknown_item",
    "unknown_playbook",
    "unknown_staff",
    "start_stays",
    "other_store",
    "from_the_future",
    "too_old",
    "id_reuse",
    "device_stolen",
    "name_too_long",
    "number_invalid",
    "number_not_mobile",
    "number_region",
]
QUARANTINE: Final[dict[QuarantineCode, dict[Language, str]]] = {
    "bad_event": {"en": "This record is not complete.", "zh": "这条记录不完整。"},
    "bad_text": {"en": "This record holds text that cannot be stored.", "zh": "这条记录含有无法保存的文字。"},
    "unknown_type": {"en": "The server does not know this kind of record.", "zh": "服务器不认识这类记录。"},
    "unknown_stage": {"en": "The playbook has no such stage.", "zh": "流程中没有这个步骤。"},
    "unknown_item": {"en": "The playbook has no such checklist item.", "zh": "流程中没有这个事项。"},
    "unknown_playbook": {"en": "The server does not know this playbook.", "zh": "服务器没有这套流程。"},
    "unknown_staff": {"en": "This person is not on this store's roster.", "zh": "该员工不在本店名单中。"},
    "start_stays": {"en": "A visit's start cannot be undone.", "zh": "接待的开始不能撤销。"},
    "other_store": {"en": "This visit belongs to another store.", "zh": "该接待属于其他门店。"},
    "from_the_future": {
        "en": "This record is later than the moment it was sent.",
        "zh": "这条记录的时间晚于发送时间。",
    },
    "too_old": {"en": "This record is more than 90 days old.", "zh": "这条记录已超过九十天。"},
    "id_reuse": {"en": "Another record already has this id.", "zh": "该编号已被另一条记录使用。"},
    "device_stolen": {"en": "This tablet was reported stolen.", "zh": "该平板已被挂失。"},
    "name_too_long": {
        "en": "The name was too long. Its beginning was kept.",
        "zh": "姓名太长，已保留开头部分。",
    },
    "number_invalid": {"en": "The number is not complete.", "zh": "号码不完整。"},
    "number_not_mobile": {"en": "The number cannot receive texts.", "zh": "该号码收不到短信。"},
    "number_region": {"en": "The shop does not text that country.", "zh": "本店不向该地区发短信。"},
}

MAX_EVENTS: Final = 500
MAX_BYTES: Final = 1024 * 1024
FUTURE_SECONDS: Final = 120
OLDEST_DAYS: Final = 90
CLOCK_SUSPECT_SECONDS: Final = 120


class Data(BaseModel):
    """The data of one event: unknown fields are refused, and nothing is bent into another type."""

    model_config = ConfigDict(extra="forbid")


class Empty(Data):
    """No data."""


class Started(Data):
    playbook: Annotated[str, Field(max_length=60, pattern=r"^[a-z][a-z0-9_]*@[1-9][0-9]{0,5}$")]
    party_size: Annotated[int, Field(strict=True, ge=1, le=99)] = 1
    source: Source = "walk_in"
    kind: VisitKind = "selling"
    descriptors: Annotated[list[Code], Field(max_length=12)] = []
    practice: YesNo = False


class Assigned(Data):
    staff: UUID
    as_: Annotated[Literal["owner", "helper"], Field(alias="as")]
    reason: Literal["turn", "asked_for", "returning", "handover", "override"]


class HandoverTo(Data):
    to: UUID
    reason: Code | None = None


class HandoverFrom(Data):
    from_: Annotated[UUID, Field(alias="from")]
    reason: Code | None = None


class StageEntered(Data):
    stage: Code


class ItemTicked(Data):
    item: Code
    on: YesNo


class NeedRecorded(Data):
    field: Code
    value: Code | None


class ObjectionRaised(Data):
    code: Code


class NoteAdded(Data):
    note: UUID


class CustomerIdentified(Data):
    customer: UUID


class OutcomeRecorded(Data):
    result: Result
    reason: Reason | None = None
    amount_minor: AmountMinor | None = None
    currency: Currency | None = None
    category: Code | None = None
    deposit: YesNo = False


class Money(Data):
    amount_minor: AmountMinor
    currency: Currency


class Share(Data):
    staff: UUID
    thousandths: Annotated[int, Field(strict=True, ge=0, le=1000)]


class CreditSet(Data):
    shares: Annotated[list[Share], Field(min_length=1, max_length=8)]


class PromiseMade(Data):
    kind: Literal["callback", "appointment", "gift"]
    at: Moment | None = None
    note: UUID | None = None


class Voided(Data):
    reason: Literal["duplicate", "test", "mistake"]


class EventVoided(Data):
    event: UUID


class PresenceChanged(Data):
    state: Presence
    reason: Code | None = None


class ClockChanged(Data):
    jump_ms: Annotated[int, Field(strict=True, ge=-(10**13), le=10**13)]


# Every type of version 1 and the shape of its data.
EVENT_DATA: Final[dict[str, type[Data]]] = {
    "visit.started": Started,
    "visit.arrived": Empty,
    "visit.assigned": Assigned,
    "handover.offered": HandoverTo,
    "handover.accepted": HandoverFrom,
    "handover.declined": HandoverFrom,
    "stage.entered": StageEntered,
    "item.ticked": ItemTicked,
    "need.recorded": NeedRecorded,
    "objection.raised": ObjectionRaised,
    "note.added": NoteAdded,
    "customer.identified": CustomerIdentified,
    "outcome.recorded": OutcomeRecorded,
    "sale.amended": Money,
    "refund.recorded": Money,
    "credit.set": CreditSet,
    "promise.made": PromiseMade,
    "visit.departed": Empty,
    "visit.reopened": Empty,
    "visit.voided": Voided,
    "event.voided": EventVoided,
    "text.cancelled": Empty,
    "presence.changed": PresenceChanged,
    "clock.changed": ClockChanged,
}
WITHOUT_VISIT: Final = ("presence.changed", "clock.changed")


class EventEnvelope(BaseModel):
    """What stands around the data of every event; times are the tablet's own, in UTC, `mono` in milliseconds."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    v: Literal[1]
    type: Annotated[str, Field(max_length=40)]
    visit: UUID | None
    actor: UUID
    at: Moment
    boot: UUID
    mono: Annotated[float, Field(strict=True, ge=0, le=10**13)]
    seq: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    data: dict[str, object]


class ConsentGiven(BaseModel):
    """One yes or no, in the words of one version."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    purpose: Literal["visit_text", "offers"]
    wording: Annotated[int, Field(strict=True, ge=1, le=32000)]
    granted: YesNo
    at: Moment


class PersonSent(BaseModel):
    """A customer made or corrected on a tablet; travels beside the events, never in them.

    Names may be of any length: of longer ones than a tablet lets anybody type, the beginning counts.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: str = ""
    address_as: str = ""
    number: Annotated[str, Field(max_length=32)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    language: Language | None = None
    consents: Annotated[list[ConsentGiven], Field(max_length=8)] = []


class NoteSent(BaseModel):
    """A note taken on a tablet."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    visit: UUID
    text: Annotated[str, Field(min_length=1, max_length=2000)]
