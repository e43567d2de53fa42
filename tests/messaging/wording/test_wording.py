"""The words of the texts."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contract import LANGUAGES, Language
from crm.models import Organization
from messaging import wording
from messaging.contract.purposes import DEPARTURE_PURPOSES, PURPOSES
from messaging.contract.wording import MAX_SEGMENTS
from messaging.models import Template
from messaging.wording import Values, render
from messaging.wording.segments import segments
from messaging.wording.shipped import shipped_text

EMMA = Values(brand="Hartwell & Finch", store="New York", name="Emma", associate="Ana")


def text(template: str, *, language: Language = "en", values: Values = EMMA, country: str = "US") -> str:
    return render(template=template, language=language, values=values, country=country).body


def test_fields_are_filled_in() -> None:
    assert text("Hi {name|there}, {associate|we} of {brand} in {store}.") == (
        "Hi Emma, Ana of Hartwell & Finch in New York. Reply STOP to opt out"
    )


def test_what_is_not_known_is_left_to_the_fallback() -> None:
    nobody = Values(brand="Hartwell & Finch", store="New York")
    assert text("Hi {name|there}. - {associate|Your team}, {brand}", values=nobody) == (
        "Hi there. - Your team, Hartwell & Finch. Reply STOP to opt out"
    )
    assert text("Hi {name}. - {associate}, {brand}", values=nobody).startswith("Hi there. - Hartwell & Finch, H")
    assert text("Hi{name|}, {brand}", values=nobody).startswith("Hi, Hartwell")


@pytest.mark.parametrize("name", ["{brand}", "{name.__class__}", "%s", "$name", "http://evil.example", "<i>x</i>"])
def test_a_name_is_never_read_as_a_template(name: str) -> None:
    body = text("Hi {name|there}, {brand}", values=Values(brand="B", store="S", name=name))
    assert body in ("Hi there, B. Reply STOP to opt out", f"Hi {name}, B. Reply STOP to opt out")
    assert "{" not in body
    assert "evil" not in body


def test_a_text_that_does_not_name_its_brand_is_signed() -> None:
    assert text("Thank you!") == "Thank you! - Hartwell & Finch. Reply STOP to opt out"
    # The brand's letters inside another word are no signature.
    assert text("Thank you!", values=Values(brand="an", store="S")).startswith("Thank you! - an. ")


@pytest.mark.parametrize("end", [".", "!", "?", "…"])
def test_a_sentence_that_has_ended_gets_no_second_full_stop(end: str) -> None:
    assert text("From {brand}: thank you" + end).endswith(f"thank you{end} Reply STOP to opt out")
    abbreviated = Values(brand="Hartwell Inc.", store="New York")
    assert text("Thank you! - {brand}", values=abbreviated) == "Thank you! - Hartwell Inc. Reply STOP to opt out"


def test_the_full_stop_is_counted() -> None:
    ending = " Reply STOP to opt out"
    body = "x" * (160 - len(ending) - len(", B")) + ", {brand}"
    values = Values(brand="B", store="S")
    assert render(template=body, language="en", values=values, country="US").segments == 2
    assert render(template=body[1:], language="en", values=values, country="US").segments == 1


@pytest.mark.parametrize(
    ("country", "ending"),
    [("CN", " 回T退订"), ("US", " 回复退订停收"), ("HK", " 回复退订停收"), ("", " 回复退订停收")],
)
def test_a_chinese_text_stands_behind_its_brand_and_ends_with_the_words_of_the_numbers_country(
    country: str, ending: str
) -> None:
    values = Values(brand="木有家居", store="上海店", name="王女士")
    assert text("{name|您好}，谢谢。", language="zh", values=values, country=country) == (
        f"【木有家居】王女士，谢谢。{ending}"
    )


def test_an_english_text_to_a_chinese_number_ends_in_english() -> None:
    assert text("Thank you, {brand}", country="CN").endswith(" Reply STOP to opt out")


@pytest.mark.parametrize(("language", "expected"), [("en", "your visit on March 9"), ("zh", "3月9日来店里")])
def test_a_later_text_may_name_the_day_of_the_visit(language: Language, expected: str) -> None:
    template = {"en": "your visit on {visit_date}, {brand}", "zh": "{visit_date}来店里"}[language]
    values = Values(brand="B", store="S", visited_on=date(2026, 3, 9))
    assert expected in text(template, language=language, values=values)


def test_a_day_that_is_not_known_is_left_to_the_fallback() -> None:
    assert "the other day" in text("came {visit_date|the other day}", values=Values(brand="B", store="S"))
    assert "came that day" in text("came {visit_date}", values=Values(brand="B", store="S"))


@pytest.mark.by_turns
@pytest.mark.parametrize(("purpose", "language"), list(itertools.product(PURPOSES, LANGUAGES)))
@pytest.mark.django_db
def test_a_new_organisation_has_every_text_in_every_language(
    jeweller: Organization, purpose: str, language: str
) -> None:
    wording.load_default_templates(jeweller)
    wording.load_default_templates(jeweller)
    template = Template.objects.get(organization=jeweller, purpose=purpose, language=language)
    day = date(2026, 9, 30)
    values = (
        replace(EMMA, visited_on=day)
        if language == "en"
        else Values(brand="木有家居", store="上海店", name="王女士", associate="小林", visited_on=day)
    )
    usual = render(template=template.body, language=language, values=values, country="US")  # type: ignore[arg-type]
    # What a customer asked for may take a second: it holds the address of their own page.
    assert usual.segments == (2 if purpose == "help_answer" else 1)
    # Who asks for help is told who we are; by then nobody has answered who could sign.
    named = (values.store, values.brand) if purpose == "help_answer" else (values.name, values.associate, values.brand)
    for word in named:
        assert word
        assert word in usual.body


def test_the_text_of_the_highest_version_is_used(jeweller: Organization) -> None:
    wording.load_default_templates(jeweller)
    newer = Template.objects.create(
        organization=jeweller, purpose="departure_bought", language="en", version=2, body="Bye {name}, {brand}"
    )
    found = wording.template_for(organization_id=jeweller.pk, purpose="departure_bought", language="en")
    assert found == newer


def test_an_organisation_without_wording_gets_ours(jeweller: Organization) -> None:
    found = wording.template_for(organization_id=jeweller.pk, purpose="departure_bought", language="zh")
    assert found.organization == jeweller


def test_tablets_preview_signed_texts_with_open_fields(jeweller: Organization) -> None:
    assert wording.texts_for(organization_id=jeweller.pk) == []
    wording.load_default_templates(jeweller)
    texts = {(t["purpose"], t["language"]): t["body"] for t in wording.texts_for(organization_id=jeweller.pk)}
    # What may go out days later is no business of the door.
    assert set(texts) == set(itertools.product(DEPARTURE_PURPOSES, LANGUAGES))
    assert texts["departure_bought", "en"].startswith("Hi {name|there}, thank you")
    assert texts["departure_bought", "zh"].startswith("【{brand}】{name|您好}，")


@given(
    brand=st.text(min_size=1, max_size=40),
    store=st.text(min_size=1, max_size=80),
    name=st.text(max_size=500),
    associate=st.text(max_size=40),
    purpose=st.sampled_from(PURPOSES),
    language=st.sampled_from(LANGUAGES),
    country=st.sampled_from(["US", "CN", "GB"]),
)
def test_whatever_people_are_called_the_shipped_texts_stay_short_and_keep_their_ending(
    brand: str, store: str, name: str, associate: str, purpose: str, language: Language, country: str
) -> None:
    template = shipped_text(purpose=purpose, language=language)
    values = Values(brand=brand, store=store, name=name, associate=associate)
    found = render(template=template, language=language, values=values, country=country)
    assert found.segments == segments(found.body)
    assert found.body.endswith(wording.opt_out(language=language, country=country))
    # A brand may be forty emoji; everything else is bounded by us.
    assert found.segments <= MAX_SEGMENTS + (1 if any(ord(c) > 0xFFFF for c in brand) else 0)
