"""The page that says which test proves what (docs/promise.md) names tests that there are."""

import re

import pytest
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "promise.md").read_text(encoding="utf-8")
ROWS = [line.rstrip(" |").rpartition("|")[2] for line in PAGE.splitlines() if line.startswith("| ")][1:]
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# Which database a mark names, and the test right below it, if it is of one and not of the whole file.
ONE_DATABASE = re.compile(r'pytest\.mark\.only_on\("(\w+)"\)(?:\n *@.*)*(?:\n *def (test_\w+))?')


@pytest.mark.parametrize("proof", ROWS)
def test_every_row_names_a_test_that_there_is(proof: str) -> None:
    files = re.findall(r"`([\w/]+\.py)`", proof)
    code = "".join(map(code_of, files))
    assert code
    for name in re.findall(r"`(Test\w+)`", proof):
        assert f"class {name}" in code


@pytest.mark.parametrize("proof", ROWS)
def test_the_words_behind_a_file_are_those_of_one_test_in_it(proof: str) -> None:
    for file, words in behind_files(proof):
        names = re.findall(r"def (test_\w+)\(", code_of(file))
        for phrase in words:
            found = [name for name in names if phrase.replace(" ", "_") in name]
            assert len(found) == 1, f"{file} has {len(found)} tests of {phrase!r}: {found}"


@pytest.mark.parametrize("proof", ROWS)
def test_what_runs_on_one_database_alone_says_so(proof: str) -> None:
    alone = {
        database
        for file, words in behind_files(proof)
        for database, name in ONE_DATABASE.findall(code_of(file))
        # A mark of the whole file is of every test in it.
        if not name or any(phrase.replace(" ", "_") in name for phrase in words)
    }
    said = {database for database in NAMES if f"({NAMES[database]} alone)" in proof}
    assert said == alone


def behind_files(proof: str) -> list[tuple[str, list[str]]]:
    """Each file of a proof with the phrases that follow it, without the classes among them."""
    named = re.findall(r"`([\w/]+\.py)`((?:(?!`[\w/]+\.py`)[^;(])*)", proof)
    return [
        (file, [word for each in words.split(",") if (word := each.strip(" |")) and "`" not in word])
        for file, words in named
    ]


def code_of(file: str) -> str:
    return (settings.BASE_DIR / "tests" / file).read_text(encoding="utf-8")
