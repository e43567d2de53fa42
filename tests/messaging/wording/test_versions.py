"""An organisation's wording, version by version."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from crm.clock import db_now
from crm.contract import Language
from crm.models import Organization, Staff, Store
from crm.problems import Problem
from messaging import sending
from messaging.contract.purposes import Purpose
from messaging.contract.wording import MAX_SEGMENTS
from messaging.models import Message, Template
from messaging.wording import BadTemplate, Values, check_template, render, versions
from messaging.wording.names import safe_name
from messaging.wording.segments import segments
from tests.messaging.factories import due, plan, textable
from tests.messaging.fake_twilio import FakeTwilio

BOUGHT: Purpose = "departure_bought"


def save(organization: Organization, body: str, *, author: Staff, replaces: int = 1, **of: Any) -> Template:
    purpose, language = of.get("purpose", BOUGHT), of.get("language", "en")
    return versions.add_version(
        organization=organization,
        purpose=purpose,
        language=language,
        body=body,
        replaces=replaces,
        author_id=author.pk,
    )


def check(body: str, *, language: Language = "en", brand: str = "Hartwell & Finch", store: str = "New York") -> None:
    check_template(body=body, purpose=BOUGHT, language=language, brand=brand, store=store)


def test_a_change_is_a_new_version_and_the_old_one_stays(jeweller: Organization, manager: Staff) -> None:
    first = versions.template_for(organization_id=jeweller.pk, purpose=BOUGHT, language="en")
    second = save(jeweller, "  Thank you {name|}, {brand} ", author=manager)
    assert (second.version, second.body, second.author) == (2, "Thank you {name|}, {brand}", manager)
    assert versions.template_for(organization_id=jeweller.pk, purpose=BOUGHT, language="en") == second
    first.refresh_from_db()
    assert first.version == 1
    assert first.body.startswith("Hi {name|there}, thank you, it was lovely")


def test_a_scheduled_text_keeps_its_version(new_york: Store, manager: Staff) -> None:
    emma = textable(new_york)
    waiting = plan(new_york, emma)
    newer = save(new_york.organization, "Bye {name}, {brand}", author=manager)
    again = plan(new_york, emma, subject=waiting.subject, left_at=waiting.left_at)
    assert again.pk == waiting.pk
    assert (again.template_id, again.body) == (waiting.template_id, waiting.body)
    later = plan(new_york, emma)
    assert later.template_id == newer.pk
    assert later.body.startswith("Bye Emma, Hartwell & Finch")


def test_wording_that_changes_while_a_text_waits_is_not_what_it_says(
    twilio: FakeTwilio, new_york: Store, manager: Staff, later: Callable[..., float]
) -> None:
    waiting = plan(new_york, textable(new_york))
    later(seconds=180)
    save(new_york.organization, "Bye {name}, {brand}", author=manager)
    later(seconds=130)
    assert sending.drain() == 1
    (asked,) = twilio.asked
    assert asked.form["Body"] == waiting.body
    assert not asked.form["Body"].startswith("Bye")
    before = waiting.template
    waiting.refresh_from_db()
    assert (waiting.state, waiting.template) == ("accepted", before)


def test_what_a_shops_new_name_makes_too_long_is_not_sent_and_says_why(new_york: Store, manager: Staff) -> None:
    long = "It was lovely to have you here. " * 11
    newer = save(
        new_york.organization, f"{{name}}, thank you for coming to {{store}}. {long}{{brand}}", author=manager
    )
    waiting = plan(new_york, textable(new_york))
    assert (waiting.state, waiting.segments) == ("scheduled", MAX_SEGMENTS)
    # One character that is not in the alphabet of texts, and each costs twice as much.
    Store.objects.filter(pk=new_york.pk).update(name="Łódź")
    new_york.refresh_from_db()
    emma = textable(new_york)
    refused = plan(new_york, emma)
    assert (refused.state, refused.reason, refused.body) == ("suppressed", "wording_too_long", "")
    waiting.refresh_from_db()
    assert waiting.state == "scheduled"
    save(new_york.organization, "Thank you, {brand}", author=manager, replaces=newer.version)
    mended = plan(new_york, emma, subject=refused.subject, left_at=refused.left_at)
    assert (mended.pk, mended.state, mended.segments) == (refused.pk, "scheduled", 1)


def test_the_last_look_lets_nothing_pass_that_is_too_long(twilio: FakeTwilio, new_york: Store) -> None:
    by_template, by_hand = due(new_york), due(new_york)
    Message.objects.update(segments=MAX_SEGMENTS + 1)
    Message.objects.filter(pk=by_hand.pk).update(edited_at=db_now())
    assert sending.drain() == 1
    states = [Message.objects.values_list("state", "reason").get(pk=text.pk) for text in (by_template, by_hand)]
    assert states == [("suppressed", "wording_too_long"), ("accepted", "")]


@pytest.mark.parametrize("change", [{"body": "Other words, {brand}"}, {"version": 7}, {"purpose": "satisfaction"}])
def test_the_database_refuses_to_alter_a_version(
    jeweller: Organization, manager: Staff, change: dict[str, Any]
) -> None:
    kept = save(jeweller, "Thank you, {brand}", author=manager)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Template.objects.filter(pk=kept.pk).update(**change)
    kept.refresh_from_db()
    assert (kept.body, kept.version) == ("Thank you, {brand}", 2)
    # Who has left the company for good leaves the words behind.
    Template.objects.filter(pk=kept.pk).update(author=None)


def test_the_same_words_again_make_no_new_version(jeweller: Organization, manager: Staff) -> None:
    first = save(jeweller, "Thank you, {brand}", author=manager)
    assert save(jeweller, "Thank you, {brand}", author=manager) == first
    assert save(jeweller, "Thank you, {brand} ", author=manager, replaces=2) == first
    assert Template.objects.filter(organization=jeweller, purpose=BOUGHT, language="en").count() == 2


def test_who_saw_an_older_version_is_shown_the_newer_one(jeweller: Organization, manager: Staff) -> None:
    save(jeweller, "Thank you, {brand}", author=manager)
    with pytest.raises(Problem) as refused:
        save(jeweller, "Many thanks, {brand}", author=manager)
    assert (refused.value.status, refused.value.code) == (409, "template_changed")
    assert refused.value.extra == {"version": 2, "body": "Thank you, {brand}"}
    assert Template.objects.filter(organization=jeweller, purpose=BOUGHT, language="en").count() == 2


def test_every_language_and_purpose_has_versions_of_its_own(jeweller: Organization, manager: Staff) -> None:
    save(jeweller, "Thank you, {brand}", author=manager)
    for purpose, language in ((BOUGHT, "zh"), ("satisfaction", "en")):
        other = save(jeweller, "{name}: thank you", author=manager, purpose=purpose, language=language)
        assert other.version == 2


def test_a_template_that_takes_a_fourth_segment_is_marked_from_there(jeweller: Organization, manager: Staff) -> None:
    body = "x" * 430 + " {name|there}, {brand}"
    with pytest.raises(BadTemplate) as refused:
        save(jeweller, body, author=manager)
    (fault,) = refused.value.faults
    assert (fault.code, fault.offset + fault.length) == ("too_many_segments", len(body))
    values = Values(brand="Hartwell & Finch", store="New York", name="W" * 12)
    kept = render(template=body[: fault.offset], language="en", values=values, country="")
    more = render(template=body[: fault.offset + 1], language="en", values=values, country="")
    assert kept.segments == MAX_SEGMENTS
    assert more.segments == MAX_SEGMENTS + 1
    assert not Template.objects.filter(body=body).exists()


@pytest.mark.parametrize(
    ("language", "letters", "brand", "fits"),
    [
        ("en", "x" * 415, "B", True),
        ("en", "x" * 460, "B", False),
        ("zh", "字" * 170, "木有", True),
        ("zh", "字" * 190, "木有", False),
        # A curly quote in the template makes all of it expensive.
        ("en", "x" * 150 + "’", "B", True),
        ("en", "x" * 250 + "’", "B", False),
        # So does a brand that has a letter of its own.
        ("en", "x" * 250, "Zoë", False),
    ],
)
def test_the_longest_text_of_a_template_fits(language: Language, letters: str, brand: str, fits: bool) -> None:
    if fits:
        check(letters + "{name|}", language=language, brand=brand)
    else:
        with pytest.raises(BadTemplate, match="more than 3 messages"):
            check(letters + "{name|}", language=language, brand=brand)


@pytest.mark.parametrize(
    "name",
    [
        "王" * 500,
        "x" * 500,
        "😀王女士" * 60,
        "{password}",
        "\u202eevil",
        "http://evil.example",
        "see www.evil.com",
        "e\u0301" * 300,
    ],
)
def test_whatever_a_customer_is_called_a_good_template_stays_within_three_segments(name: str) -> None:
    body = "x" * 400 + " {name|there}"
    check(body, brand="B")
    values = Values(brand="B", store="New York", name=name, associate=name)
    found = render(template=body, language="en", values=values, country="US")
    assert found.segments <= MAX_SEGMENTS
    assert found.segments == segments(found.body)
    assert "evil.example" not in found.body
    assert "www" not in found.body
    assert "password" not in found.body
    assert "\u202e" not in found.body


def test_a_name_that_would_take_a_fourth_segment_is_left_out(jeweller: Organization) -> None:
    body = "x" * 400 + " {name|there}"
    values = Values(brand="B", store="S", name="王女士")
    assert render(template=body, language="en", values=values, country="US").body.startswith("x" * 400 + " there")
    assert safe_name("王女士", longest=40) == "王女士"


def test_the_most_expensive_store_is_reckoned_with(jeweller: Organization, manager: Staff, new_york: Store) -> None:
    body = "x" * 380 + " {store}, {brand}"
    save(jeweller, body, author=manager)
    Store.objects.create(
        organization=jeweller, name="上海店", zone="Asia/Shanghai", country="CN", currency="CNY", language="zh"
    )
    with pytest.raises(BadTemplate, match="more than 3 messages"):
        save(jeweller, body + "!", author=manager, replaces=2)
