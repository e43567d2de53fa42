"""Production refuses each unsafe setting alone, names it, and repeats none of its value."""

from __future__ import annotations

import os
import runpy
import secrets
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from config import checks, filesystems
from messaging.contract import times

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = secrets.token_hex(16)
KEY = secrets.token_urlsafe(64)
ACCOUNT = "AC" + "0a" * 16
SERVICE = "MG" + "0b" * 16
NUMBER = "+12125550187"
REDIS_PASSWORD = secrets.token_hex(12)
TWILIO = {
    "SMS_PROVIDER": "twilio",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": NUMBER,
}
ALIYUN = {
    "SMS_PROVIDERS_BY_COUNTRY": "CN=aliyun",
    "ALIYUN_ACCESS_KEY_ID": "LTAI" + "0c" * 8,
    "ALIYUN_ACCESS_KEY_SECRET": secrets.token_hex(15),
}
PUSH_SECRET = secrets.token_urlsafe(32)
SECRETS = (PUSH_SECRET[:30], ALIYUN["ALIYUN_ACCESS_KEY_SECRET"], TOKEN, KEY, ACCOUNT, SERVICE, NUMBER, REDIS_PASSWORD)


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """The environment of a production installation with nothing to complain about."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    return {
        "SENDOFF_MODE": "production",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data / 'sendoff.sqlite3'}",
        "HUEY_URL": f"sqlite:///{data / 'huey.sqlite3'}",
        "SECRET_KEY": KEY,
        "PIN_PEPPER": secrets.token_urlsafe(32),
        "PUBLIC_BASE_URL": "https://sendoff.example.com",
        "TRUST_PROXY_TLS": "1",
        **TWILIO,
    }


def found(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, **changed: Any) -> list[CheckMessage]:
    """Read the settings anew from this environment alone, and ask the checks about them."""
    with monkeypatch.context() as patch:
        for name in {*os.environ} - {"PATH", "TZ"}:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        values = runpy.run_path(str(ROOT / "config" / "settings.py"))
        patch.setattr(checks, "settings", SimpleNamespace(**values | changed))
        return run_checks(tags=[checks.TAG])


def errors(messages: list[CheckMessage]) -> list[str]:
    shown = [str(message) for message in messages if message.is_serious()]
    assert not [secret for secret in SECRETS if secret in " ".join(map(str, messages))]
    return shown


def test_a_good_installation_may_start(good: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(good, monkeypatch) == []
    pushed = {"ALIYUN_PUSH_SECRET": PUSH_SECRET, "ALIYUN_PUSH_SECRET_SECONDARY": secrets.token_urlsafe(24)}
    assert found(good | pushed, monkeypatch) == []


@pytest.mark.parametrize(
    ("named", "bad"),
    [
        ("SECRET_KEY", {"SECRET_KEY": ""}),
        ("SECRET_KEY", {"SECRET_KEY": KEY[:49]}),
        ("SECRET_KEY", {"SECRET_KEY": "ab" * 40}),
        ("SECRET_KEY", {"SECRET_KEY": "django-insecure-" + KEY}),
        ("SECRET_KEY_FALLBACKS", {"SECRET_KEY_FALLBACKS": "short"}),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ""}),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "sendoff.example.com,*"}),
        ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "http://sendoff.example.com"}),
        ("PUBLIC_BASE_URL", {"PUBLIC_BASE_URL": "", "ALLOWED_HOSTS": "sendoff.example.com"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "10.0.0.0/8,proxy.internal"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "10.0.0.0/33"}),
        ("SENDOFF_TLS", {"SENDOFF_TLS": "0"}),
        ("SMS_PROVIDER", {"SMS_PROVIDER": ""}),
        ("SMS_PROVIDER", {"SMS_PROVIDER": "carrier-pigeon"}),
        ("SMS_PROVIDERS_BY_COUNTRY", {"SMS_PROVIDERS_BY_COUNTRY": "CN=carrier-pigeon"}),
        ("SMS_PROVIDERS_BY_COUNTRY", {"SMS_PROVIDERS_BY_COUNTRY": "XX=console"}),
        ("SMS_PROVIDERS_BY_COUNTRY", {"SMS_PROVIDERS_BY_COUNTRY": "cn=console"}),
        ("SMS_PROVIDER", {**ALIYUN, "SMS_PROVIDER": "aliyun"}),
        ("SMS_PROVIDERS_BY_COUNTRY", {**ALIYUN, "SMS_PROVIDERS_BY_COUNTRY": "CN=aliyun,HK=aliyun"}),
        ("ALIYUN_ACCESS_KEY_ID", {**ALIYUN, "ALIYUN_ACCESS_KEY_ID": ""}),
        ("ALIYUN_ACCESS_KEY_SECRET", {**ALIYUN, "ALIYUN_ACCESS_KEY_SECRET": "short"}),
        ("ALIYUN_API_URL", {**ALIYUN, "ALIYUN_API_URL": "https://dysmsapi.aliyuncs.com.example.org"}),
        ("ALIYUN_PUSH_SECRET ", {"ALIYUN_PUSH_SECRET": PUSH_SECRET[:31]}),
        ("ALIYUN_PUSH_SECRET ", {"ALIYUN_PUSH_SECRET": PUSH_SECRET + "/x"}),
        ("ALIYUN_PUSH_SECRET ", {"ALIYUN_PUSH_SECRET": PUSH_SECRET + "\n"}),
        ("ALIYUN_PUSH_SECRET ", {"ALIYUN_PUSH_SECRET": "ab" * 20}),
        ("ALIYUN_PUSH_SECRET_SECONDARY", {"ALIYUN_PUSH_SECRET_SECONDARY": PUSH_SECRET[:31]}),
        ("TWILIO_ACCOUNT_SID", {"TWILIO_ACCOUNT_SID": ""}),
        (
            "TWILIO_ACCOUNT_SID",
            {"SMS_PROVIDER": "console", "SMS_PROVIDERS_BY_COUNTRY": "US=twilio", "TWILIO_ACCOUNT_SID": ""},
        ),
        ("TWILIO_ACCOUNT_SID", {"TWILIO_ACCOUNT_SID": SERVICE}),
        ("TWILIO_AUTH_TOKEN", {"TWILIO_AUTH_TOKEN": ""}),
        ("TWILIO_FROM", {"TWILIO_FROM": ""}),
        ("TWILIO_MESSAGING_SERVICE_SID", {"TWILIO_MESSAGING_SERVICE_SID": SERVICE}),
        ("TWILIO_MESSAGING_SERVICE_SID", {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": ACCOUNT}),
        ("TWILIO_FROM", {"TWILIO_FROM": "2125550187"}),
        ("TWILIO_FROM", {"TWILIO_FROM": "+15005550006"}),
        ("TWILIO_API_URL", {"TWILIO_API_URL": "http://127.0.0.1:9999"}),
        ("TWILIO_API_URL", {"TWILIO_API_URL": "https://api.twilio.com.example.org"}),
        ("DEPARTURE_TEXT_DELAY_SECONDS", {"DEPARTURE_TEXT_DELAY_SECONDS": "-1"}),
        ("DEPARTURE_TEXT_DELAY_SECONDS", {"DEPARTURE_TEXT_DELAY_SECONDS": "3601"}),
        ("HUEY_URL", {"HUEY_URL": "rediss://queue.internal:6379/0"}),
        ("HUEY_URL", {"HUEY_URL": f"redis://:{REDIS_PASSWORD}@queue.internal:6379/0"}),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(f"{k}={v[:12]}" for k, v in value.items()),
)
def test_one_bad_setting_is_enough(
    good: dict[str, str], named: str, bad: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [shown] = errors(found(good | bad, monkeypatch))
    assert named in shown
    assert "sendoff.E" in shown


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        ("DEBUG", {"DEBUG": True}),
        ("TIME_ZONE", {"TIME_ZONE": "America/New_York"}),
        ("SECURE_HSTS_SECONDS", {"SECURE_HSTS_SECONDS": 0}),
        ("SENDOFF_TLS", {"SESSION_COOKIE_SECURE": False}),
        ("HUEY", {"HUEY": {"immediate": True}}),
    ],
)
def test_what_the_environment_cannot_change_is_held_as_well(
    good: dict[str, str], named: str, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    [shown] = errors(found(good, monkeypatch, **changed))
    assert named in shown


def test_a_process_in_another_zone_is_refused(good: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    [shown] = errors(found(good | {"TZ": "America/New_York"}, monkeypatch))
    assert "TZ is not UTC" in shown


@pytest.mark.parametrize(
    "safe",
    [
        {"HUEY_URL": f"rediss://:{REDIS_PASSWORD}@queue.internal:6379/0"},
        {"HUEY_URL": "redis://127.0.0.1:6379/0"},
        {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": SERVICE},
        {"TWILIO_API_URL": "https://api.dublin.ie1.twilio.com"},
        {"SMS_PROVIDER": "console"},
        {"SMS_PROVIDERS_BY_COUNTRY": "CN=console,HK=twilio"},
        ALIYUN,
        {"DEPARTURE_TEXT_DELAY_SECONDS": "0"},
    ],
)
def test_what_is_safe_is_not_refused(
    good: dict[str, str], safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert errors(found(good | safe, monkeypatch)) == []


@pytest.mark.parametrize(("number", "setting"), [("sendoff.W001", "PIN_PEPPER"), ("sendoff.W002", "TRUST_PROXY_TLS")])
def test_what_may_be_meant_is_warned_about(
    good: dict[str, str], number: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del good[setting]
    [warning] = found(good, monkeypatch)
    assert warning.id == number
    assert setting in warning.msg
    assert not warning.is_serious()


def test_a_data_folder_that_others_can_read_is_refused(good: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path(good["DATA_DIR"]).chmod(0o755)
    [shown] = errors(found(good, monkeypatch))
    assert "DATA_DIR" in shown


@pytest.mark.parametrize(
    ("provider", "setting"), [(TWILIO, "TWILIO_API_URL"), ({**ALIYUN, "SMS_PROVIDER": "console"}, "ALIYUN_API_URL")]
)
def test_the_demo_reaches_no_real_provider(
    good: dict[str, str], monkeypatch: pytest.MonkeyPatch, provider: dict[str, str], setting: str
) -> None:
    demo = {"SENDOFF_MODE": "demo", "DATA_DIR": good["DATA_DIR"]}
    assert errors(found(demo, monkeypatch)) == []
    for address in ("", "https://api.twilio.com", "https://127.0.0.1.example.com", "127.0.0.1:8001"):
        [shown] = errors(found(demo | provider | {setting: address}, monkeypatch))
        assert setting in shown and "sends no text to anybody" in shown
    assert errors(found(demo | provider | {setting: "http://127.0.0.1:8001"}, monkeypatch)) == []


@pytest.mark.parametrize("setting", ["DATABASE_URL", "HUEY_URL"])
@pytest.mark.parametrize("ending", ["", "-wal"])
def test_a_sqlite_file_that_others_can_read_is_refused(
    good: dict[str, str], setting: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    file = tmp_path / "open.sqlite3"
    file.touch(0o600)
    (tmp_path / f"open.sqlite3{ending}").touch()
    (tmp_path / f"open.sqlite3{ending}").chmod(0o644)
    bad = good | {setting: f"sqlite:///{file}"}
    [shown] = errors(found(bad, monkeypatch))
    assert setting in shown
    # What lies in a closed folder is out of reach, whatever its own mode says.
    tmp_path.chmod(0o700)
    assert errors(found(bad, monkeypatch)) == []


@pytest.mark.parametrize("setting", ["DATABASE_URL", "HUEY_URL"])
def test_sqlite_on_a_network_file_system_is_refused(
    good: dict[str, str], setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    share = tmp_path / "our share"
    share.mkdir(mode=0o700)
    escaped = str(share).replace(" ", "\\040")
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/data {escaped} nfs4 rw,relatime 0 0\n")
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    [shown] = errors(found(good | {setting: f"sqlite:///{share / 'sendoff.sqlite3'}"}, monkeypatch))
    assert setting in shown
    assert "network file system" in shown


def test_where_the_mounts_cannot_be_read_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "none")
    assert not filesystems.is_on_network(tmp_path)


# The last answer may come 20 + 3 + 10 seconds after the posting; a provider may take a minute to take a text, and
# another to list it.
@pytest.mark.parametrize(
    ("refusal", "name", "shortest"),
    [("sendoff.E024", "LEASE_SECONDS", 34), ("sendoff.E025", "SETTLE_SECONDS", 154)],
)
def test_times_of_sending_that_do_not_fit_are_refused_everywhere(
    refusal: str, name: str, shortest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusals() -> list[str | None]:
        return [message.id for message in run_checks(tags=[checks.TAG])]

    monkeypatch.setattr(times, name, shortest)
    assert refusals() == []
    monkeypatch.setattr(times, name, shortest - 1)
    assert refusals() == [refusal]


@pytest.mark.parametrize(("days", "refused"), [(0, True), (1, False), (90, False), (91, True)])
def test_a_demo_of_no_days_or_of_too_many_is_refused(days: int, refused: bool, settings: Settings) -> None:
    settings.DEMO_DAYS = days
    assert any("DEMO_DAYS" in shown for shown in errors(run_checks(tags=[checks.TAG]))) == refused


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "up"],
        ["manage.py", "web"],
        ["manage.py", "worker"],
        ["manage.py", "check"],
        ["-c", "import config.wsgi"],
    ],
    ids=lambda command: command[-1],
)
def test_every_way_to_start_refuses(good: dict[str, str], command: list[str]) -> None:
    done = start(good | {"SECRET_KEY": ""}, command)
    assert done.returncode == 1
    assert "sendoff.E001" in done.stderr
    assert "SECRET_KEY" in done.stderr
    assert not [secret for secret in SECRETS if secret in done.stderr + done.stdout]
    # Refused before anything was made.
    assert not list(Path(good["DATA_DIR"]).glob("sendoff.sqlite3*"))


def test_nothing_is_assumed_when_no_mode_is_given(good: dict[str, str]) -> None:
    bare = {"DATA_DIR": good["DATA_DIR"]}
    done = start(bare, ["manage.py", "check"])
    assert done.returncode == 1
    for setting in ("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_BASE_URL", "SMS_PROVIDER"):
        assert setting in done.stderr


def start(environment: dict[str, str], command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_aliyun_without_its_client_may_not_start(good: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (error,) = errors(found(good | ALIYUN, monkeypatch))
    assert "requirements/china.txt" in error
