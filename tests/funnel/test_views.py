"""The tablet's pages: one shell for every path of the app, and a plain sentence where the client was never built."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel import client
from tests.http import PageClient


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built client, made of its names."""
    for name in ("index.html", "demo.html", "phone.html", "sw.js", "manifest.webmanifest"):
        (tmp_path / name).write_text(f"this is {name}")
    monkeypatch.setattr(client, "DIST", tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/floor", "/visits", "/visits/0192-abc", "/follow-ups/", "/day", "/manage"])
def test_every_path_of_the_app_answers_with_its_shell(dist: Path, path: str) -> None:
    answer = PageClient().get(path)
    assert answer.content == b"this is index.html"
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    # The shell names files by their hash: an old one kept would ask for files that are gone.
    assert answer["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/floors", "/managers/1", "/index.html", "/visit", "/nothing/here"])
def test_no_other_path_does(dist: Path, path: str) -> None:
    assert PageClient().get(path).status_code == 404


def test_the_service_worker_may_look_after_the_whole_site(dist: Path) -> None:
    answer = PageClient().get("/sw.js")
    assert answer.content == b"this is sw.js"
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"


def test_the_manifest_has_its_own_type(dist: Path) -> None:
    assert PageClient().get("/manifest.webmanifest")["Content-Type"] == "application/manifest+json"


@pytest.mark.parametrize("path", ["/", "/manage", "/sw.js", "/manifest.webmanifest"])
def test_without_a_built_client_each_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(client, "DIST", tmp_path / "missing")
    answer = PageClient().get(path)
    assert answer.status_code == 503
    assert "run manage.py build_client" in answer.content.decode()


def test_a_running_server_keeps_the_pages_it_began_with(dist: Path) -> None:
    """The files that the new page names are unknown to a process that started before them."""
    PageClient().get("/")
    (dist / "index.html").write_text("a newer build")
    assert PageClient().get("/").content == b"this is index.html"


def test_the_pages_are_only_read(dist: Path) -> None:
    assert PageClient().post("/").status_code in (403, 405)
    assert PageClient().head("/").status_code == 200
