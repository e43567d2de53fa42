"""What crm asks of the apps above it."""

import pytest
from django.core.checks import run_checks

from crm import ports


def test_an_empty_port_fails_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "store_opened", [])
    assert [found.id for found in run_checks() if found.id == "crm.E001"] == ["crm.E001"]
    monkeypatch.setattr(ports, "store_opened", [lambda store, playbook: None])
    assert not [found for found in run_checks() if found.id == "crm.E001"]
