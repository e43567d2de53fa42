"""What a template makes of the people it may meet: for its author, while they write."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from crm.contract import Language
from crm.models import Store
from messaging.contract.purposes import QUICK_REPLIES, Purpose
from messaging.contract.wording import MAX_SEGMENTS, PriceClass
from messaging.wording.composing import Values, longest_text, render
from messaging.wording.segments import Foreign, Measured, foreign, measure
from messaging.wording.syntax import Fault, tidy
from messaging.wording.versions import faults_of, longest_store

SampleKind = Literal["usual", "longest", "nobody", "foreign_name"]
# Somebody with a name, who is served by somebody with a name; and a name that the other alphabet writes.
_USUAL: Final[Mapping[Language, tuple[str, str]]] = {"en": ("Emma", "Ana"), "zh": ("王女士", "小林")}
_FOREIGN_NAME: Final = "王女士"
_PRICES: Final[tuple[PriceClass, ...]] = ("single", "double", "triple")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text as one customer would read it, and what it costs."""

    kind: SampleKind
    body: str
    measured: Measured
    price_class: PriceClass
    foreign: list[Foreign]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is wrong with a template, which of its own letters make it expensive, and what it makes."""

    faults: list[Fault]
    foreign: list[Foreign]
    samples: list[Sample]


def preview(*, body: str, purpose: Purpose, language: Language, store: Store, today: date) -> Preview:
    """A template is shown as the usual, the longest and the nameless customer would read it; while it is not well
    formed there is nothing to show but its faults."""
    body = tidy(body)
    brand, country = store.organization.brand, store.country
    longest = longest_store(store.organization)
    faults = faults_of(body=body, purpose=purpose, language=language, brand=brand, store=longest)
    own = foreign_letters(body=body, language=language)
    if any(fault.code != "too_many_segments" for fault in faults):
        return Preview(faults, own, [])
    name, associate = _USUAL[language]
    answers = purpose in QUICK_REPLIES
    people: dict[SampleKind, Values] = {
        "usual": Values(brand, store.name, name, associate, today),
        "nobody": Values(brand, store.name, visited_on=today),
    }
    if language == "en":
        people["foreign_name"] = Values(brand, store.name, _FOREIGN_NAME, associate, today)
    texts = {
        kind: render(template=body, language=language, values=values, country=country, answers=answers).body
        for kind, values in people.items()
    }
    texts["longest"] = longest_text(
        template=body, language=language, brand=brand, store=longest, country=country, answers=answers
    ).body
    return Preview(faults, own, [sample(kind=kind, body=text, language=language) for kind, text in texts.items()])


def sample(*, kind: SampleKind, body: str, language: Language) -> Sample:
    """What one text costs: the provider charges for each of its segments."""
    measured = measure(body=body)
    price = _PRICES[measured.segments - 1] if measured.segments <= MAX_SEGMENTS else "too_long"
    return Sample(kind, body, measured, price, foreign_letters(body=body, language=language))


def foreign_letters(*, body: str, language: Language) -> list[Foreign]:
    """The letters that make a text more than twice as expensive. Chinese is written in such letters alone: there is
    nothing to point out."""
    if language == "zh":
        return []
    return foreign(body=body)
