"""What crm asks of the apps above it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks

from config.checks import WITHOUT_PAGES
from crm import ports


@pytest.mark.parametrize(
    ("port", "check", "listener"),
    [
        ("store_opened", "crm.E001", lambda store, playbook: None),
        ("people_erased", "crm.E002", lambda customers: None),
        ("staff_came_or_went", "crm.E003", lambda staff: None),
    ],
)
def test_an_empty_port_fails_the_checks(
    monkeypatch: pytest.MonkeyPatch, port: str, check: str, listener: Callable[..., Any]
) -> None:
    monkeypatch.setattr(ports, port, [])
    assert [found.id for found in run_checks() if found.id == check] == [check]
    # Nor does a worker start, which leaves out the checks of pages.
    assert [found.id for found in run_checks(tags=WITHOUT_PAGES) if found.id == check] == [check]
    monkeypatch.setattr(ports, port, [listener])
    assert not [found for found in run_checks() if found.id == check]
