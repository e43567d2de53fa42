"""The page that says which test proves what (docs/promise.md) names tests that there are."""

import re

import pytest
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "promise.md").read_text(encoding="utf-8")
ROWS = [line.rstrip(" |").rpartition("|")[2] for line in PAGE.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("proof", ROWS)
def test_every_row_names_a_test_that_there_is(proof: str) -> None:
    files = re.findall(r"`([\w/]+\.py)`", proof)
    code = "".join((settings.BASE_DIR / "tests" / file).read_text(encoding="utf-8") for file in files)
    assert code
    for name in re.findall(r"`(Test\w+)`", proof):
        assert f"class {name}" in code
