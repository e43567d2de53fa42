"""Every state of a text against everything that can be done to it."""

import pytest

from crm.models import Store
from messaging.contract.states import STATES
from messaging.models import Attempt, Message, MessageLog
from tests.faults import invariants
from tests.messaging.arrows.scenes import Texts
from tests.messaging.arrows.table import TABLE
from tests.messaging.arrows.texts import Text, every_text
from tests.messaging.arrows.verbs import VERBS
from tests.undoing import undone


def test_each_cell_of_the_table_is_as_it_says(new_york: Store, subtests: pytest.Subtests) -> None:
    """The texts are of as many customers, so each verb goes through all of them at once."""
    texts = every_text(new_york)
    assert {text.now.state for text in texts.values()} == set(STATES)
    assert all(name.startswith(text.now.state) for name, text in texts.items())
    assert TABLE.keys() == VERBS.keys()
    told_before = MessageLog.objects.latest("id").pk
    for verb, do in VERBS.items():
        with subtests.test(verb=verb), undone():
            row = written(verb, texts)
            answers = do({name: texts[name] for name in row}) or {}
            now = Message.objects.in_bulk([text.planned.pk for text in texts.values()])
            found = {name: outcome(text, now[text.planned.pk], answers.get(name)) for name, text in texts.items()}
            wanted = dict.fromkeys(texts, "stays") | row
            assert {name: said for name, said in found.items() if said != wanted[name]} == {}
            invariants.never_along_another_arrow(MessageLog.objects.filter(pk__gt=told_before))
            invariants.never_without_a_reason(now.values())
            invariants.never_forgotten(now.values(), Attempt.objects.all())


def outcome(text: Text, now: Message, answer: str | None) -> str:
    """In the table's words; what was refused must have changed nothing."""
    state = "stays" if now.version == text.now.version else now.state
    if not answer:
        return state
    return answer if state == "stays" and answer not in STATES else f"{state} + {answer}"


def written(verb: str, texts: Texts) -> dict[str, str]:
    """What the table says of each text, once; before a guard, of each that the verb moves without it."""
    row = [(name, said) for said, names in TABLE[verb].items() for name in names.split()]
    plain = verb.partition(", but")[0]
    asked = [*texts] if plain == verb else [name for name, said in written(plain, texts).items() if is_moved(said)]
    assert sorted(name for name, _ in row) == sorted(asked)
    return dict(row)


def is_moved(said: str) -> bool:
    return said.partition(" ")[0] in STATES
