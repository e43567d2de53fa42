"""The set-up pages: people, PINs, tablets and codes, each seen only by who answers for them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from crm.models import Device, EnrolmentCode, Organization, Staff, StaffRole, Store
from crm.pins import set_pin
from tests.conftest import ANAS_PIN, BENS_PIN, enrolled
from tests.factories import PASSWORD, staff_in
from tests.http import ApiClient, PageClient, TabletClient, assert_problem

# Pages of forms over rows that other tests read and write on every database.
pytestmark = pytest.mark.only_on("sqlite")

MODELS = ("organization", "store", "staff", "device", "enrolmentcode")


def browser(staff: Staff) -> PageClient:
    client = PageClient()
    client.force_login(staff)
    return client


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:crm_{model}_{page}", args=args)


def listed(client: PageClient, model: str) -> str:
    answer = client.get(address(model, "changelist"))
    assert answer.status_code == 200
    page = re.sub(r"(?s).*<form id=\"changelist-form\"", "", answer.content.decode())
    # A token of random letters may spell a short name.
    return re.sub(r'<input[^>]*name="csrfmiddlewaretoken"[^>]*>', "", page)


def form_of(client: PageClient, where: str, **changes: Any) -> Any:
    """Posts a form back as the page filled it in, with these changes."""
    page = client.get(where)
    assert page.status_code == 200
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    for inline in page.context["inline_admin_formsets"]:
        formset = inline.formset
        data |= {f"{formset.prefix}-{name}": value for name, value in formset.management_form.initial.items()}
        for row in formset.initial_forms:
            data |= {row.add_prefix(name): row[name].value() for name in row.fields if row[name].value() is not None}
    data = {name: value for name, value in data.items() if value is not None and value is not False}
    return client.post(where, data | changes)


def assert_refused(answer: Any, words: str) -> None:
    """The page came back, and says why."""
    assert answer.status_code == 200
    formsets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    errors = [answer.context["adminform"].form.errors, *(f.errors for f in formsets)]
    assert words in str([*errors, *(f.non_form_errors() for f in formsets)])


@pytest.fixture
def operator(db: None) -> Staff:
    return get_user_model().objects.create_superuser("root@host.example", PASSWORD, display_name="Root")


def test_a_stranger_does_not_come_in(ana: Staff, auditor: Staff, new_york: Store) -> None:
    Staff.objects.filter(id__in=[ana.id, auditor.id]).update(is_staff=True)
    for client in (PageClient(), browser(staff_in(new_york, "manager"))):
        assert client.get(address("staff", "changelist")).status_code == 302
    # May open the pages, but answers for nothing there.
    for person in (ana, auditor):
        for model in MODELS:
            assert browser(person).get(address(model, "changelist")).status_code == 403


def test_a_manager_sees_their_own_store(
    manager: Staff, ana: Staff, ben: Staff, tablet: TabletClient, other_tablet: TabletClient, stranger: Staff
) -> None:
    Device.objects.filter(id=tablet.device.id).update(name="Front counter")
    Device.objects.filter(id=other_tablet.device.id).update(name="Back room")
    client = browser(manager)
    people = listed(client, "staff")
    assert ("Ana" in people, "Maria" in people) == (True, True)
    assert ("Ben" in people, "Wei" in people) == (False, False)
    tablets = listed(client, "device")
    assert ("Front counter" in tablets, "Back room" in tablets) == (True, False)
    assert "London" not in listed(client, "store")
    assert "木有家居" not in listed(client, "organization")


def test_an_admin_sees_the_organisation_and_no_other(
    admin: Staff, manager: Staff, ana: Staff, ben: Staff, stranger: Staff, operator: Staff
) -> None:
    people = listed(browser(admin), "staff")
    assert all(name in people for name in ("Ana", "Ben", "Maria"))
    assert ("Wei" in people, "Root" in people) == (False, False)
    assert "上海店" not in listed(browser(admin), "store")


def test_the_operator_sees_everything(operator: Staff, ana: Staff, stranger: Staff) -> None:
    people = listed(browser(operator), "staff")
    assert all(name in people for name in ("Ana", "Wei", "Root"))


def test_what_is_not_theirs_is_not_there(
    manager: Staff,
    ben: Staff,
    admin: Staff,
    stranger: Staff,
    operator: Staff,
    london: Store,
    other_tablet: TabletClient,
) -> None:
    client = browser(manager)
    foreign: list[tuple[str, Any]] = [("staff", p.id) for p in (ben, admin, stranger, operator)]
    foreign += [("store", london.id), ("device", other_tablet.device.id), ("organization", stranger.organization_id)]
    for model, id in foreign:
        for page in ("change", "delete"):
            assert client.get(address(model, page, id)).status_code in (302, 403), (model, page)
    for person in (ben, admin, stranger, operator):
        password = {"password1": "another lamp, another kettle", "password2": "another lamp, another kettle"}
        where = reverse("admin:auth_user_password_change", args=[person.id])
        assert client.post(where, password).status_code in (302, 403, 404)
        person.refresh_from_db()
        assert person.check_password(PASSWORD)


def test_a_manager_cannot_raise_anybody(manager: Staff, ana: Staff, new_york: Store, london: Store) -> None:
    client = browser(manager)
    row = ana.roles.get()
    where = address("staff", "change", ana.id)
    for role in ("manager", "admin"):
        assert_refused(form_of(client, where, **{"roles-0-role": role}), "Select a valid choice")
    for name in ("is_superuser", "is_staff", "user_permissions", "groups", "organization"):
        form_of(client, where, **{name: "1"})
    another = {"roles-1-store": str(london.id), "roles-1-role": "lead"}
    assert_refused(form_of(client, where, **another), "Select a valid choice")
    ana.refresh_from_db()
    row.refresh_from_db()
    assert (ana.is_superuser, ana.is_staff, row.role, ana.roles.count()) == (False, False, "associate", 1)
    assert ana.organization == new_york.organization
    # Their own roles are not theirs to change.
    own = form_of(client, address("staff", "change", manager.id), **{"roles-0-role": "lead", "roles-TOTAL_FORMS": "1"})
    assert own.status_code == 302
    assert manager.roles.get().role == "manager"
    assert form_of(client, where, **{"roles-0-role": "lead"}).status_code == 302
    row.refresh_from_db()
    assert row.role == "lead"


def test_a_manager_adds_a_colleague_with_a_pin(
    manager: Staff, new_york: Store, london: Store, tablet: TabletClient
) -> None:
    client = browser(manager)
    where = address("staff", "add")
    person = {"display_name": "Cleo", "new_pin": BENS_PIN, "is_active": "on"}
    assert_refused(form_of(client, where, **person), "give this person a role")
    role = {"roles-0-store": str(london.id), "roles-0-role": "associate"}
    assert_refused(form_of(client, where, **person, **role), "Select a valid choice")
    role["roles-0-store"] = str(new_york.id)
    assert form_of(client, where, **person, **role).status_code == 302
    cleo = Staff.objects.get(display_name="Cleo")
    assert (cleo.organization, cleo.email, cleo.is_staff) == (new_york.organization, None, False)
    assert not cleo.has_usable_password()
    assert tablet.sign_in(cleo, BENS_PIN).json()["staff"]["role"] == "associate"


def test_the_operator_gives_no_role_across_organisations(operator: Staff, ana: Staff, shanghai: Store) -> None:
    role = {"roles-1-store": str(shanghai.id), "roles-1-role": "associate"}
    answer = form_of(browser(operator), address("staff", "change", ana.id), **role)
    assert_refused(answer, "own organisation")
    assert not StaffRole.objects.filter(store=shanghai).exists()


def test_a_pin_is_set_and_never_shown(manager: Staff, ana: Staff, tablet: TabletClient) -> None:
    client = browser(manager)
    where = address("staff", "change", ana.id)
    page = client.get(where).content.decode()
    assert ana.pin_hash not in page
    assert ana.password not in page
    refused = form_of(client, where, new_pin="123456")
    assert_refused(refused, "too easy")
    assert "123456" not in refused.content.decode()
    assert form_of(client, where, new_pin=BENS_PIN).status_code == 302
    assert_problem(tablet.sign_in(ana, ANAS_PIN), 401, "pin_wrong")
    assert tablet.sign_in(ana, BENS_PIN).status_code == 200
    # Saving the page without one leaves it.
    assert form_of(client, where, display_name="Ana B.").status_code == 302
    assert tablet.sign_in(ana, BENS_PIN).json()["staff"]["name"] == "Ana B."


def test_a_password_is_set_on_a_page_of_its_own(admin: Staff, manager: Staff) -> None:
    client = browser(admin)
    page = client.get(address("staff", "change", manager.id)).content.decode()
    assert "../password/" in page
    where = reverse("admin:auth_user_password_change", args=[manager.id])
    for password, status in (("short", 200), ("another lamp, another kettle", 302)):
        answer = client.post(where, {"password1": password, "password2": password, "usable_password": "true"})
        assert answer.status_code == status
    manager.refresh_from_db()
    assert manager.check_password("another lamp, another kettle")


def test_who_leaves_is_out_at_once(manager: Staff, ana: Staff, tablet: TabletClient) -> None:
    tablet.sign_in(ana, ANAS_PIN)
    page = browser(manager)
    where = address("staff", "change", ana.id)
    form = page.get(where).context["adminform"].form
    assert form["is_active"].value() is True
    answer = form_of(page, where, is_active="")
    assert answer.status_code == 302
    ana.refresh_from_db()
    assert not ana.is_active
    assert tablet.get("/session").json()["staff"] is None


def test_an_email_is_kept_as_sign_in_reads_it(admin: Staff, manager: Staff) -> None:
    form_of(browser(admin), address("staff", "change", manager.id), email="Maria.New@Hartwell.example")
    answer = ApiClient().post("/session", {"email": "maria.new@hartwell.example", "password": PASSWORD})
    assert answer.status_code == 200


def test_a_code_is_shown_once(manager: Staff, new_york: Store, london: Store) -> None:
    client = browser(manager)
    where = address("enrolmentcode", "add")
    assert client.post(where, {"store": str(london.id)}).status_code == 200, "another store's code was made"
    page = client.post(where, {"store": str(new_york.id)}, follow=True).content.decode()
    found = re.search(r"\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b", page)
    assert found
    again = client.get(address("enrolmentcode", "changelist")).content.decode()
    assert found.group() not in again
    row = EnrolmentCode.objects.get()
    assert (row.store, row.made_by) == (new_york, manager)
    assert client.post(address("enrolmentcode", "change", row.pk), {"store": str(london.id)}).status_code == 403
    assert ApiClient().post("/devices/enrol", {"code": found.group()}).status_code == 200


@pytest.mark.parametrize(("action", "how"), [("retire", "retired"), ("report_stolen", "stolen")])
def test_a_tablet_is_put_out(
    manager: Staff, tablet: TabletClient, other_tablet: TabletClient, action: str, how: str
) -> None:
    client = browser(manager)
    chosen = {"action": action, "_selected_action": [str(tablet.device.id), str(other_tablet.device.id)]}
    assert client.post(address("device", "changelist"), chosen).status_code == 302
    assert dict(Device.objects.values_list("id", "revoked")) == {tablet.device.id: how, other_tablet.device.id: ""}


def test_nothing_is_deleted_here(operator: Staff, ana: Staff, new_york: Store) -> None:
    client = browser(operator)
    rows: list[tuple[str, Any]] = [("staff", ana), ("store", new_york), ("organization", new_york.organization)]
    rows.append(("device", enrolled(new_york).device))
    for model, row in rows:
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        client.post(address(model, "changelist"), chosen)
        assert type(row).objects.filter(pk=row.pk).exists()


def test_only_an_admin_changes_the_shop_itself(admin: Staff, manager: Staff, new_york: Store) -> None:
    for model, row in (("store", new_york), ("organization", new_york.organization)):
        where = address(model, "change", row.pk)
        assert browser(manager).post(where, {"name": "X"}).status_code == 403
        assert form_of(browser(admin), where, name="Renamed").status_code == 302
    assert Store.objects.get(id=new_york.id).name == "Renamed"
    assert Organization.objects.get(id=new_york.organization_id).name == "Renamed"


def test_guessing_is_counted_here_too(manager: Staff, later: Callable[..., float]) -> None:
    client = PageClient()
    where = reverse("admin:login")

    def sign_in(password: str) -> bool:
        answer = client.post(where, {"username": manager.email, "password": password})
        return answer.status_code == 302

    assert sign_in(PASSWORD)
    for _ in range(5):
        assert not sign_in("wrong")
    assert not sign_in(PASSWORD), "a locked guess was looked at"
    # The same counters as the API's.
    answer = ApiClient().post("/session", {"email": manager.email, "password": PASSWORD})
    assert_problem(answer, 429, "sign_in_locked")
    later(seconds=31)
    assert sign_in(PASSWORD)


def test_who_may_not_open_the_pages_is_not_let_in(ana: Staff) -> None:
    Staff.objects.filter(id=ana.id).update(email="ana@hartwell.example")
    answer = PageClient().post(reverse("admin:login"), {"username": "ana@hartwell.example", "password": PASSWORD})
    assert answer.status_code == 200


def test_a_person_who_may_do_more_elsewhere_is_not_theirs(manager: Staff, ana: Staff, london: Store) -> None:
    """Whose password a manager could set, the manager could become."""
    client = browser(manager)
    assert "Ana" in listed(client, "staff")
    StaffRole.objects.create(organization=london.organization, staff=ana, store=london, role="associate")
    assert "Ana" not in listed(client, "staff")


def test_setting_a_pin_needs_no_more_than_the_person(admin: Staff, tablet: TabletClient) -> None:
    set_pin(staff=admin, pin=BENS_PIN)
    assert tablet.sign_in(admin, BENS_PIN).status_code == 200


def test_a_manager_unlocks_the_pins_of_their_own_people_alone(
    manager: Staff, ana: Staff, ben: Staff, tablet: TabletClient, new_york: Store
) -> None:
    Staff.objects.filter(id__in=[ana.id, ben.id]).update(pin_locked_at=new_york.created_at)
    assert_problem(tablet.sign_in(ana, ANAS_PIN), 403, "pin_blocked")
    chosen = {"action": "unlock_pins", "_selected_action": [str(ana.id), str(ben.id)]}
    page = browser(manager).post(address("staff", "changelist"), chosen, follow=True)
    assert "1 unlocked." in page.content.decode()
    assert tablet.sign_in(ana, ANAS_PIN).status_code == 200
    ben.refresh_from_db()
    assert ben.pin_locked_at is not None
    assert ANAS_PIN not in page.content.decode()


def test_a_new_pin_unlocks(manager: Staff, ana: Staff, tablet: TabletClient, new_york: Store) -> None:
    Staff.objects.filter(id=ana.id).update(pin_locked_at=new_york.created_at)
    form_of(browser(manager), address("staff", "change", ana.id), new_pin=BENS_PIN)
    assert tablet.sign_in(ana, BENS_PIN).status_code == 200
