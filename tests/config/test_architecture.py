"""Who may import whom, held over the syntax tree: config → funnel → messaging → crm, and models ← topics ← edges."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# Each may import itself and those before it.
APPS = ("crm", "messaging", "funnel", "config")
EDGES = {"api", "tasks", "webhooks", "views", "admin", "management", "doors", "schemas", "urls", "apps"}
# A request, a task or a command calls the rules; the rules know of none of them.
FOR_EDGES_ONLY = {"ninja", "huey"}
BELOW_MODELS = {"models", "contract", "ids"}
# Each vendor's client is known to one module.
DOORS = {
    "twilio": "messaging/providers/twilio.py",
    "alibabacloud_dysmsapi20170525": "messaging/providers/aliyun.py",
    "alibabacloud_tea_openapi": "messaging/providers/aliyun.py",
    "darabonba": "messaging/providers/aliyun.py",
}


def faults(path: str, source: str) -> Iterator[str]:
    """What a file, named from the root, imports against the rules."""
    app, *inside = Path(path).with_suffix("").parts
    for name in imported(path, source):
        top, *rest = name.split(".")
        if path != DOORS.get(top, path):
            yield f"{path} imports {name}: only {DOORS[top]} speaks to it"
        if top in APPS and APPS.index(top) > APPS.index(app):
            yield f"{path} imports {name}, which stands above it"
        if app == "config" or EDGES & set(inside):
            continue
        if top in FOR_EDGES_ONLY or (top in APPS and EDGES & set(rest)):
            yield f"{path} imports {name}, and is no edge"
        if inside[0] == "models" and top == app and rest and rest[0] not in BELOW_MODELS:
            yield f"{path} imports {name}: models know no rules"


def imported(path: str, source: str) -> Iterator[str]:
    """Every module a file imports, inside functions as well; of `from a import b` both a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(Path(path).parts[: -node.level]) if node.level else ""
            module = ".".join(part for part in (package, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_imports_point_one_way() -> None:
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "node_modules" not in file.parts]
    assert len(files) > 40
    found = [fault for file in files for fault in faults(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crm/people.py", "import messaging.models"),
        ("crm/people.py", "def f():\n    from funnel import fold"),
        ("crm/api.py", "from messaging.contract import State"),
        ("messaging/sending/gate.py", "from funnel.models import Visit"),
        ("funnel/views.py", "from config import errors"),
        ("funnel/capture.py", "from crm import doors"),
        ("funnel/capture.py", "from crm.schemas import In"),
        ("funnel/reports/overview.py", "from funnel.reports import api"),
        ("funnel/reports/overview.py", "from .api import router"),
        ("messaging/planning.py", "from messaging.tasks import tick"),
        ("messaging/planning.py", "from huey.contrib.djhuey import task"),
        ("funnel/fold.py", "import ninja"),
        ("funnel/models.py", "from funnel.fold import fold"),
        ("crm/models/people.py", "from crm.numbers import read_number"),
        ("messaging/sending.py", "from twilio.rest import Client"),
        ("config/health.py", "import twilio"),
        ("messaging/sending.py", "from darabonba.core import DaraCore"),
    ],
)
def test_an_import_the_wrong_way_is_seen(path: str, source: str) -> None:
    assert len(list(faults(path, source))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("config/urls.py", "from funnel import views\nfrom ninja import NinjaAPI"),
        ("funnel/api.py", "from ninja import Router\nfrom crm import doors\nfrom funnel import capture"),
        ("funnel/reports/api.py", "from crm.schemas import Out\nfrom funnel.reports import overview"),
        ("messaging/tasks.py", "from huey.contrib.djhuey import task"),
        ("messaging/providers/twilio.py", "from twilio.rest import Client"),
        ("funnel/management/commands/load_playbooks.py", "from funnel import playbooks"),
        ("crm/models/people.py", "from crm.models.shops import Store\nfrom crm.contract import LANGUAGES"),
        ("funnel/capture.py", "from messaging.planning import settle\nfrom crm.models import Device"),
    ],
)
def test_an_import_the_right_way_is_not_held_up(path: str, source: str) -> None:
    assert list(faults(path, source)) == []
