"""Which numbers get texts."""

from typing import Any

import pytest

from crm.clock import db_now
from crm.models import ContactPoint, Store
from crm.numbers import NumberRefused, allowed_countries, countries, read_number
from tests.http import ApiClient, TabletClient, assert_problem

TAKEN = [
    ("(212) 456-7890", "US", "+12124567890", "US"),
    ("+1 212 456 7890", "GB", "+12124567890", "US"),
    ("07400 123456", "GB", "+447400123456", "GB"),
    ("+44 7400 123456", "US", "+447400123456", "GB"),
    ("0044 7400 123456", "GB", "+447400123456", "GB"),
    ("138 0013 8000", "CN", "+8613800138000", "CN"),
    ("１３８００１３８０００", "CN", "+8613800138000", "CN"),
]
REFUSED = [
    ("", "US", "number_invalid"),
    ("hello", "US", "number_invalid"),
    ("212 456", "US", "number_invalid"),
    ("138 0013 800", "CN", "number_invalid"),
    ("212 456 7890 ext. 4", "US", "number_invalid"),
    ("9" * 60, "US", "number_invalid"),
    # Landlines, premium, toll-free and personal numbers.
    ("020 7946 0958", "GB", "number_not_mobile"),
    ("010 6552 9988", "CN", "number_not_mobile"),
    ("+1 900 555 0123", "US", "number_not_mobile"),
    ("1-800-356-9377", "US", "number_not_mobile"),
    ("070 1234 5678", "GB", "number_not_mobile"),
    # +1 is no country: Jamaica and the Bahamas share it. +882 is none at all, and +44 7781 is Guernsey.
    ("+1 876 555 0123", "US", "number_region"),
    ("+1 242 357 1234", "US", "number_region"),
    ("+882 16 1234 5678", "US", "number_region"),
    ("+44 7781 123456", "GB", "number_region"),
    ("+33 6 12 34 56 78", "US", "number_region"),
]
COUNTRIES = ["US", "GB", "CN"]


@pytest.mark.parametrize(("text", "country", "e164", "region"), TAKEN)
def test_a_mobile_number_is_taken(text: str, country: str, e164: str, region: str) -> None:
    number = read_number(text=text, country=country, allowed_countries=COUNTRIES)
    assert (number.e164, number.country) == (e164, region)


@pytest.mark.parametrize(("text", "country", "code"), REFUSED)
def test_other_numbers_are_refused_with_the_reason(text: str, country: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        read_number(text=text, country=country, allowed_countries=COUNTRIES)
    assert refused.value.code == code


def test_a_store_texts_its_own_country_first_and_those_its_organisation_added(london: Store) -> None:
    assert allowed_countries(london.organization, london) == ["GB", "US"]
    london.organization.text_countries = []
    assert allowed_countries(london.organization, london) == ["GB"]


def test_the_tablet_learns_how_numbers_look(london: Store) -> None:
    assert countries(organization=london.organization, store=london) == [
        {"code": "GB", "calling": "+44", "example": "07400 123456"},
        {"code": "US", "calling": "+1", "example": "(201) 555-0123"},
    ]


def test_a_tablet_may_ask_about_a_number(tablet: TabletClient) -> None:
    answer = tablet.post("/numbers/check", {"number": "2124567890", "country": "US"})
    assert answer.status_code == 200
    number = {"country": "US", "national": "(212) 456-7890", "kind": "fixed_or_mobile"}
    assert answer.json() == {"ok": True, "opted_out": False, **number}


def test_of_a_number_it_hears_only_that_this_organisation_shall_not_text_it(
    tablet: TabletClient, strange_tablet: TabletClient
) -> None:
    def asked() -> dict[str, Any]:
        answer: dict[str, Any] = tablet.post("/numbers/check", {"number": "2124567890", "country": "US"}).json()
        return answer

    nobodys = asked()
    for organization in (strange_tablet.store.organization, tablet.store.organization):
        ContactPoint.objects.create(organization=organization, e164="+12124567890", country="US")
    assert asked() == nobodys
    numbers = ContactPoint.objects.filter(e164="+12124567890")
    numbers.filter(organization=strange_tablet.store.organization).update(opted_out_at=db_now())
    assert asked() == nobodys
    numbers.update(opted_out_at=db_now())
    assert asked() == nobodys | {"opted_out": True}


def test_a_refusal_is_worded_in_the_stores_language(tablet: TabletClient, strange_tablet: TabletClient) -> None:
    english = tablet.post("/numbers/check", {"number": "+8613800138000", "country": "US"}).json()
    assert (english["ok"], english["code"]) == (False, "number_region")
    assert english["detail"].startswith("This shop")
    chinese = strange_tablet.post("/numbers/check", {"number": "010 6552 9988", "country": "CN"}).json()
    assert chinese["code"] == "number_not_mobile"
    assert "手机号" in chinese["detail"]


def test_only_a_tablet_may_ask(manager_client: ApiClient, anybody: ApiClient) -> None:
    for browser in (manager_client, anybody):
        answer = browser.post("/numbers/check", {"number": "2124567890", "country": "US"})
        assert_problem(answer, 401, "device_unknown")
