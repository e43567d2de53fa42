"""One made-up visit, tap by tap: how far it gets, how it ends, and whether the customer leaves a number. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final, Literal

from funnel.playbooks import shipped

# What a visitor is ready to leave behind.
Leaves = Literal["nothing", "name", "wrong_number", "number"]

# How many go on from each stage to the next one, and the middle of its seconds.
_GO_ON: Final[dict[str, dict[str, tuple[float, int]]]] = {
    "jewellery_eight": {
        "greeting": (0.90, 40),
        "icebreaking": (0.88, 110),
        "needs": (0.86, 210),
        "value": (0.80, 430),
        "proof": (0.84, 240),
        "closing": (0.54, 270),
    },
    "home_furnishing_nine": {
        "welcome": (0.92, 40),
        "accompany": (0.85, 280),
        "ask": (0.86, 290),
        "guide": (0.76, 700),
        "seat": (0.82, 260),
        "draw": (0.84, 480),
        "estimate": (0.50, 500),
        "keep": (1.0, 120),
    },
}
# Until the end of this many stages, who goes has left early; later on they were not sold to.
_EARLY_STAGES: Final = 2
# The stage that asks for the number comes after the outcome, whatever its place in the playbook.
_ASKS_CONTACT: Final = {"jewellery_eight": "send_off", "home_furnishing_nine": "keep"}
_ASKED_SEATED_FROM: Final = 6
_SEND_OFF: Final = {"jewellery_eight": "send_off", "home_furnishing_nine": "send"}
_REASONS: Final = {
    "price": 24,
    "just_looking": 20,
    "partner": 17,
    "style": 14,
    "will_return": 10,
    "size_stock": 8,
    "time": 5,
    "other": 2,
}
_EARLY_REASONS: Final = {"just_looking": 50, "time": 34, "style": 10, "other": 6}
_SOURCES: Final = {"walk_in": 80, "appointment": 8, "referral": 8, "phone": 4}
_PARTIES: Final = {1: 42, 2: 40, 3: 12, 4: 5, 5: 1}
_LEAVES_A_NUMBER: Final = {"bought": 0.92, "not_bought": 0.66, "left_early": 0.2, "": 0.35}


@dataclass(frozen=True, slots=True)
class Tap:
    """Something recorded so many seconds after the visit began."""

    after: float
    type: str
    data: dict[str, Any]


@dataclass(slots=True)
class Story:
    """A visit from the greeting to the door. `result` is empty when nobody recorded it."""

    taps: list[Tap] = field(default_factory=list)
    result: str = ""
    leaves: Leaves = "nothing"
    # Seconds after the beginning at which the customer was identified, None if never.
    identified_at: float | None = None
    agrees: bool = False
    agrees_to_offers: bool = False
    left_at: float = 0.0

    def tap(self, after: float, kind: str, /, **data: Any) -> None:
        self.taps.append(Tap(round(after, 3), kind, data))


@cache
def _playbook(key: str) -> dict[str, Any]:
    data = next(data for data in shipped() if data["key"] == key)
    return data | {"items": {stage["key"]: [i["key"] for i in stage["items"]] for stage in data["stages"]}}


def _pick(dice: Random, weights: Mapping[Any, float]) -> Any:
    return dice.choices(list(weights), list(weights.values()))[0]


def tell(
    dice: Random,
    *,
    playbook: str,
    skill: float,
    care: float,
    forgets: float,
    ticket: float,
    currency: str,
    known: bool,
) -> Story:
    """A visit in a playbook's stages with an associate of this skill; `known` customers are recognised at once."""
    story = Story()
    reference = f"{playbook}@{_playbook(playbook)['version']}"
    service = not known and dice.random() < 0.02
    story.tap(
        0,
        "visit.started",
        playbook=reference,
        party_size=_pick(dice, _PARTIES),
        source="returning" if known else _pick(dice, _SOURCES),
        kind="service" if service else "selling",
        descriptors=[],
        practice=False,
    )
    ways = _GO_ON[playbook]
    stages = [stage for stage in ways if stage != _ASKS_CONTACT[playbook]]
    at, reached, sold = _through_the_stages(dice, story, playbook, stages, skill=skill, care=care, service=service)
    if dice.random() < 0.008:
        story.tap(at, "visit.voided", reason=dice.choice(("duplicate", "mistake", "test")))
        return story
    if not service and dice.random() >= forgets:
        at += dice.uniform(2, 25)
        _end(dice, story, playbook, at, reached=reached, sold=sold, ticket=ticket, currency=currency)
    _say_goodbye(dice, story, playbook, at, known=known, care=care, reached=reached)
    return story


def _through_the_stages(
    dice: Random, story: Story, playbook: str, stages: list[str], *, skill: float, care: float, service: bool
) -> tuple[float, int, bool]:
    at, reached, sold = 0.0, 0, False
    for number, stage in enumerate(stages, start=1):
        go_on, seconds = _GO_ON[playbook][stage]
        last = number == len(stages)
        # Now and then a step is left out: the customer already holds what they want.
        if 1 < number < len(stages) and dice.random() < 0.07:
            continue
        reached = number
        story.tap(at, "stage.entered", stage=stage)
        lasts = seconds * dice.lognormvariate(0, 0.45)
        _do_the_stage(dice, story, playbook, stage, at, lasts, care)
        at += lasts
        chance = go_on * skill if last else 1 - (1 - go_on) / skill
        if dice.random() >= (0.2 if service else min(0.97, chance)):
            break
        sold = last
    return at, reached, sold


def _do_the_stage(dice: Random, story: Story, playbook: str, stage: str, at: float, lasts: float, care: float) -> None:
    data = _playbook(playbook)
    done = [item for item in data["items"][stage] if dice.random() < (0.85 if item == "asked_to_buy" else care)]
    moments = sorted(dice.uniform(0.1, 0.95) for _ in done)
    for item, moment in zip(done, moments, strict=True):
        story.tap(at + lasts * moment, "item.ticked", item=item, on=True)
    if stage in ("needs", "ask"):
        for need in data["needs"]:
            if dice.random() < care * 0.7:
                value = dice.choice(need["values"])["code"]
                story.tap(at + lasts * 0.96, "need.recorded", field=need["field"], value=value)
    if stage in ("closing", "estimate") and dice.random() < 0.4:
        story.tap(at + lasts * 0.97, "objection.raised", code=dice.choice(data["objections"])["code"])


def _end(
    dice: Random, story: Story, playbook: str, at: float, *, reached: int, sold: bool, ticket: float, currency: str
) -> None:
    if sold:
        story.result = "bought"
        spent = ticket * dice.lognormvariate(0, 0.75)
        step = 5 if ticket < 5000 else 50
        story.tap(
            at,
            "outcome.recorded",
            result="bought",
            amount_minor=max(step, round(spent / step) * step) * 100,
            currency=currency,
            category=dice.choice(_playbook(playbook)["categories"])["code"],
            deposit=playbook == "home_furnishing_nine" and dice.random() < 0.5,
        )
    elif reached <= _EARLY_STAGES and dice.random() < 0.75:
        story.result = "left_early"
        story.tap(at, "outcome.recorded", result="left_early", reason=_pick(dice, _EARLY_REASONS))
    else:
        story.result = "not_bought"
        story.tap(at, "outcome.recorded", result="not_bought", reason=_pick(dice, _REASONS))


def _say_goodbye(
    dice: Random, story: Story, playbook: str, at: float, *, known: bool, care: float, reached: int
) -> None:
    """The number is asked for, the customer is walked out, and leaves."""
    story.leaves = _left_behind(dice, story.result)
    story.agrees = dice.random() < 0.9
    story.agrees_to_offers = story.agrees and dice.random() < 0.45
    asks, send_off = _ASKS_CONTACT[playbook], _SEND_OFF[playbook]
    if known:
        story.identified_at = dice.uniform(5, 25)
    elif story.leaves != "nothing":
        # Who goes early is asked at the door; the stage of its own is for those who have come that far.
        if asks != send_off and reached >= _ASKED_SEATED_FROM:
            at += 5
            story.tap(at, "stage.entered", stage=asks)
            _do_the_stage(dice, story, playbook, asks, at, 60, care)
        story.identified_at = at + dice.uniform(20, 50)
        at += 60
    if dice.random() < (0.45 if story.result in ("left_early", "") else 0.85):
        at += 3
        story.tap(at, "stage.entered", stage=send_off)
        _do_the_stage(dice, story, playbook, send_off, at, 80, care)
        at += 80 + dice.uniform(1, 60)
    story.left_at = round(at + dice.uniform(4, 40), 3)
    story.tap(story.left_at, "visit.departed")
    if story.identified_at is not None and story.result and dice.random() < 0.015:
        story.tap(story.left_at + dice.uniform(20, 200), "text.cancelled")


def _left_behind(dice: Random, result: str) -> Leaves:
    if dice.random() < _LEAVES_A_NUMBER[result]:
        return "wrong_number" if dice.random() < 0.02 else "number"
    return "name" if dice.random() < 0.08 else "nothing"
