"""PINs: guesses are counted before they are looked at."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from crm import guards, pins, rates
from crm.clock import db_now
from crm.models import PinGuard, PinSession, SignInGuard, Staff, StaffRole, Store
from crm.problems import Problem
from tests.conftest import ANAS_PIN, BENS_PIN, enrolled
from tests.factories import DeviceFactory, StoreFactory, staff_in
from tests.http import TabletClient, assert_problem

WRONG = "915736"
TRIVIAL = """
    000000 111111 999999 123456 234567 345678 456789 567890 654321 987654 098765 121212 909090 123123 456456 112233
    998877 445566 102030 123321 654456 135790 246810 159753 314159 666888 520131 131452 147258 852741 112358 131313
""".split()  # noqa: SIM905  (a list of PINs reads best as one)


def watch_guesses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The PINs that were looked at, which costs a hash, from now on."""
    looked: list[str] = []
    real = pins._matches

    def watched(hashed: str, staff_id: UUID, pin: str) -> bool:
        looked.append(pin)
        return real(hashed, staff_id, pin)

    monkeypatch.setattr(pins, "_matches", watched)
    return looked


def test_a_trivial_pin_is_refused(ana: Staff, subtests: pytest.Subtests) -> None:
    for pin in TRIVIAL:
        with subtests.test(pin=pin):
            with pytest.raises(Problem) as refused:
                pins.set_pin(staff=ana, pin=pin)
            assert refused.value.code == "pin_unfit"


def test_at_least_a_thousand_pins_are_too_easy() -> None:
    halves_alike = {f"{half:03}" * 2 for half in range(1_000)}
    pairs_alike = {"".join(digit * 2 for digit in f"{digits:03}") for digits in range(1_000)}
    assert len(halves_alike | pairs_alike) > 1_000
    assert all(map(pins.is_trivial, halves_alike | pairs_alike))


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "48291a", "４８２９１３", "48 913", "-48291", "٤٨٢٩١٣"])
def test_a_pin_has_six_plain_digits(pin: str) -> None:
    assert "six" in str(pins.pin_fault(pin)) or "6" in str(pins.pin_fault(pin))


def test_two_people_may_have_the_same_pin(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    twin = staff_in(new_york, "associate", pin=ANAS_PIN)
    assert twin.pin_hash != ana.pin_hash
    assert tablet.sign_in(twin, ANAS_PIN).status_code == 200


@pytest.mark.usefixtures("hashing_is_real")
def test_a_copy_of_the_database_alone_verifies_no_pin(tablet: TabletClient, ana: Staff, settings: Settings) -> None:
    assert ana.pin_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    settings.PIN_PEPPER = "the pepper of another installation"
    assert_problem(tablet.sign_in(ana, ANAS_PIN), 401, "pin_wrong")


def test_a_hash_moved_to_another_person_opens_nothing(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    other = staff_in(new_york, "lead")
    Staff.objects.filter(id=other.id).update(pin_hash=ana.pin_hash)
    assert_problem(tablet.sign_in(other, ANAS_PIN), 401, "pin_wrong")


def test_wrong_pins_count_then_lock_then_the_right_one_opens(
    tablet: TabletClient, ana: Staff, later: Callable[..., float]
) -> None:
    for _ in range(5):
        assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
    locked = tablet.sign_in(ana, ANAS_PIN)
    wait = assert_problem(locked, 429, "pin_locked")["retry_after_seconds"]
    assert 25 <= wait <= 30
    assert locked["Retry-After"] == str(wait)
    later(seconds=31)
    assert tablet.sign_in(ana, ANAS_PIN).status_code == 200
    assert PinGuard.objects.get().wrong == 0


def ten_wrong(tablet: TabletClient, person: Staff, later: Callable[..., float]) -> list[int]:
    """Ten wrong PINs, as soon as each is heard; the last one locks for good. Answers how long each lock took."""
    for _ in range(4):
        assert_problem(tablet.sign_in(person, WRONG), 401, "pin_wrong")
    locks = []
    for _ in range(5):
        assert_problem(tablet.sign_in(person, WRONG), 401, "pin_wrong")
        locked = assert_problem(tablet.sign_in(person, WRONG), 429, "pin_locked")
        locks.append(locked["retry_after_seconds"])
        later(seconds=locks[-1] + 1)
    assert_problem(tablet.sign_in(person, WRONG), 403, "pin_blocked")
    return locks


def test_ten_wrong_pins_on_one_tablet_lock_the_person_on_every_tablet_until_a_manager_unlocks(
    tablet: TabletClient, ana: Staff, new_york: Store, later: Callable[..., float]
) -> None:
    locks = ten_wrong(tablet, ana, later)
    assert all(0 <= expected - found <= 5 for expected, found in zip([30, 60, 120, 240, 480], locks, strict=True))
    later(seconds=timedelta(days=2).total_seconds())
    second = enrolled(new_york)
    for each in (tablet, second):
        assert_problem(each.sign_in(ana, ANAS_PIN), 403, "pin_blocked")
    # Nobody else is locked, on the same tablet neither.
    cleo = staff_in(new_york, "lead", pin=BENS_PIN)
    assert tablet.sign_in(cleo, BENS_PIN).status_code == 200
    assert pins.unlock(staff=Staff.objects.get(id=ana.id)) is True
    assert pins.unlock(staff=Staff.objects.get(id=ana.id)) is False
    for each in (second, tablet):
        assert each.sign_in(ana, ANAS_PIN).status_code == 200


def test_who_acts_already_goes_on_while_somebody_else_locks_them(
    tablet: TabletClient, ana: Staff, new_york: Store, later: Callable[..., float]
) -> None:
    second = enrolled(new_york)
    second.sign_in(ana, ANAS_PIN)
    ten_wrong(tablet, ana, later)
    assert second.get("/session").json()["staff"]["name"] == "Ana"


def test_who_is_not_here_is_locked_with_the_same_words(
    tablet: TabletClient, ana: Staff, later: Callable[..., float]
) -> None:
    ten_wrong(tablet, Staff(id=uuid4()), later)


@pytest.mark.only_on("sqlite")
def test_a_hundred_wrong_pins_on_many_tablets_lock_a_person_too(ana: Staff, new_york: Store) -> None:
    for _ in range(24):
        # So many guesses take hours; that they take a second here is not what this is about.
        rates.forget()
        tablet = enrolled(new_york)
        for _ in range(4):
            assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
    for _ in range(3):
        assert_problem(enrolled(new_york).sign_in(ana, WRONG), 401, "pin_wrong")
    assert_problem(enrolled(new_york).sign_in(ana, WRONG), 403, "pin_blocked")
    assert_problem(enrolled(new_york).sign_in(ana, ANAS_PIN), 403, "pin_blocked")


def test_thirty_wrong_pins_in_a_row_lock_a_tablet_for_everybody_for_a_while(
    tablet: TabletClient, new_york: Store, later: Callable[..., float]
) -> None:
    people = [staff_in(new_york, "associate", pin=ANAS_PIN) for _ in range(8)]
    for number in range(30):
        assert_problem(tablet.sign_in(people[number % 7], WRONG), 401, "pin_wrong")
    last = people[-1]
    for _ in range(12):
        assert_problem(tablet.sign_in(last, ANAS_PIN), 429, "pin_locked")
    # What was not heard did not count against the person, nor on another tablet.
    assert enrolled(new_york).sign_in(last, ANAS_PIN).status_code == 200
    later(seconds=31)
    assert tablet.sign_in(last, ANAS_PIN).status_code == 200


def test_a_locked_guess_is_not_looked_at(tablet: TabletClient, ana: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = watch_guesses(monkeypatch)
    for _ in range(20):
        tablet.sign_in(ana, WRONG)
    assert len(looked) == 5


def test_a_right_pin_forgives_the_wrong_ones_before(tablet: TabletClient, ana: Staff) -> None:
    for _ in range(3):
        for _ in range(4):
            assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
        assert tablet.sign_in(ana, ANAS_PIN).status_code == 200


def test_nobody_locks_a_colleague_out_of_another_tablet(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    for _ in range(6):
        last = tablet.sign_in(ana, WRONG)
    assert_problem(last, 429, "pin_locked")
    assert enrolled(new_york).sign_in(ana, ANAS_PIN).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False])
def test_many_guesses_at_once_are_counted_one_by_one(known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    store = StoreFactory.create()
    device = DeviceFactory.create(store=store)
    staff_id = staff_in(store, "associate", pin=ANAS_PIN).id if known else uuid4()
    looked = watch_guesses(monkeypatch)
    answers: list[str] = []
    gate = threading.Barrier(50)

    def guess(pin: str) -> None:
        try:
            gate.wait()
            pins.check_pin(device=device, store=store, staff_id=staff_id, pin=pin, now=db_now())
            answers.append("in")
        except Problem as problem:
            answers.append(problem.code)
        finally:
            connection.close()

    volley = [threading.Thread(target=guess, args=(WRONG,)) for _ in range(50)]
    for thread in volley:
        thread.start()
    for thread in volley:
        thread.join()
    assert sorted(answers) == ["pin_locked"] * 45 + ["pin_wrong"] * 5
    assert len(looked) == 5
    # The right one comes too late in the same volley.
    with pytest.raises(Problem) as refused:
        pins.check_pin(device=device, store=store, staff_id=staff_id, pin=ANAS_PIN, now=db_now())
    assert refused.value.code == "pin_locked"


def test_who_is_not_here_gets_the_answer_of_a_wrong_pin(
    tablet: TabletClient, ana: Staff, ben: Staff, new_york: Store, shanghai: Store
) -> None:
    """Unknown, of another store, of another organisation, without a PIN, left, or only an auditor."""
    no_pin = staff_in(new_york, "associate")
    gone = staff_in(new_york, "associate", pin=ANAS_PIN, is_active=False)
    auditor = staff_in(new_york, "auditor", pin=ANAS_PIN)
    foreign = staff_in(shanghai, "associate", pin=ANAS_PIN)
    expected = assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
    for person in (ben, no_pin, gone, auditor, foreign, Staff(id=uuid4())):
        tablet = enrolled(new_york)
        pin = BENS_PIN if person is ben else ANAS_PIN
        for _ in range(5):
            problem = assert_problem(tablet.sign_in(person, pin), 401, "pin_wrong")
            assert problem | {"instance": 0} == expected | {"instance": 0}
        assert_problem(tablet.sign_in(person, pin), 429, "pin_locked")
    assert not PinSession.objects.exists()


@pytest.mark.usefixtures("hashing_is_real")
def test_who_is_unknown_costs_the_same_hash(tablet: TabletClient, ana: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters: list[str] = []
    real = pins._matches

    def watched(hashed: str, staff_id: UUID, pin: str) -> bool:
        parameters.append(hashed.rsplit("$", 2)[0])
        return real(hashed, staff_id, pin)

    monkeypatch.setattr(pins, "_matches", watched)
    for person in (ana, Staff(id=uuid4()), staff_in(tablet.store, "associate")):
        tablet.sign_in(person, WRONG)
    assert parameters == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


def test_an_admin_of_the_organisation_may_act_in_any_of_its_stores(other_tablet: TabletClient, admin: Staff) -> None:
    pins.set_pin(staff=admin, pin=BENS_PIN)
    assert other_tablet.sign_in(admin, BENS_PIN).json()["staff"]["role"] == "admin"


def test_the_role_in_the_store_comes_before_the_one_in_the_organisation(
    tablet: TabletClient, admin: Staff, new_york: Store
) -> None:
    StaffRole.objects.create(organization=new_york.organization, staff=admin, store=new_york, role="lead")
    pins.set_pin(staff=admin, pin=BENS_PIN)
    assert tablet.sign_in(admin, BENS_PIN).json()["staff"]["role"] == "lead"


def test_a_new_pin_ends_sessions_and_unlocks(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    second = enrolled(new_york)
    second.sign_in(ana, ANAS_PIN)
    for _ in range(6):
        tablet.sign_in(ana, WRONG)
    pins.set_pin(staff=ana, pin=BENS_PIN)
    assert second.get("/session").json()["staff"] is None
    assert tablet.sign_in(ana, BENS_PIN).status_code == 200
    assert_problem(tablet.sign_in(ana, ANAS_PIN), 401, "pin_wrong")


def test_made_up_people_are_forgotten_after_a_day(tablet: TabletClient, later: Callable[..., float]) -> None:
    for _ in range(3):
        tablet.sign_in(Staff(id=uuid4()), WRONG)
    assert SignInGuard.objects.filter(wrong=1).count() == 6
    later(seconds=timedelta(days=1, seconds=1).total_seconds())
    tablet.sign_in(Staff(id=uuid4()), WRONG)
    assert SignInGuard.objects.count() == 3


def test_the_count_does_not_overflow(tablet: TabletClient, ana: Staff) -> None:
    guard = guards.key_guard("web", "maria@hartwell.example")
    assert guards.count_guess(guard, now=db_now()) == 0
    guard.row.update(wrong=30_000)
    assert guards.count_guess(guard, now=db_now()) == 0
    assert guard.row.get().wrong == 30_000
    assert guards.count_guess(guard, now=db_now()) > 800
