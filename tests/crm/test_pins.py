"""PINs: guesses are counted before they are looked at."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from crm import guards, pins
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


@pytest.mark.parametrize("pin", TRIVIAL)
def test_a_trivial_pin_is_refused(pin: str, ana: Staff) -> None:
    with pytest.raises(Problem) as refused:
        pins.set_pin(staff=ana, pin=pin)
    assert refused.value.code == "pin_unfit"


def test_at_least_a_hundred_pins_are_too_easy() -> None:
    assert sum(pins.is_trivial(f"{number:06}") for number in range(1_000_000)) > 1_000


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "48291a", "４８２９１３", "48 913", "-48291", "٤٨٢٩١٣"])
def test_a_pin_has_six_plain_digits(pin: str) -> None:
    assert "six" in str(pins.pin_fault(pin)) or "6" in str(pins.pin_fault(pin))


def test_two_people_may_have_the_same_pin(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    twin = staff_in(new_york, "associate", pin=ANAS_PIN)
    assert twin.pin_hash != ana.pin_hash
    assert tablet.sign_in(twin, ANAS_PIN).status_code == 200


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


def test_the_lock_doubles_up_to_a_quarter_of_an_hour(
    tablet: TabletClient, ana: Staff, later: Callable[..., float]
) -> None:
    for _ in range(4):
        tablet.sign_in(ana, WRONG)
    locks = []
    for _ in range(8):
        assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
        guard = PinGuard.objects.get()
        assert guard.locked_until is not None
        locks.append(round((guard.locked_until - guard.updated_at).total_seconds()))
        later(seconds=locks[-1] + 1)
    assert locks == [30, 60, 120, 240, 480, 900, 900, 900]


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
        pin = BENS_PIN if person is ben else ANAS_PIN
        for _ in range(5):
            problem = assert_problem(tablet.sign_in(person, pin), 401, "pin_wrong")
            assert problem | {"instance": 0} == expected | {"instance": 0}
        assert_problem(tablet.sign_in(person, pin), 429, "pin_locked")
    assert not PinSession.objects.exists()


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
    assert SignInGuard.objects.count() == 3
    later(seconds=timedelta(days=1, seconds=1).total_seconds())
    tablet.sign_in(Staff(id=uuid4()), WRONG)
    assert SignInGuard.objects.count() == 1


def test_the_count_does_not_overflow(tablet: TabletClient, ana: Staff) -> None:
    PinGuard.objects.create(device=tablet.device, staff=ana, wrong=30_000, updated_at=db_now())
    assert_problem(tablet.sign_in(ana, WRONG), 401, "pin_wrong")
    assert PinGuard.objects.get().wrong == 30_000
    assert guards.count_guess(guards.pin_guard(device_id=tablet.device.id, staff_id=ana.id), now=db_now()) > 800
