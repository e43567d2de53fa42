"""The client is built when its sources changed, never half, and from the server's own contract."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config import client_build, client_contract
from config.client_build import ClientBuildError
from crm import doors

LOCK = client_build.TABLET / "package-lock.json"
# What the tests with a client of one file leave out.
WRITE_CONTRACT = client_build.write_contract


@pytest.fixture
def tablet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client of one source file, whose tools are played by a few lines of Python."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("first")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(client_build, "TABLET", tmp_path)
    monkeypatch.setattr(client_build, "DIST", tmp_path / "dist")
    monkeypatch.setattr(client_build, "write_contract", lambda: None)
    monkeypatch.setattr(client_build, "write_api_types", lambda: None)
    monkeypatch.setattr(client_build, "_run", play(tmp_path))
    return tmp_path


def play(tablet: Path, *, fails: str = "") -> Callable[[list[str]], None]:
    """Stands in for node: "vite build" copies the source, and a command named `fails` fails."""

    def run(command: list[str]) -> None:
        if fails and any(fails in part for part in command):
            raise ClientBuildError(f"{fails} failed")
        if "build" in command:
            out = Path(command[command.index("--outDir") + 1])
            (out / "app-assets").mkdir(parents=True, exist_ok=True)
            source = (tablet / "src" / "main.tsx").read_text()
            (out / "index.html").write_text(source)
            (out / "app-assets" / f"{source}.js").write_text(source)

    return run


def built() -> list[str]:
    """Build, and return what was said."""
    said: list[str] = []
    client_build.build(said.append)
    return said


def test_it_builds_once_and_again_only_after_a_change(tablet: Path) -> None:
    assert built()[-1] == "client built"
    assert (tablet / "dist" / "static" / "app-assets").is_dir()
    assert built() == ["client up to date"]
    (tablet / "src" / "main.tsx").write_text("second")
    assert built()[-1] == "client built"
    assert (tablet / "dist" / "index.html").read_text() == "second"


def test_the_files_of_the_build_before_stay_a_week_for_whoever_began_with_them(tablet: Path) -> None:
    assets = tablet / "dist" / "static" / "app-assets"
    for source in ("first", "second", "third"):
        (tablet / "src" / "main.tsx").write_text(source)
        built()
        if source == "first":
            eight_days_ago = time.time() - 8 * 24 * 60 * 60
            os.utime(assets / "first.js", (eight_days_ago, eight_days_ago))
    assert sorted(path.name for path in assets.iterdir()) == ["second.js", "third.js"]


@pytest.mark.parametrize("step", ["vite.js", "whitenoise.compress"])
def test_a_failed_step_leaves_the_old_client_and_is_tried_again(
    tablet: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    built()
    (tablet / "src" / "main.tsx").write_text("second")
    monkeypatch.setattr(client_build, "_run", play(tablet, fails=step))
    with pytest.raises(ClientBuildError, match=step):
        built()
    assert (tablet / "dist" / "index.html").read_text() == "first"
    monkeypatch.setattr(client_build, "_run", play(tablet))
    assert built()[-1] == "client built"


def test_wrong_types_fail_the_check_and_not_the_build(tablet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("build_client", "--check")
    assert not (tablet / "dist").exists()
    monkeypatch.setattr(client_build, "_run", play(tablet, fails="tsc"))
    with pytest.raises(CommandError, match="tsc failed"):
        call_command("build_client", "--check")
    assert built()[-1] == "client built"


def test_the_types_of_the_api_are_made_anew_when_the_servers_code_or_what_was_made_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, generated = tmp_path / "api.py", tmp_path / "generated"
    server.write_text("first")
    generated.mkdir()
    (tmp_path / "node_modules").mkdir()
    described: list[str] = []

    def tool(script: str, source: str, *rest: str) -> None:
        described.append(Path(source).read_text())
        (generated / "api.d.ts").write_text("types")

    def as_built() -> str:
        return f"{server.read_text()} {len(described)}"

    monkeypatch.setattr(client_build, "TABLET", tmp_path)
    monkeypatch.setattr(client_build, "GENERATED", generated)
    monkeypatch.setattr(client_build, "_server_files", lambda: [server])
    monkeypatch.setattr(client_build, "_tool", tool)
    monkeypatch.setattr(client_build, "api_as_built", as_built)
    for _ in range(2):
        client_build.write_api_types()
    assert described == ["first 0"]
    server.write_text("second")
    for _ in range(2):
        client_build.write_api_types()
    assert described == ["first 0", "second 1"]
    (generated / "api.d.ts").unlink()
    client_build.write_api_types()
    assert described == ["first 0", "second 1", "second 2"]


def test_the_contract_is_made_anew_when_it_was_lost_and_types_alone_build_nothing(
    tablet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated = tablet / "src" / "generated"
    monkeypatch.setattr(client_build, "GENERATED", generated)
    monkeypatch.setattr(client_build, "write_contract", WRITE_CONTRACT)
    assert built()[-1] == "client built"
    assert "Language" in (generated / "crm.ts").read_text()
    (generated / "crm.ts").unlink()
    (generated / "api.d.ts").write_text("types")
    assert built() == ["client up to date"]
    assert "Language" in (generated / "crm.ts").read_text()


def test_what_checks_and_tests_need_is_installed_only_for_them(tablet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[bool] = []

    def run(command: list[str]) -> None:
        if "ci" in command:
            installed.append("--omit=dev" not in command)
        play(tablet)(command)

    monkeypatch.setattr(client_build, "_run", run)
    built()
    built()
    assert installed == [False]
    call_command("build_client", "--check")
    client_build.build(lambda text: None, tools=True)
    built()
    assert installed == [False, True]
    (tablet / "package-lock.json").write_text('{"changed": true}')
    built()
    assert installed == [False, True, False]


def test_the_servers_code_is_looked_at_and_not_the_client_beside_it() -> None:
    files = {path.relative_to(settings.BASE_DIR).as_posix() for path in client_build._server_files()}
    assert {"requirements/run.txt", "crm/contract.py", "funnel/api.py", "messaging/contract/reasons.py"} <= files
    assert not [name for name in files if "tablet/" in name or "__pycache__" in name]


def test_when_npm_fails_the_command_names_what_helps_behind_a_proxy(
    tablet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_build, "_run", play(tablet, fails="npm-cli.js"))
    with pytest.raises(CommandError, match="NODE_EXTRA_CA_CERTS"):
        call_command("build_client")
    assert not (tablet / "node_modules" / ".stamp").exists()


def test_the_whole_environment_reaches_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(tmp_path / "authority.pem"))
    client_build._run([client_build.NODE, "-e", "process.exit(process.env.NODE_EXTRA_CA_CERTS ? 0 : 1)"])


def test_the_lock_names_no_registry() -> None:
    """An address would bind every machine to the registry of the one that wrote the lock."""
    packages = json.loads(LOCK.read_text())["packages"].values()
    assert len(packages) > 20
    assert [package for package in packages if "resolved" in package] == []


def test_the_contract_carries_each_kind_of_definition() -> None:
    files = client_contract.contract_files()
    assert 'export type Language = "en" | "zh";' in files["crm.ts"]
    assert 'export const LANGUAGES = ["en", "zh"] as const;' in files["crm.ts"]
    assert '"no_consent": {"en": ' in files["messaging_reasons.ts"]
    assert "export * from './messaging_reasons';" in files["messaging.ts"]
    assert 'export type StageEntered = { "stage": string };' in files["funnel.ts"]
    assert '  "item.ticked": { "item": string; "on": boolean };' in files["funnel.ts"]
    assert '  "visit.departed": Record<string, never>;' in files["funnel.ts"]
    assert "export * as funnel from './funnel';" in files["contract.ts"]
    assert '"manage"' in files["paths.ts"]


def test_the_contract_leaves_out_what_a_module_only_imports() -> None:
    files = client_contract.contract_files()
    assert [name for name, source in files.items() if "type Language " in source] == ["crm.ts"]


def test_the_same_contract_always_gives_the_same_files() -> None:
    assert client_contract.contract_files() == client_contract.contract_files()
    assert client_contract._literal({"b", "a"}) == '["a", "b"]'


def test_the_client_is_the_same_however_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    over_http = client_build.api_as_built()
    monkeypatch.setitem(doors.device_door.openapi_security_schema, "name", f"__Host-{settings.DEVICE_COOKIE}")
    assert client_build.api_as_built() == over_http
    assert settings.DEVICE_COOKIE in over_http
