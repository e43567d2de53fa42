"""The API of wording: who may read it, who may change it, and what it says while one writes."""

import itertools
from typing import Any

import pytest

from crm.contract import LANGUAGES
from crm.models import Organization, Staff, Store
from messaging.contract.purposes import PURPOSES
from messaging.models import Template
from messaging.wording import load_default_templates
from tests.conftest import ANAS_PIN, signed_in
from tests.http import ApiClient, TabletClient, assert_problem

VERSIONS = "/templates/departure_bought/en/versions"


@pytest.fixture
def wording(jeweller: Organization) -> Organization:
    load_default_templates(jeweller)
    return jeweller


def save(client: ApiClient, body: str, *, replaces: int = 1, path: str = VERSIONS) -> Any:
    return client.post(path, {"body": body, "replaces": replaces})


def preview(client: ApiClient, body: str, *, purpose: str = "departure_bought", language: str = "en") -> Any:
    response = client.post("/templates/preview", {"purpose": purpose, "language": language, "body": body})
    assert response.status_code == 200, response.content
    return response.json()


def samples(client: ApiClient, body: str, **of: str) -> dict[str, Any]:
    return {sample["kind"]: sample for sample in preview(client, body, **of)["samples"]}


def test_the_list_has_every_purpose_in_every_language(manager_client: ApiClient, wording: Organization) -> None:
    answer = manager_client.get("/templates").json()
    assert answer["may_change"] is True
    listed = {(item["purpose"], item["language"]): item for item in answer["items"]}
    assert set(listed) == set(itertools.product(PURPOSES, LANGUAGES))
    bought = listed["departure_bought", "en"]
    assert (bought["group"], bought["fields"]) == ("departure", ["name", "associate", "brand", "store", "page"])
    assert (bought["current"]["version"], bought["current"]["author"]) == (1, None)
    assert "visit_date" in listed["satisfaction", "zh"]["fields"]


def test_wording_that_nobody_needed_yet_is_listed_without_being_made(
    manager_client: ApiClient, jeweller: Organization
) -> None:
    items = manager_client.get("/templates").json()["items"]
    assert all(item["current"]["body"] and item["current"]["version"] == 1 for item in items)
    assert not Template.objects.exists()
    # Saving makes ours the first version, and one's own the second.
    assert save(manager_client, "Thank you, {brand}").json()["version"] == 2


def test_a_saved_version_is_the_one_in_use_and_stands_in_the_history(
    manager_client: ApiClient, wording: Organization
) -> None:
    response = save(manager_client, "Thank you {name|}, {brand}")
    assert response.status_code == 201
    assert {key: response.json()[key] for key in ("version", "body", "author")} == {
        "version": 2,
        "body": "Thank you {name|}, {brand}",
        "author": "Maria",
    }
    history = manager_client.get(VERSIONS).json()
    assert [item["version"] for item in history["items"]] == [2, 1]
    assert history["next_cursor"] is None
    (listed,) = [
        item
        for item in manager_client.get("/templates").json()["items"]
        if (item["purpose"], item["language"]) == ("departure_bought", "en")
    ]
    assert listed["current"] == response.json()


def test_a_long_history_is_read_page_by_page(manager_client: ApiClient, wording: Organization) -> None:
    for version in range(2, 5):
        save(manager_client, f"Thank you {version}, {{brand}}", replaces=version - 1)
    first = manager_client.get(VERSIONS, data={"limit": 3}).json()
    assert [item["version"] for item in first["items"]] == [4, 3, 2]
    rest = manager_client.get(VERSIONS, data={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert ([item["version"] for item in rest["items"]], rest["next_cursor"]) == ([1], None)
    assert_problem(manager_client.get(VERSIONS, data={"cursor": "made-up"}), 422, "cursor_invalid")


def test_wording_that_cannot_be_used_is_refused_with_each_fault_at_its_place(
    manager_client: ApiClient, wording: Organization
) -> None:
    problem = assert_problem(save(manager_client, "Hi {password},\n{brand"), 422, "template_refused")
    assert [(f["code"], f["offset"], f["length"]) for f in problem["faults"]] == [
        ("unknown_field", 3, 10),
        ("line_break", 14, 1),
        ("brace_open", 15, 1),
    ]
    assert all(set(fault["sentence"]) == set(LANGUAGES) for fault in problem["faults"])
    long = assert_problem(save(manager_client, "x" * 500), 422, "template_refused")
    (fault,) = long["faults"]
    assert fault["code"] == "too_many_segments"
    assert fault["offset"] + fault["length"] == 500
    assert not Template.objects.filter(version=2).exists()


def test_words_that_others_changed_meanwhile_are_not_overwritten(
    manager_client: ApiClient, other_manager_client: ApiClient, wording: Organization
) -> None:
    assert save(other_manager_client, "Thank you, {brand}").status_code == 201
    problem = assert_problem(save(manager_client, "Many thanks, {brand}"), 409, "template_changed")
    assert (problem["version"], problem["body"]) == (2, "Thank you, {brand}")


def test_a_save_sent_twice_makes_one_version(manager_client: ApiClient, wording: Organization) -> None:
    first, second = (save(manager_client, "Thank you, {brand}") for _ in range(2))
    assert first.json() == second.json()
    assert Template.objects.filter(version__gte=2).count() == 1


def test_only_those_who_manage_the_organisation_change_its_wording(
    anybody: ApiClient,
    tablet: TabletClient,
    auditor: Staff,
    admin: Staff,
    ana: Staff,
    stranger_client: ApiClient,
    wording: Organization,
) -> None:
    tablet.post("/session", {"staff": str(ana.id), "pin": ANAS_PIN})
    for client in (anybody, tablet):
        assert_problem(client.get("/templates"), 401, "sign_in_needed")
        assert_problem(client.get(VERSIONS), 401, "sign_in_needed")
        assert_problem(save(client, "Mine, {brand}"), 401, "sign_in_needed")
        body = {"purpose": "departure_bought", "language": "en", "body": "x"}
        assert_problem(client.post("/templates/preview", body), 401, "sign_in_needed")
    looking = signed_in(auditor)
    assert looking.get("/templates").json()["may_change"] is False
    assert_problem(save(looking, "Mine, {brand}"), 403, "forbidden")
    assert not Template.objects.filter(version=2).exists()
    assert save(signed_in(admin), "Ours, {brand}").status_code == 201
    # Another organisation has words of its own, and sees none of these.
    assert save(stranger_client, "Theirs, {brand}").json()["version"] == 2
    assert stranger_client.get(VERSIONS).json()["items"][0]["body"] == "Theirs, {brand}"
    assert Template.objects.get(organization=wording, purpose="departure_bought", language="en", version=2).body == (
        "Ours, {brand}"
    )


@pytest.mark.parametrize("path", ["/templates/goodbye/en/versions", "/templates/departure_bought/fr/versions"])
def test_a_purpose_or_language_that_does_not_exist_has_no_wording(manager_client: ApiClient, path: str) -> None:
    assert_problem(manager_client.get(path), 422, "invalid")
    assert_problem(save(manager_client, "x", path=path), 422, "invalid")


def test_a_preview_reads_as_each_kind_of_customer_would(manager_client: ApiClient, new_york: Store) -> None:
    shown = samples(manager_client, "Hi {name|there}. - {associate|Your team}, {brand}")
    assert shown["usual"]["body"].startswith("Hi Emma. - Ana, Hartwell & Finch")
    assert shown["nobody"]["body"].startswith("Hi there. - Your team, Hartwell & Finch")
    assert shown["longest"]["body"].startswith("Hi WWWWWWWWWWWW. - WWWWWWWWWWWW, ")
    assert shown["foreign_name"]["body"].startswith("Hi 王女士. - Ana")
    assert [(kind, s["encoding"], s["segments"]) for kind, s in sorted(shown.items())] == [
        ("foreign_name", "ucs2", 1),
        ("longest", "gsm7", 1),
        ("nobody", "gsm7", 1),
        ("usual", "gsm7", 1),
    ]
    assert shown["usual"]["units"] + shown["usual"]["left"] == 160
    assert {s["price_class"] for s in shown.values()} == {"single"}


def test_a_preview_points_at_the_letter_that_makes_the_text_expensive(manager_client: ApiClient) -> None:
    shown = preview(manager_client, "It’s lovely, {name|there}. - {brand}")
    assert shown["foreign"] == [{"offset": 2, "character": "’", "plain_form": "'"}]
    assert shown["faults"] == []
    usual = shown["samples"][0]
    assert (usual["encoding"], usual["foreign"][0]["character"]) == ("ucs2", "’")


def test_chinese_has_no_letter_to_point_at(manager_client: ApiClient) -> None:
    shown = preview(manager_client, "{name|您好}，谢谢您。", language="zh")
    assert shown["foreign"] == []
    assert {sample["kind"] for sample in shown["samples"]} == {"usual", "longest", "nobody"}
    assert all(sample["foreign"] == [] for sample in shown["samples"])


@pytest.mark.parametrize(("length", "price"), [(50, "single"), (200, "double"), (350, "triple"), (500, "too_long")])
def test_a_preview_says_what_a_text_costs(manager_client: ApiClient, length: int, price: str) -> None:
    shown = preview(manager_client, "x" * length)
    assert {sample["price_class"] for sample in shown["samples"] if sample["kind"] != "foreign_name"} == {price}
    assert [fault["code"] for fault in shown["faults"]] == (["too_many_segments"] if price == "too_long" else [])


def test_a_template_that_is_not_finished_shows_its_fault_and_no_sample(manager_client: ApiClient) -> None:
    shown = preview(manager_client, "Hi {na")
    assert [fault["code"] for fault in shown["faults"]] == ["brace_open"]
    assert shown["samples"] == []


def test_a_preview_writes_nothing(manager_client: ApiClient) -> None:
    preview(manager_client, "Hi {name}, {brand}")
    assert not Template.objects.exists()


@pytest.mark.parametrize(("letter", "code"), [("ud800", "invalid"), ("u0000", "template_refused")])
def test_letters_that_cannot_be_stored_are_refused(manager_client: ApiClient, letter: str, code: str) -> None:
    raw = f'{{"body": "thank \\{letter} you", "replaces": 1}}'.encode()
    assert_problem(manager_client.send("POST", VERSIONS, raw), 422, code)
    assert not Template.objects.filter(version=2).exists()
