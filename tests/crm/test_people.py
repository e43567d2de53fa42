"""Customers as tablets send them."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from crm.clock import db_now
from crm.consent import has_consent
from crm.ids import uuid7
from crm.models import Consent, ContactPoint, Customer, Device, Staff, Store
from crm.people import ConsentGiven, PersonGiven, Received, changed_people, person_state, receive_person
from crm.problems import Problem
from tests.factories import DeviceFactory, StoreFactory
from tests.http import TabletClient

NUMBER = "(212) 456-7890"


@pytest.fixture
def device(tablet: TabletClient) -> Device:
    return tablet.device


def person(**fields: Any) -> PersonGiven:
    given = {"id": uuid7(), "name": "Grace", "address_as": "Ms Hall", "number": NUMBER, "country": "US"}
    return PersonGiven(**{**given, "language": "en", "consents": [], **fields})


def said(granted: bool, *, purpose: str = "visit_text", ago: float = 60, **fields: Any) -> ConsentGiven:
    given = {"id": uuid7(), "wording_version": 1, "at": db_now() - timedelta(seconds=ago)}
    return ConsentGiven(**{**given, "purpose": purpose, "granted": granted, **fields})


def receive(
    device: Device, given: PersonGiven, *, actor: Staff | None = None, now: datetime | None = None
) -> Received:
    with transaction.atomic():
        return receive_person(device=device, actor_id=actor.id if actor else None, given=given, now=now or db_now())


def agrees(customer: Customer, purpose: str = "visit_text") -> bool:
    return has_consent(customer_id=customer.id, contact_id=customer.contact_id, purpose=purpose)


def test_a_person_is_kept_with_number_and_consent(device: Device, ana: Staff) -> None:
    yes = said(True)
    given = person(consents=[yes])
    received = receive(device, given, actor=ana)
    assert (received.status, received.number_problem) == ("accepted", None)
    customer = Customer.objects.get()
    assert (customer.id, customer.name, customer.address_as, customer.language) == (given.id, "Grace", "Ms Hall", "en")
    assert (customer.organization, customer.store) == (device.organization, device.store)
    assert customer.contact is not None
    assert (customer.contact.e164, customer.contact.country) == ("+12124567890", "US")
    line = Consent.objects.get()
    assert (line.id, line.contact, line.staff, line.device) == (yes.id, customer.contact, ana, device)
    assert (line.at, line.wording_version, line.language, line.method) == (yes.at, 1, "en", "tablet")
    assert agrees(customer)
    assert not agrees(customer, "offers")


def test_the_same_words_again_are_a_duplicate(device: Device) -> None:
    given = person(consents=[said(True), said(False, purpose="offers")])
    receive(device, given)
    before = [*Customer.objects.values(), *Consent.objects.order_by("id").values()]
    # The corrected clock may differ a little the second time.
    again = [replace(c, at=c.at + timedelta(milliseconds=40)) for c in given.consents]
    assert receive(device, replace(given, consents=again)).status == "duplicate"
    assert [*Customer.objects.values(), *Consent.objects.order_by("id").values()] == before
    assert ContactPoint.objects.count() == 1


def test_a_duplicate_says_again_what_is_wrong_with_the_number(device: Device) -> None:
    given = person(number="212")
    assert [receive(device, given).number_problem for _ in range(2)] == ["number_invalid"] * 2


@pytest.mark.parametrize(
    ("number", "problem", "state"),
    [
        ("212", "number_invalid", "invalid"),
        ("+1 800 356 9377", "number_not_mobile", "not_mobile"),
        ("+8613800138000", "number_region", "region"),
    ],
)
def test_a_number_that_gets_no_texts_is_not_kept_and_the_person_is(
    device: Device, number: str, problem: str, state: str
) -> None:
    received = receive(device, person(number=number, consents=[said(True)]))
    assert (received.status, received.number_problem) == ("accepted", problem)
    assert received.customer.contact is None
    assert not ContactPoint.objects.exists()
    assert person_state(received.customer) == {
        "id": str(received.customer.id),
        "name": "Grace",
        "last4": "",
        "number_state": state,
        "code": problem,
    }


def test_a_corrected_number_takes_the_consent_with_it(device: Device) -> None:
    """Wrong at first, then another one: each time the tablet says the same yes beside it."""
    given = person(number="212", consents=[said(True)])
    receive(device, given)
    for number in (NUMBER, "+447400123456", NUMBER):
        customer = receive(device, replace(given, number=number)).customer
        assert agrees(customer)
        assert person_state(customer)["number_state"] == "ok"
    # Each number has its own line, as evidence; the first was said without one.
    assert sorted(str(line.contact and line.contact.e164) for line in Consent.objects.select_related("contact")) == [
        "+12124567890",
        "+447400123456",
        "None",
    ]


def test_a_wrong_correction_takes_the_number_away(device: Device) -> None:
    given = person()
    receive(device, given)
    customer = receive(device, replace(given, number="212")).customer
    assert (customer.contact, customer.number_problem) == (None, "number_invalid")


def test_saying_nothing_about_the_number_keeps_it_and_an_empty_one_takes_it_away(device: Device) -> None:
    """A tablet forgets a number once it was handed in, so it can only say nothing about it."""
    given = person()
    receive(device, given)
    customer = receive(device, replace(given, number=None, name="Grace H.")).customer
    assert (customer.name, customer.contact and customer.contact.e164) == ("Grace H.", "+12124567890")
    customer = receive(device, replace(given, number="")).customer
    assert person_state(customer) == {
        "id": str(given.id),
        "name": "Grace",
        "last4": "",
        "number_state": "none",
    }


def test_a_withdrawal_wins_and_a_later_yes_opens_again(device: Device) -> None:
    given = person(consents=[said(True, ago=60)])
    assert agrees(receive(device, given).customer)
    given = replace(given, number=None, consents=[*given.consents, said(False, ago=40)])
    assert not agrees(receive(device, given).customer)
    # The first yes, sent once more, changes nothing.
    assert not agrees(receive(device, replace(given, consents=given.consents[:1])).customer)
    given = replace(given, consents=[*given.consents, said(True, ago=20)])
    assert agrees(receive(device, given).customer)


def test_a_no_and_then_a_yes_in_one_message_is_a_yes(device: Device) -> None:
    no, yes = said(False, ago=40), said(True, ago=20)
    assert agrees(receive(device, person(consents=[no, yes])).customer)


def test_a_yes_and_then_a_no_in_one_message_is_a_no(device: Device) -> None:
    yes, no = said(True, ago=40), said(False, ago=20)
    assert not agrees(receive(device, person(consents=[yes, no])).customer)


def test_a_yes_from_the_future_is_of_now(device: Device) -> None:
    now = db_now()
    receive(device, person(consents=[said(True, ago=-3600)]), now=now)
    assert Consent.objects.get().at == now


def test_a_family_shares_a_number(device: Device) -> None:
    first, second = (receive(device, person(name=name)).customer for name in ("Grace", "Ada"))
    assert first.contact == second.contact


def test_the_same_number_of_another_organisation_is_another_row(device: Device, shanghai: Store) -> None:
    shanghai.organization.text_countries = ["US"]
    shanghai.organization.save(update_fields=["text_countries"])
    receive(device, person())
    receive(DeviceFactory.create(store=shanghai), person())
    assert ContactPoint.objects.filter(e164="+12124567890").count() == 2


def test_a_person_of_another_organisation_is_not_found(device: Device, shanghai: Store) -> None:
    given = person()
    receive(device, given)
    with pytest.raises(Problem) as refused:
        receive(DeviceFactory.create(store=shanghai), replace(given, name="Mine"))
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    assert Customer.objects.get().name == "Grace"


def test_an_actor_of_another_organisation_is_not_found(device: Device, stranger: Staff) -> None:
    with pytest.raises(Problem) as refused:
        receive(device, person(), actor=stranger)
    assert refused.value.status == 404
    assert not Customer.objects.exists()


def test_another_store_of_the_organisation_may_correct_a_person(device: Device, london: Store) -> None:
    given = person()
    receive(device, given)
    customer = receive(DeviceFactory.create(store=london), replace(given, name="Grace H.")).customer
    assert (customer.name, customer.store) == ("Grace H.", device.store)


@pytest.mark.parametrize("change", [{"granted": False}, {"purpose": "offers"}])
def test_a_consent_is_never_rewritten(device: Device, change: dict[str, Any]) -> None:
    given = person(consents=[said(True)])
    receive(device, given)
    before = [*Customer.objects.values(), *Consent.objects.values()]
    other = [replace(given.consents[0], **change)]
    # Without a savepoint of its own: the caller goes on, so nothing may have been written.
    with pytest.raises(Problem) as refused, transaction.atomic():
        receive_person(device=device, actor_id=None, given=replace(given, name="X", consents=other), now=db_now())
    assert refused.value.code == "id_reuse"
    with pytest.raises(Problem):
        receive(device, person(consents=given.consents))
    assert [*Customer.objects.values(), *Consent.objects.values()] == before


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 81},
        {"address_as": "x" * 41},
        {"language": "xx"},
        {"consents": [("everything", 1)]},
        {"consents": [("visit_text", 2)]},
        {"consents": [("visit_text", 0)]},
    ],
)
def test_what_cannot_be_kept_is_refused_whole(device: Device, fields: dict[str, Any]) -> None:
    if "consents" in fields:
        fields = {"consents": [said(True, purpose=p, wording_version=v) for p, v in fields["consents"]]}
    with pytest.raises(Problem) as refused:
        receive(device, person(**fields))
    assert refused.value.status == 422
    assert not Customer.objects.exists()


def test_the_tablet_sees_who_changed(device: Device, london: Store) -> None:
    now = db_now()
    first, second = (receive(device, person(), now=now).customer for _ in range(2))
    receive(DeviceFactory.create(store=london), person())
    Customer.objects.filter(id=first.id).update(change_seq=5)
    Customer.objects.filter(id=second.id).update(change_seq=6)
    store_id = device.store_id

    def ids(after: int | None, since: datetime) -> list[Any]:
        return [row.id for row in changed_people(store_id=store_id, after_seq=after, since=since)]

    assert ids(None, now) == [first.id, second.id]
    assert ids(None, now + timedelta(seconds=1)) == []
    assert ids(4, now + timedelta(days=1)) == [first.id, second.id]
    assert ids(5, now) == [second.id]
    assert ids(6, now) == []


def test_a_number_is_never_in_what_tablets_are_told(device: Device) -> None:
    customer = receive(device, person()).customer
    told = str(person_state(customer)) + str(customer) + str(customer.contact)
    assert "7890" in told
    assert "4567890" not in told


@pytest.mark.django_db(transaction=True)
def test_two_tablets_send_one_person_at_once() -> None:
    store = StoreFactory.create()
    devices = [DeviceFactory.create(store=store) for _ in range(4)]
    given = person(consents=[said(True)])
    results: list[str] = []
    gate = threading.Barrier(4)

    def send(device: Device) -> None:
        try:
            gate.wait()
            results.append(receive(device, given).status)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert (Customer.objects.count(), Consent.objects.count(), ContactPoint.objects.count()) == (1, 1, 1)
