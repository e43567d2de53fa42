"""The customer's own page, from the link in a text to what it changes, as a phone without sign-in asks for it."""

import re
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.utils.html import escape

from crm import rates
from crm.clock import db_now
from crm.consent import Method, has_consent, wording_for
from crm.contract import LANGUAGES
from crm.models import Consent, ContactPoint, Customer, Staff, Store
from crm.tokens import token_hash
from messaging import sending
from messaging.inbound import Heard, hear
from messaging.models import Attempt, Message, PageLink, Template
from messaging.own_page.words import AGREED, METHODS, WORDS
from tests.factories import StoreFactory
from tests.http import PageClient
from tests.messaging.factories import agreed, due, plan, textable
from tests.messaging.fake_twilio import FROM, FakeTwilio

LINK = re.compile(r"https://crm\.example(/c/[0-9A-Za-z]{16})\b")
NUMBER = "+12125550142"


@pytest.fixture
def emma(new_york: Store) -> Customer:
    customer = textable(new_york, number=NUMBER)
    agreed(customer, purpose="offers")
    return customer


@pytest.fixture
def phone() -> PageClient:
    rates.forget()
    return PageClient(enforce_csrf_checks=True)


def use_page_field(store: Store, body: str = "Hi {name|there}, your details: {page}") -> None:
    Template.objects.create(
        organization=store.organization, purpose="departure_bought", language="en", version=2, body=body
    )


def texted_link(twilio: FakeTwilio, store: Store, customer: Customer) -> str:
    """The path of the page, as the customer reads it in a text that they were really sent."""
    if not Template.objects.filter(version=2).exists():
        use_page_field(store)
    due(store, customer)
    assert sending.drain() == 1
    found = LINK.search(twilio.asked[-1].form["Body"])
    assert found, twilio.asked[-1].form
    return found[1]


def press(phone: PageClient, path: str, **form: str) -> HttpResponse:
    """Presses a button, and follows to the page that it leads to."""
    return phone.post(path, urlencode(form), content_type="application/x-www-form-urlencoded", follow=True)  # type: ignore[return-value]


def words(response: Any) -> str:
    text: str = response.content.decode()
    return text


def heard(body: str, *, sender: str, media: int = 0) -> None:
    """A customer of New York writes to the shop."""
    hear(Heard(provider="twilio", sid=f"SM{uuid4().hex}", sender=sender, to=FROM, body=body, media=media))


def wording(line: Consent, store: Store) -> str:
    """What the tablet shows with the question that was answered."""
    shown = wording_for(brand=store.organization.brand, store=store.name)
    said: dict[tuple[str, str], str] = {(each["purpose"], each["language"]): each["text"] for each in shown}
    return said[line.purpose, line.language]


def test_a_text_with_the_field_brings_a_link_of_which_only_the_hash_is_kept(
    twilio: FakeTwilio, new_york: Store, emma: Customer
) -> None:
    path = texted_link(twilio, new_york, emma)
    token = path.removeprefix("/c/")
    assert PageLink.objects.get().token_hash == token_hash(token)
    # Staff read what is kept, and must not be able to open it.
    kept = [*Message.objects.values_list("body", flat=True), *Attempt.objects.values_list("body", flat=True)]
    assert len(kept) == 2
    assert all("https://crm.example/c/________________" in body and token not in body for body in kept)


def test_the_planned_text_is_as_long_as_the_one_that_is_sent(
    twilio: FakeTwilio, new_york: Store, emma: Customer
) -> None:
    texted_link(twilio, new_york, emma)
    assert len(Message.objects.get().body) == len(twilio.asked[-1].form["Body"])


def test_a_text_without_the_field_makes_no_link(twilio: FakeTwilio, new_york: Store, emma: Customer) -> None:
    due(new_york, emma)
    assert sending.drain() == 1
    assert not PageLink.objects.exists()


def test_the_link_in_the_latest_text_opens_the_page_and_an_earlier_one_does_not(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    first = texted_link(twilio, new_york, emma)
    second = texted_link(twilio, new_york, emma)
    assert phone.get(second).status_code == 200
    assert phone.get(first).status_code == 404
    assert PageLink.objects.count() == 1


def test_it_shows_what_we_hold_and_not_the_number(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    Customer.objects.filter(pk=emma.pk).update(language="zh")
    page = words(phone.get(path + "?l=en"))
    for shown in ("Emma Clark", 'value="Emma"', "0142", "Yes, since", escape(new_york.organization.brand)):
        assert shown in page
    assert "<dd>中文</dd>" in page
    assert NUMBER not in page and NUMBER[2:] not in page


def test_all_that_was_agreed_and_said_is_there_word_for_word_and_nothing_of_anybody_else(
    twilio: FakeTwilio, new_york: Store, emma: Customer, ana: Staff, phone: PageClient
) -> None:
    # A text that the provider refused was not sent, and one that waits neither.
    due(new_york, emma, staff=ana)
    twilio.faults.append("400:21617")
    sending.drain()
    plan(new_york, emma, staff=ana)
    path = texted_link(twilio, new_york, emma)
    press(phone, path, do="fewer")
    heard("Is the <b>blue</b> one there?", sender=NUMBER)
    heard("", sender=NUMBER, media=1)
    nina = textable(new_york, name="Nina", number="+12125550143")
    heard("I am Nina", sender="+12125550143")
    strange = StoreFactory.create(country="US")
    textable(strange, number=NUMBER, name="Somebody Else")
    due(new_york, nina)
    sending.drain()

    page = words(phone.get(path + "?l=en"))
    lines = Consent.objects.filter(customer=emma)
    assert len(lines) == 3
    for line in lines:
        day = line.at.astimezone(ZoneInfo("America/New_York")).date()
        answer, where = ("Yes", "in the shop · New York") if line.granted else ("No", "on this page")
        about = AGREED[line.purpose]["en"]  # type: ignore[index]
        assert f"<time>{day}</time> · {about} · {answer} · {where}" in page
        said = wording(line, new_york) if line.granted else "Fewer texts"
        assert f"<p>{escape(said)}</p>" in page
    (sent,) = Message.objects.filter(contact=emma.contact, state="accepted")
    assert sent.posted_at is not None
    minute = sent.posted_at.astimezone(ZoneInfo("America/New_York"))
    assert f"<time>{minute:%Y-%m-%d %H:%M}</time> · We wrote</span><p>{escape(sent.body)}</p>" in page
    assert "You wrote</span><p>Is the &lt;b&gt;blue&lt;/b&gt; one there?</p>" in page
    assert "You wrote</span><p>With a picture, which we did not keep</p>" in page
    assert (page.count("We wrote"), page.count("You wrote"), page.count(" · Yes · "), page.count(" · No · ")) == (
        1,
        2,
        2,
        1,
    )
    for internal in (str(ana.pk), "Nina", "Somebody"):
        assert internal not in page, internal


def test_of_a_long_list_the_latest_ten_come_first_and_the_rest_is_folded_once_more(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    for number in range(12):
        heard(f"answer {number} of many", sender=NUMBER)
    page = words(phone.get(path))
    assert "Texts between us (13)" in page and "Earlier (3)" in page
    assert page.index("answer 11 of many") < page.index("answer 2 of many") < page.index("Earlier (3)")
    assert page.index("Earlier (3)") < page.index("answer 1 of many") < page.index("We wrote")


def test_nobody_on_the_way_keeps_it_and_no_engine_lists_it(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    for response in (phone.get(path), phone.get("/c/" + "A" * 16), phone.post(path)):
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert not response.cookies
        assert "<script" not in words(response) and "style=" not in words(response)


def test_it_shows_nothing_of_another_organisation_or_number(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    textable(new_york, name="Nina Petrova")
    textable(StoreFactory.create(), number=NUMBER, name="Somebody Else")
    page = words(phone.get(texted_link(twilio, new_york, emma)))
    assert "Nina" not in page and "Somebody" not in page


@pytest.mark.parametrize("path", ["/c/" + "0" * 16, "/c/short", "/c/" + "0" * 17, "/c/", "/c/%00aaaaaaaaaaaaaaa"])
@pytest.mark.django_db
def test_a_link_that_never_was_opens_nothing(phone: PageClient, path: str) -> None:
    assert phone.get(path).status_code == 404


def test_a_link_ends_after_thirty_days(twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient) -> None:
    path = texted_link(twilio, new_york, emma)
    ends = PageLink.objects.get().expires_at
    assert timedelta(days=29, hours=23) < ends - db_now() <= timedelta(days=30)
    PageLink.objects.update(expires_at=db_now() - timedelta(seconds=1))
    gone = phone.get(path)
    assert gone.status_code == 404
    assert "This link has ended" in words(gone) and "Emma" not in words(gone)
    assert press(phone, path, do="none").status_code == 404
    assert ContactPoint.objects.get(e164=NUMBER).opted_out_at is None


def test_the_full_stop_after_a_link_does_no_harm(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    assert phone.get(texted_link(twilio, new_york, emma) + ".").status_code == 200


def test_looking_changes_nothing(twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient) -> None:
    path = texted_link(twilio, new_york, emma)
    before = Consent.objects.count()
    phone.get(path + "?do=none&done=none&language=zh")
    phone.head(path)
    assert (Consent.objects.count(), ContactPoint.objects.get(e164=NUMBER).opted_out_at) == (before, None)


def test_no_more_texts_stops_what_waits_at_once_as_a_stop_does(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    waiting = plan(new_york, emma)
    page = press(phone, path, do="none")
    assert "you get no more texts" in words(page)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("suppressed", "opted_out")
    assert ContactPoint.objects.get(e164=NUMBER).opt_out_source == "page"
    line = Consent.objects.filter(granted=False, purpose="visit_text").get()
    assert (line.method, line.evidence) == ("page", "No more texts")
    # And it cannot be asked for twice.
    assert 'value="none"' not in words(page)


def test_fewer_texts_takes_back_the_later_ones_alone(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    waiting = plan(new_york, emma)
    page = press(phone, path, do="fewer")
    contact = emma.contact_id
    assert not has_consent(customer_id=emma.pk, contact_id=contact, purpose="offers")
    assert has_consent(customer_id=emma.pk, contact_id=contact, purpose="visit_text")
    waiting.refresh_from_db()
    assert waiting.state == "scheduled"
    assert ContactPoint.objects.get(e164=NUMBER).opted_out_at is None
    assert 'value="fewer"' not in words(page)


def test_the_language_is_the_customers_from_then_on(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    page = press(phone, texted_link(twilio, new_york, emma), do="language", language="zh")
    emma.refresh_from_db()
    assert emma.language == "zh"
    assert 'lang="zh-Hans"' in words(page) and "您的资料" in words(page)


def test_a_name_is_corrected_and_tablets_hear_of_it(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    before = emma.change_seq
    page = press(phone, path, do="name", who=str(emma.pk), name="  Emma\u202e  Clarke ", address_as="Mrs Clarke")
    emma.refresh_from_db()
    assert (emma.name, emma.address_as) == ("Emma Clarke", "Mrs Clarke")
    assert emma.change_seq > before
    assert "Emma Clarke" in words(page)


def test_markup_in_a_name_is_shown_as_it_was_typed(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)
    page = press(phone, path, do="name", who=str(emma.pk), name='"><script>x</script>', address_as="")
    assert "<script" not in words(page) and "&lt;script&gt;" in words(page)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "everything"},
        {"do": "language", "language": "fr"},
        {"do": "name", "who": "nobody", "name": "X"},
        {"do": "name", "name": "X\x00"},
        {"do": "name", "name": "X" * 5000},
    ],
)
def test_a_form_that_it_never_made_changes_nothing(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient, form: dict[str, str]
) -> None:
    response = press(phone, texted_link(twilio, new_york, emma), **({"who": str(emma.pk)} | form))
    assert response.status_code == 400
    emma.refresh_from_db()
    assert (emma.name, emma.language) == ("Emma Clark", "")


def test_nobody_corrects_the_name_of_who_uses_another_number(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    other = textable(new_york, name="Nina")
    path = texted_link(twilio, new_york, emma)
    assert press(phone, path, do="name", who=str(other.pk), name="X").status_code == 400
    other.refresh_from_db()
    assert other.name == "Nina"


def test_one_language_of_the_texts_is_marked_as_the_present_one(
    twilio: FakeTwilio, new_york: Store, emma: Customer, phone: PageClient
) -> None:
    path = texted_link(twilio, new_york, emma)

    def marked(page: HttpResponse | None = None) -> list[str]:
        return re.findall(r'value="(\w+)"[^>]* aria-current="true"', words(page or phone.get(path)))

    assert (emma.language, new_york.language, marked()) == ("", "en", ["en"])
    other = textable(new_york, number=NUMBER, name="Li Hua", language="zh")
    assert marked() == ["zh"]
    assert marked(press(phone, path, do="language", language="en")) == ["en"]
    Customer.objects.filter(pk=other.pk).update(language="zh")
    assert marked() == ["zh"]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("spoken", "browser", "asked", "shown"),
    [
        ("", "fr-FR,zh-CN;q=0.9", "", "zh-Hans"),
        ("", "fr", "", "en"),
        ("zh", "en-GB", "", "zh-Hans"),
        ("zh", "en-GB", "?l=en", "en"),
        ("", "en", "?l=zh", "zh-Hans"),
        ("en", "zh", "?l=xx", "en"),
    ],
)
def test_it_speaks_the_language_asked_for_then_the_customers_then_the_browsers(
    twilio: FakeTwilio,
    new_york: Store,
    emma: Customer,
    phone: PageClient,
    spoken: str,
    browser: str,
    asked: str,
    shown: str,
) -> None:
    path = texted_link(twilio, new_york, emma)
    Customer.objects.update(language=spoken)
    page = phone.get(path + asked, headers={"Accept-Language": browser})
    assert f'<html lang="{shown}">' in words(page)


@pytest.mark.django_db
def test_who_asks_too_often_is_told_to_wait(phone: PageClient) -> None:
    assert phone.get("/c/" + "A" * 16).status_code == 404
    # As much as fills the bucket of this address for some minutes, however slow the test is.
    rates.ADDRESSES.wait_seconds("127.0.0.1", per_second=0.005, burst=100)
    refused = phone.get("/c/" + "A" * 16)
    rates.forget()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 100
    assert refused["Cache-Control"] == "no-store"


def test_every_sentence_of_it_is_there_in_every_language() -> None:
    assert set(METHODS) == set(get_args(Method))
    for said in (*WORDS.values(), *AGREED.values(), *METHODS.values()):
        assert set(said) == set(LANGUAGES)
        assert all(sentence.strip() for sentence in said.values())
