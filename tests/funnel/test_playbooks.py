"""Playbooks as files: what is shipped, what is refused, and that a version which visits point at never changes."""

import copy
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.models import Store
from funnel import playbooks
from funnel.models import Playbook, PlaybookVersion, Stage

JEWELLERY = ("greeting", "icebreaking", "needs", "value", "proof", "closing", "send_off", "departure_text")
FURNITURE = ("welcome", "accompany", "ask", "guide", "seat", "draw", "estimate", "keep", "send", "departure_text")


def run(*files: Path) -> str:
    out = StringIO()
    call_command("load_playbooks", *map(str, files), stdout=out)
    return out.getvalue()


def stages() -> list[tuple[Any, ...]]:
    rows = Stage.objects.order_by("version__playbook__key", "version__number", "position")
    return list(rows.values_list("version__playbook__key", "version__number", "key", "role", "title", "prompt"))


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Writes the shipped jewellery playbook, changed by a function, as a file of one's own."""

    def written(change: Callable[[Any], Any]) -> Path:
        [data] = [each for each in playbooks.shipped() if each["key"] == "jewellery_eight"]
        changed = copy.deepcopy(data)
        answer = change(changed)
        path = tmp_path / "own.json"
        path.write_text(json.dumps(changed if answer is None else answer), encoding="utf-8")
        return path

    return written


def test_two_are_shipped_with_their_steps_in_order_and_all_words_in_both_languages(db: None) -> None:
    assert run() == "home_furnishing_nine@2: loaded\njewellery_eight@1: loaded\n"
    for key, expected in (("jewellery_eight", JEWELLERY), ("home_furnishing_nine", FURNITURE)):
        rows = list(Stage.objects.filter(version__playbook__key=key).order_by("position"))
        assert tuple(row.key for row in rows) == expected
        assert [row.role for row in rows] == ["progress"] * (len(rows) - 2) + ["always", "automatic"]
        assert all(row.target_seconds for row in rows)
        for row in rows:
            # One sentence to say, and something to tick wherever a person is at work.
            assert row.prompt["en"] and row.prompt["zh"]
            assert row.items.exists() == (row.role != "automatic")
            assert not [item for item in row.items.all() if not (item.title["en"] and item.title["zh"])]


def test_a_version_that_is_there_is_left_as_it_is(db: None, own: Callable[..., Path]) -> None:
    run()
    before = stages()
    again = own(lambda data: data["stages"][0]["title"].update(en="Changed"))
    assert run(again) == "jewellery_eight@1: already there\n"
    assert stages() == before


def test_a_new_version_stands_beside_the_old_and_new_visits_follow_it(
    new_york: Store, own: Callable[..., Path]
) -> None:
    run()
    before = stages()
    playbooks.follow(store_id=new_york.id, key="jewellery_eight")

    def newer(data: Any) -> None:
        data["version"] = 2
        data["stages"][0]["title"]["en"] = "Hello"

    assert run(own(newer)) == "jewellery_eight@2: loaded\n"
    assert [row for row in stages() if row[:2] != ("jewellery_eight", 2)] == before
    assert playbooks.follow(store_id=new_york.id, key="jewellery_eight").version.number == 2
    assert playbooks.shape_of("jewellery_eight@1").pk != playbooks.shape_of("jewellery_eight@2").pk


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data["stages"].append(data["stages"][0]), "stage ['greeting'] stands there twice"),
        (lambda data: data["stages"][0]["items"].append(data["stages"][1]["items"][0]), "stands there twice"),
        (lambda data: data["stages"].clear(), "1 to 30 stages, not 0"),
        (lambda data: [stage.update(role="always") for stage in data["stages"]] and None, "of the role 'progress'"),
        (lambda data: data["stages"][0].update(role="progess"), "greeting has the role 'progess'; there are progress"),
        (lambda data: data["stages"][0]["prompt"].pop("zh"), "lacks ['zh']"),
        (lambda data: data["stages"][0].pop("prompt"), "lacks 'prompt'"),
        (lambda data: data["stages"][0].update(target_seconds="long"), "greeting has no target in whole seconds"),
        (lambda data: data.pop("needs"), "lacks 'needs'"),
        (lambda data: data.update(version="one"), "a number from 1, not 'one'"),
        (lambda data: data.update(stages=7), "this is no playbook"),
        (lambda data: [], "this is no playbook"),
    ],
)
def test_a_file_that_breaks_a_rule_says_which_and_loads_nothing(
    db: None, own: Callable[..., Path], change: Callable[[Any], Any], words: str
) -> None:
    def spoil(data: Any) -> Any:
        answer = change(data)
        # Only the last of them is another file altogether.
        return answer if answer == [] else None

    with pytest.raises(CommandError) as refused:
        run(own(spoil))
    assert words in str(refused.value)
    assert not Playbook.objects.exists() and not PlaybookVersion.objects.exists()


def test_a_file_that_is_not_json_or_not_there_is_named(db: None, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for path in (tmp_path / "broken.json", tmp_path / "none.json"):
        with pytest.raises(CommandError, match="The file cannot be read"):
            run(path)
