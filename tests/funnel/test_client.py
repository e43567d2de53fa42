"""The client's pure parts, run by Node beside the server's rules that they repeat."""

import itertools
import json
import random
import subprocess
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest

from config.client_build import NODE
from crm.contract import Language
from crm.models import Organization
from messaging import wording
from messaging.contract.purposes import DEPARTURE_PURPOSES
from messaging.wording import Rendered, Values, render
from messaging.wording.composing import signed
from messaging.wording.shipped import shipped, shipped_text
from tests.tools import tablet_with_tools

NODE_SECONDS: Final = 60
# Everything that a name may be made of and that a rule looks at: links, markup, numbers, accents, joiners, and signs
# that another alphabet, another segment size or another reading direction begins with.
NAMES: Final = (
    *("", " ", "Emma", "王女士", "Ms  Rivera", "O\u2019Neill", "Zoe\u0308", "x" * 60, "王" * 60),
    *("e\u0301\u0302" * 30, "http://evil.example", "see evil.com", "evil。com", "a@b", "<b>", "{brand}"),
    *("{name|x}", "&amp;", "&#8203;", "$&", "415 555 0100", "٤١٥٥٥٥٠١٠٠", "www", "陈www陈", "www.x"),
    *("a\u202eb", "\ufeffAna", "two\nlines", "a\x1fb", "...", "٣", "👩\u200d👩\u200d👧" * 14, "क्\u200dष" * 15),
    *("😀", "Ⅷ", "²", "ﬁ", "Ｗｗｗ", "ｗｗｗ", "\u00ad", "no_one", "€" * 40),
)
PIECES: Final = [*(c for name in NAMES for c in name), *"ab ,.!", "\u200c", "\u0301", "\u3000", "\u2028", "\x00"]
BRANDS: Final = ("Hartwell & Finch", "木有家居", "Larkspur Inc.", "Ever So Long, Makers of Everything & Co")


def node(*arguments: str, given: str = "") -> str:
    ran = subprocess.run(
        [NODE, *arguments],
        cwd=tablet_with_tools(),
        input=given,
        capture_output=True,
        text=True,
        timeout=NODE_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_clients_own_tests_pass() -> None:
    files = sorted(str(path.relative_to(tablet_with_tools())) for path in tablet_with_tools().glob("tests/*.test.ts"))
    assert files
    told = node("--test", "--test-reporter=tap", *files)
    # A test that is left out passes for Node.
    for word in ("skipped", "todo", "cancelled"):
        assert f"# {word} 0" in told, told


@pytest.mark.only_on("sqlite")
@pytest.mark.django_db
def test_a_preview_is_the_text_to_the_letter(jeweller: Organization) -> None:
    wording.load_default_templates(jeweller)
    previews = {(t["purpose"], t["language"]): t["body"] for t in wording.texts_for(organization_id=jeweller.pk)}
    pairs = [
        (shipped_text(purpose=purpose, language=language), previews[purpose, language], language)
        for purpose, language in itertools.product(DEPARTURE_PURPOSES, get_args(Language))
    ]
    # A brand that is not named, a sentence that has ended, and a text so long that names must go.
    pairs += [
        (body, signed(template=body, language=language), language)
        for language in get_args(Language)
        for body in ("Thank you, {name}", "{associate} of {store}!", "{name|} " + "x" * 140, "字" * 170 + "{name|您}")
    ]
    table, expected = [], []
    for (template, preview, language), values, country in _cases(pairs):
        table.append(_asked(preview, language, values, country))
        expected.append(render(template=template, language=language, values=values, country=country))
    found = json.loads(
        node("tests/compose.ts", given=json.dumps({"rules": wording.rules_for_tablets(), "table": table}))
    )

    assert len(found) == len(expected) > 2000
    assert {text.segments for text in expected} >= {1, 2, 3}
    different = [
        (asked, want.body, got["body"])
        for asked, want, got in zip(table, expected, found, strict=True)
        if Rendered(**got) != want
    ]
    assert different == []


def _cases(pairs: list[tuple[str, str, Language]]) -> Iterator[tuple[tuple[str, str, Language], Values, str]]:
    dice = random.Random(20)
    made_up = ["".join(dice.choices(PIECES, k=dice.randrange(1, 50))) for _ in range(150)]
    # Every country has the same words but those of a table; one that is not in it stands for all the others.
    countries = [*shipped()["opt_out_by_country"], "US", "HK", ""]
    for pair, name in itertools.product(pairs, [*NAMES, *made_up]):
        brand, associate = dice.choice(BRANDS), dice.choice([*NAMES, "Ana", "小林"])
        yield pair, Values(brand=brand, store="New York", name=name, associate=associate), dice.choice(countries)


def _asked(body: str, language: Language, values: Values, country: str) -> dict[str, Any]:
    fields = {"name": values.name, "associate": values.associate, "brand": values.brand, "store": values.store}
    return {"body": body, "language": language, "fields": fields, "country": country}
