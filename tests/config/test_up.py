"""What `make run` ends in, as real processes: it serves, ends without a trace, and says why it cannot start."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

import pytest
import segno
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.config.running import PATIENCE_SECONDS, Up, eventually, listens, parent, processes
from tests.factories import PASSWORD
from tests.overhttp import OverHttp
from tests.product import shared

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a person types to let tablets in
READY = "(Ctrl-C ends it)"

# The first start of a fresh checkout also installs and builds the client.
pytestmark = [
    pytest.mark.timeout(400),
    # Each has its own data folder with SQLite in it, whatever the suite runs on.
    pytest.mark.only_on("sqlite"),
    pytest.mark.starts_the_product,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc"),
]


Start = Callable[..., Up]
# A shop's own settings, with nothing of the demo to make first.
PRODUCTION = {
    "SENDOFF_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "PUBLIC_BASE_URL": "https://sendoff.example.com",
    "SMS_PROVIDER": "console",
    "TRUST_PROXY_TLS": "1",
}


SHOP = (
    *("--brand", "Hartwell & Finch", "--language", "en", "--currency", "USD", "--store", "New York"),
    *("--zone", "America/New_York", "--country", "US", "--manager-name", "Maria"),
    *("--manager-email", "maria@hartwell.example", "--staff", "Ana:482913"),
)


class ThroughProxy(OverHttp):
    """A tablet on the internet, before whom a proxy has ended TLS."""

    def __init__(self, url: str, *, port: int) -> None:
        super().__init__(url)
        self._opener = build_opener(HTTPCookieProcessor(self._cookies), Proxy(port))


class Proxy(HTTPSHandler):
    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def https_open(self, request: Request) -> http.client.HTTPResponse:
        request.add_unredirected_header("X-Forwarded-Proto", "https")
        return self.do_open(lambda host, **options: http.client.HTTPConnection("127.0.0.1", self.port), request)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder that the first start of the tests' own product has filled; each test works on a copy."""
    with shared() as product:
        # It serves a moment before it says so.
        assert eventually(lambda: "manage.py demo_credentials" in product.log.read_text())
        output = product.log.read_text()
        assert "migrations applied" in output
        assert "playbooks: 2 loaded" in output
        for way_in in ("/demo/phone", "/manage", "PIN 482913", "password: "):
            assert way_in in output
        data = tmp_path_factory.mktemp("filled") / "data"
        shutil.copytree(product.data, data, ignore=shutil.ignore_patterns("*.sqlite3*"))
        for database in product.data.glob("*.sqlite3"):
            # It is in use.
            with (
                contextlib.closing(sqlite3.connect(database)) as source,
                contextlib.closing(sqlite3.connect(data / database.name)) as copy,
            ):
                source.backup(copy)
        # Held until all have ended, so that there is one product for all.
        yield data


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts it, as often as a test likes, and leaves nothing behind."""
    with contextlib.ExitStack() as stack:

        def started(*arguments: Any, **settings: Any) -> Up:
            return stack.enter_context(contextlib.closing(Up(*arguments, **settings)))

        yield started


def ends_in_order(up: Up, data: Path) -> None:
    """Once it was told to end: nothing of it stays, and nobody complains."""
    assert up.ends() == 0
    assert processes(data) == []
    assert "Traceback" not in up.output
    assert not listens(up.port)


def test_a_later_start_skips_what_is_done_and_two_of_them_serve_until_each_is_told_to_end(
    start: Start, data: Path, filled: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(filled, tmp_path / "other")
    two = start(other)
    one = start(data).until(READY)
    for line in ("database up to date", "playbooks up to date", "client up to date", "serving"):
        assert re.search(rf"^  {line} +\d+\.\d s$", one.output, re.MULTILINE)
    assert one.get("/healthz") == (200, "ok")
    status, page = one.get("/")
    assert status == 200
    # The page's own files are served as well, without having been collected anywhere.
    [script] = re.findall(r'src="(/app-assets/[^"]+\.js)"', page)
    assert one.get(script)[0] == 200
    assert one.seconds < PATIENCE_SECONDS
    assert len(processes(data)) >= 4
    assert one.get("/readyz")[0] == two.until(READY).get("/readyz")[0] == 200
    starts_its_worker_again(two, other)
    # A terminal that is closed.
    two.process.send_signal(signal.SIGHUP)
    ends_in_order(two, other)
    assert one.get("/readyz")[0] == 200
    # Ctrl-C in a terminal reaches the whole group.
    os.killpg(one.process.pid, signal.SIGINT)
    ends_in_order(one, data)


def starts_its_worker_again(up: Up, data: Path) -> None:
    """Once that was killed; whoever is served notices nothing."""
    [first] = processes(data, "worker")
    os.kill(first, signal.SIGKILL)
    up.until("starting it again")
    assert eventually(lambda: processes(data, "worker") not in ([], [first]))
    assert up.get("/healthz") == (200, "ok")


@pytest.mark.slow_journey
def test_two_first_starts_on_one_data_folder_prepare_it_once_and_need_not_serve(start: Start, tmp_path: Path) -> None:
    new = tmp_path / "data"
    both = [start(new, "--no-web", **PRODUCTION) for _ in range(2)]
    for up in both:
        up.until("The worker runs")
        assert not listens(up.port)
    assert sorted("migrations applied" in up.output for up in both) == [False, True]
    assert len(processes(new, "worker")) == 2
    assert not processes(new, "web")
    for up in both:
        up.process.terminate()
    for up in both:
        assert up.ends() == 0
        assert "Traceback" not in up.output
    assert processes(new) == []


def test_a_taken_port_is_one_clear_line_and_changes_nothing(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = start(tmp_path / "data", port=port)
        assert up.ends() == 1
    assert up.output.strip() == f"Port {port} is already in use: make run PORT={port + 1}"
    assert not (tmp_path / "data" / "sendoff.sqlite3").exists()


def test_a_web_server_alone_refuses_a_port_it_would_share_and_takes_its_processes_along_when_it_is_killed(
    start: Start, data: Path
) -> None:
    first = start(data, command="web")
    assert eventually(lambda: listens(first.port) and len(processes(data)) > 1)
    second = start(data, command="web", port=first.port)
    assert second.ends() == 1
    assert f"Port {first.port} is already in use" in second.output
    first.process.kill()
    assert eventually(lambda: processes(data) == [])


@pytest.mark.parametrize("command", ["web", "worker", "load_playbooks"])
def test_none_starts_on_tables_of_another_version(start: Start, tmp_path: Path, command: str) -> None:
    up = start(tmp_path / "data", command=command)
    assert up.ends() == 1
    assert "The database is not migrated: run `manage.py migrate` first." in up.output
    assert "Traceback" not in up.output


@pytest.mark.slow_journey
def test_production_serves_a_shop_of_ones_own_without_anything_of_the_demo_until_its_web_server_is_killed(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    up = start(data, **PRODUCTION).until(READY)
    assert "Sendoff runs at  https://sendoff.example.com" in up.output
    assert "demo" not in up.output
    assert up.get("/readyz", "sendoff.example.com")[0] == 200
    assert up.get("/", "sendoff.example.com")[0] == 200
    assert up.get("/demo", "sendoff.example.com")[0] == 404
    assert up.get("/", "127.0.0.1")[0] == 400
    assert data.stat().st_mode & 0o777 == 0o700
    opened = start(data, "--no-input", *SHOP, command="create_store", MANAGER_PASSWORD=PASSWORD, **PRODUCTION)
    assert opened.ends() == 0, opened.output
    [code] = re.findall(r"^ +((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})$", opened.output, re.MULTILINE)
    tablet = ThroughProxy("https://sendoff.example.com", port=up.port)
    tablet.enrol(code)
    [ana] = [each for each in tablet.bootstrap()["roster"] if each["name"] == "Ana"]
    tablet.actor = ana["id"]
    visit, _ = tablet.whole_visit("+1 206 555 0142")
    [text] = tablet.visit(visit)["messages"]
    assert text["state"] == "scheduled"
    assert "better match" in text["body"]
    assert "Ana" in text["body"]
    assert "Hartwell & Finch" in text["body"]
    # The web server's own children go, and everything ends.
    [leader] = [number for number in processes(data, "web") if parent(number) == up.process.pid]
    os.kill(leader, signal.SIGKILL)
    assert up.ends() == 1
    assert "The web process has ended (-9)." in up.output
    assert processes(data) == []


def test_a_program_that_asks_for_the_demos_keys_too_early_or_in_production_gets_none(
    start: Start, data: Path, tmp_path: Path
) -> None:
    too_early = start(tmp_path / "new", command="demo_credentials")
    assert too_early.ends() == 1
    assert "Traceback" not in too_early.output
    production = start(data, command="demo_credentials", SENDOFF_MODE="production")
    assert production.ends() == 1


def test_tablets_on_the_network_get_https_and_are_told_how_to_trust_it_until_all_of_it_is_killed(
    start: Start, data: Path
) -> None:
    up = start(data, HOST=EVERYWHERE).until("Fingerprint")
    [address] = re.findall(r"Sendoff runs at  (https://\S+)", up.output)
    assert f"{address}/authority" in up.output
    code = io.StringIO()
    segno.make(f"{address}/authority", error="m").terminal(out=code, compact=True)
    assert code.getvalue().strip() in up.output
    # What runs beside it finds it, and trusts what it shows.
    assert f"SENDOFF_MODE=demo DATA_DIR={data} HOST={EVERYWHERE} PORT={up.port} .venv/bin/python" in up.output
    keys = start(data, command="demo_credentials", HOST=EVERYWHERE, port=up.port)
    assert keys.ends() == 0
    found = json.loads(keys.output)
    assert found["url"] == address
    assert found["device_code"]
    assert {"name", "pin"} <= set(found["staff"][0])
    assert {"email", "password"} <= set(found["manager"])
    guests = start(data, "--visits", "1", "--delay-scale", "0", command="simulate", HOST=EVERYWHERE, port=up.port)
    assert guests.ends() == 0, guests.output
    assert "1 visits." in guests.output
    authority = data / "tls" / "authority.pem"
    context = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPSConnection("127.0.0.1", up.port, timeout=10, context=context)
    connection.request("GET", "/authority")
    page = connection.getresponse().read().decode()
    connection.request("GET", "/authority.crt")
    answer = connection.getresponse()
    certificate = x509.load_der_x509_certificate(answer.read())
    connection.request("GET", "/api/v1/session")
    cookies = connection.getresponse().headers.get_all("Set-Cookie") or []
    connection.close()
    [fingerprint] = re.findall(r"Fingerprint of the certificate: ([0-9A-F ]{79})", up.output)
    assert fingerprint in page
    assert "Certificate Trust Settings" in page
    assert "证书信任设置" in page
    assert "Android" in page
    assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert certificate.public_bytes(serialization.Encoding.PEM) == authority.read_bytes()
    # Over TLS the cookies are bound to this host.
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)
    up.process.kill()
    assert eventually(lambda: processes(data) == [])
    assert not listens(up.port)
