"""The command that opens a shop: by flags, by questions, and clear when something is wrong."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm import ports
from crm.management.commands import create_store
from crm.models import Organization, Staff, Store
from tests.conftest import ANAS_PIN, BENS_PIN
from tests.factories import PASSWORD
from tests.http import ApiClient

FLAGS = {
    "--brand": "Hartwell & Finch",
    "--language": "en",
    "--currency": "USD",
    "--store": "New York",
    "--zone": "America/New_York",
    "--country": "US",
    "--manager-name": "Maria",
    "--manager-email": "maria@hartwell.example",
}


@pytest.fixture(autouse=True)
def playbooks(db: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The playbooks that were asked for; the apps above stay out of these tests."""
    asked: list[str] = []

    def listen(store: Store, playbook: str) -> None:
        if playbook == "nonsense":
            raise ValueError("There is no playbook called nonsense.")
        asked.append(playbook)

    monkeypatch.setattr(ports, "store_opened", [listen])
    return asked


@pytest.fixture(autouse=True)
def nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MANAGER_PASSWORD", raising=False)
    types(monkeypatch, [])


def types(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> list[tuple[str, str]]:
    """Somebody at the keyboard; returns how each thing was asked: (`input` or `getpass`, the question)."""
    asked: list[tuple[str, str]] = []
    left: Iterator[str] = iter(answers)

    def asks(kind: str) -> Any:
        def ask(question: str) -> str:
            asked.append((kind, question))
            answer = next(left, None)
            if answer is None:
                raise EOFError
            return answer

        return ask

    monkeypatch.setattr("builtins.input", asks("input"))
    monkeypatch.setattr(create_store, "getpass", asks("getpass"))
    return asked


def run(*extra: str, flags: dict[str, str] | None = None) -> tuple[str, str]:
    given = [part for item in (FLAGS if flags is None else flags).items() for part in item]
    out, err = StringIO(), StringIO()
    call_command("create_store", *given, *extra, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def fails(*extra: str, flags: dict[str, str] | None = None) -> str:
    with pytest.raises(CommandError) as refused:
        run(*extra, flags=flags)
    # What manage.py exits with.
    assert refused.value.returncode == 1
    assert not Organization.objects.exists()
    assert not Staff.objects.exists()
    return str(refused.value)


def code_in(out: str) -> str:
    return next(word for word in out.split() if word.count("-") == 3)


def test_flags_alone_open_a_store(monkeypatch: pytest.MonkeyPatch, playbooks: list[str]) -> None:
    monkeypatch.setenv("MANAGER_PASSWORD", PASSWORD)
    staff = ("--staff", f"Ana:{ANAS_PIN}", "--staff", f"Ben: {BENS_PIN}")
    out, err = run("--no-input", *staff, "--playbook", "home_furnishing_nine", "--cutoff", "05:30")
    assert err == ""
    store = Store.objects.get()
    assert (store.name, store.cutoff_minutes) == ("New York", 330)
    assert set(Staff.objects.values_list("display_name", flat=True)) == {"Maria", "Ana", "Ben"}
    assert playbooks == ["home_furnishing_nine"]
    assert "New York of Hartwell & Finch is open." in out
    assert "Ana, Ben sign in on the tablet" in out
    assert "maria@hartwell.example" in out
    for secret in (PASSWORD, ANAS_PIN, BENS_PIN):
        assert secret not in out
    assert ApiClient().post("/devices/enrol", {"code": code_in(out)}).status_code == 200


def test_questions_ask_for_all_that_is_missing(monkeypatch: pytest.MonkeyPatch, playbooks: list[str]) -> None:
    asked = types(
        monkeypatch,
        [
            *(" Hartwell & Finch ", "en", "USD", "New York", "America/New_York", "US"),
            *("maria@hartwell.example", "Maria", PASSWORD, "Ana", ANAS_PIN, "Ben", BENS_PIN, ""),
        ],
    )
    out, err = run(flags={})
    assert err == ""
    assert Organization.objects.get().brand == "Hartwell & Finch"
    assert playbooks == ["jewellery_eight"]
    assert ApiClient().post("/devices/enrol", {"code": code_in(out)}).status_code == 200
    hidden = [question for kind, question in asked if kind == "getpass"]
    assert [question.split()[0:2] for question in hidden] == [
        ["Manager's", "password"],
        ["A", "six-digit"],
        ["A", "six-digit"],
    ]
    for secret in (PASSWORD, ANAS_PIN, BENS_PIN):
        assert secret not in out


def test_a_bad_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    types(
        monkeypatch,
        [
            *("", "Hartwell & Finch", "english", "en", "dollars", "USD", "New York", "EST5", "America/New_York"),
            *("USA", "US", "maria", "maria@hartwell.example", "", "Maria", "short", PASSWORD),
            *("x" * 41, "Ana", "123456", "12", ANAS_PIN, ""),
        ],
    )
    _, err = run(flags={})
    for words in ("Please give a name", "one of: en, zh", "no currency", "no time zone", "no country"):
        assert words in err
    for words in ("not an e-mail", "15 characters", "40 characters", "too easy", "6 digits"):
        assert words in err
    assert Store.objects.count() == 1


def test_only_what_the_flags_leave_out_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = types(monkeypatch, [PASSWORD])
    run("--staff", f"Ana:{ANAS_PIN}")
    assert [kind for kind, _ in asked] == ["getpass"]


@pytest.mark.parametrize("missing", FLAGS)
def test_without_input_a_missing_flag_is_an_error(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv("MANAGER_PASSWORD", PASSWORD)
    left = {name: value for name, value in FLAGS.items() if name != missing}
    assert fails("--no-input", flags=left) == f"Nothing was made: {missing} is missing."


def test_without_input_a_missing_password_is_an_error() -> None:
    assert "--manager-password is missing" in fails("--no-input")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--zone", "Mars/Olympus"], "zone: There is no time zone called 'Mars/Olympus'"),
        (["--manager-password", "short"], "manager password: "),
        (["--staff", "Ana"], "staff 1: Please give a name."),
        (["--staff", "Ana:1234"], "staff 1 Ana: A PIN has exactly 6 digits."),
        (["--playbook", "nonsense"], "playbook: There is no playbook called nonsense."),
        (["--cutoff", "4am"], "cutoff: "),
        (["--cutoff", "24:00"], "cutoff: "),
        (["--cutoff", "04:60"], "cutoff: "),
    ],
)
def test_a_bad_flag_is_named_and_nothing_is_made(extra: list[str], words: str) -> None:
    message = fails("--no-input", *([] if "--manager-password" in extra else ["--manager-password", PASSWORD]), *extra)
    assert message.startswith("Nothing was made, because of:")
    assert words in message


def test_a_brand_that_is_there_gets_another_store() -> None:
    run("--no-input", "--manager-password", PASSWORD)
    london = {"--brand": "Hartwell & Finch", "--store": "London", "--zone": "Europe/London", "--country": "GB"}
    out, _ = run("--no-input", "--currency", "GBP", flags={**london, "--manager-email": "Maria@hartwell.example"})
    assert "this will be another store of it" in out
    assert Organization.objects.count() == 1
    assert set(Staff.objects.get().roles.values_list("store__name", flat=True)) == {"New York", "London"}
    assert Store.objects.get(name="London").currency == "GBP"


def test_two_brands_of_one_name_are_not_guessed_between() -> None:
    for _ in range(2):
        Organization.objects.create(name="x", brand="Hartwell & Finch", currency="USD")
    with pytest.raises(CommandError, match="several organisations"):
        run("--no-input", "--manager-password", PASSWORD)


def test_walking_away_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, ["Hartwell & Finch", "en"])
    assert fails(flags={}) == "Stopped. Nothing was made."
