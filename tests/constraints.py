"""Every rule of the database itself, each broken once by a direct write: nothing of ours may stand before it.

An app's table names for each model its rules: the constraints by name, the columns that are unique by themselves by
theirs. A rule without a case fails the test, and so does a case without a rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, TypeAlias, TypeVar

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

# What is written over a good row, in every way that breaks the rule.
Breaks = Sequence[Mapping[str, Any]]
# What two good rows have in common first, so that a rule about some rows alone holds for both.
Same = Mapping[str, Any]
Rules = Mapping[type[models.Model], Mapping[str, Breaks | Same]]
Pairs = Mapping[type[models.Model], tuple[models.Model, models.Model]]
Row = TypeVar("Row", bound=models.Model)
Rule: TypeAlias = "models.BaseConstraint | models.Field[Any, Any]"

_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def two(make: Callable[[int], Row]) -> tuple[Row, Row]:
    """Two rows that differ by their number, where they must."""
    return make(0), make(1)


def hold(
    app: str, rules: Rules, pairs: Pairs, subtests: pytest.Subtests, *, implied: Mapping[str, str] | None = None
) -> None:
    """Breaks each rule of an app's tables; `pairs` has two good rows, unlike in all that is unique.

    The second row may be still to write. A rule that is `implied` by another cannot be broken alone: which of the two
    then speaks is the database's choice.
    """
    for model in apps.get_app_config(app).get_models():
        known = dict(_rules_of(model))
        with subtests.test(model=model.__name__):
            assert set(rules.get(model, {})) == set(known)
        for name, case in rules.get(model, {}).items():
            for breaks in _writes(known[name], case, pairs[model]):
                with subtests.test(rule=name, breaks=list(breaks)):
                    said = _refusal(case, breaks, pairs[model])
                    # By this very rule: another one that happens to stand in the way proves nothing of it.
                    names = [name, *filter(None, [(implied or {}).get(name)])]
                    assert re.search(_words(known[name], pairs[model][1], names), said)


def refuse_changes(app: str, triggers: Mapping[str, tuple[models.Model, Breaks]], subtests: pytest.Subtests) -> None:
    """Changes what must never change, in a column at a time; a trigger without a case fails."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        there = {name for (name,) in cursor.fetchall() if name.startswith(f"{app}_")}
    assert there == set(triggers)
    for name, (row, changes) in triggers.items():
        for change in changes:
            refused = pytest.raises(IntegrityError, match="never changes")
            with subtests.test(trigger=name, change=list(change)), refused, transaction.atomic():
                _rows(row).update(**change)


def _rules_of(model: type[models.Model]) -> Iterator[tuple[str, Rule]]:
    yield from ((constraint.name, constraint) for constraint in model._meta.constraints)
    for column in model._meta.concrete_fields:
        if column.unique and not column.primary_key:
            yield column.name, column


def _writes(rule: Rule, case: Breaks | Same, pair: tuple[models.Model, models.Model]) -> Breaks:
    if isinstance(rule, models.CheckConstraint):
        assert not isinstance(case, Mapping)
        return case
    first, _ = pair
    return [{name: getattr(first, name) for name in _columns(rule)}]


def _refusal(case: Breaks | Same, breaks: Mapping[str, Any], pair: tuple[models.Model, models.Model]) -> str:
    with transaction.atomic():
        if isinstance(case, Mapping) and case:
            _rows(*pair).update(**case)
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            _write(pair[1], breaks)
        transaction.set_rollback(True)
    return str(refused.value)


def _words(rule: Rule, row: models.Model, names: Sequence[str]) -> str:
    """How the database names a rule when it refuses."""
    by_name = rf"\b({'|'.join(names)})\b"
    if isinstance(rule, models.CheckConstraint):
        return by_name
    named = [row._meta.get_field(name) for name in _columns(rule)]
    columns = [str(getattr(each, "column", "")) for each in named]
    if connection.vendor == "sqlite":
        table = row._meta.db_table
        return f"^UNIQUE constraint failed: {', '.join(f'{table}.{column}' for column in columns)}$"
    return by_name if isinstance(rule, models.UniqueConstraint) else rf"\({', '.join(columns)}\)="


def _columns(rule: Rule) -> Sequence[str]:
    return rule.fields if isinstance(rule, models.UniqueConstraint) else [str(getattr(rule, "name", ""))]


def _write(row: models.Model, breaks: Mapping[str, Any]) -> None:
    """Over a row that is there, or else as a new one."""
    if not row._state.adding:
        _rows(row).update(**breaks)
        return
    new = copy(row)
    for name, value in breaks.items():
        setattr(new, name, value)
    type(row)._base_manager.bulk_create([new])


def _rows(*rows: models.Model) -> models.QuerySet[models.Model]:
    """Straight to the table: no verb, no `save` of ours."""
    return type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows])
