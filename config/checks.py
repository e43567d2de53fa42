"""Refuses to start in production with unsafe settings: each rule alone is enough, and each answer names the setting.

No answer repeats a setting's value: it may be a secret. The demo is exempt from most, as it holds no real customers.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import SystemCheckError
from phonenumbers import SUPPORTED_REGIONS

from config.addresses import is_loopback
from config.filesystems import is_on_network, readable_by_others
from crm import ports
from messaging.contract import times
from messaging.providers import NAMES

TAG = "sendoff"
# For commands that serve no pages: looking through those takes half as long as all the rest of their start.
WITHOUT_PAGES = [TAG, ports.TAG]
SECRET_KEY_LENGTH = 50
HSTS_SECONDS = 365 * 24 * 3600
LONGEST_DELAY_SECONDS = 3600
MOST_DEMO_DAYS = 90
SAMPLE_SECRETS = ("django-insecure", "changeme", "change-me", "secret", "example", "sample")
# Twilio's own numbers for trying things out: they accept a text and deliver it to nobody.
TWILIO_TEST_NUMBER = re.compile(r"^\+1500555\d{4}$")
TWILIO_ACCOUNT = re.compile(r"^AC[0-9a-f]{32}$")
TWILIO_SERVICE = re.compile(r"^MG[0-9a-f]{32}$")
# It is a part of an address, and all that proves a push to be Aliyun's.
PUSH_SECRET = re.compile(r"^[A-Za-z0-9_-]{32,200}\Z")
E164 = re.compile(r"^\+[1-9]\d{6,14}$")
# How long a provider may take to list what it accepted; with the request itself it must fit into the settle time.
PROVIDER_LATENESS_SECONDS = 60
LIST_LAG_SECONDS = 60

Findings = Iterator[CheckMessage]


def refuse_unsafe_settings() -> None:
    """Raise what the checks of this module find: for processes that start without a management command."""
    errors = [found for found in run_checks(tags=[TAG]) if found.is_serious()]
    if errors:
        raise SystemCheckError("\n".join(str(found) for found in errors))


def in_production(rule: Callable[[], Findings]) -> Callable[[], Findings]:
    """Register a rule that holds for real customers only."""

    @register(TAG)
    def check(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
        return [] if settings.DEMO else list(rule())

    return rule


@in_production
def secrets_are_secret() -> Findings:
    """A key that is short or copied from somewhere signs nothing."""
    key = _secret_key()
    if len(key) < SECRET_KEY_LENGTH or len(set(key)) < 10 or key.lower().startswith(SAMPLE_SECRETS):
        yield Error(
            "SECRET_KEY is missing, too short or a sample.",
            hint=f"Set SECRET_KEY to at least {SECRET_KEY_LENGTH} random characters: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(64))"',
            id="sendoff.E001",
        )
    if any(len(old) < SECRET_KEY_LENGTH for old in settings.SECRET_KEY_FALLBACKS):
        yield Error("SECRET_KEY_FALLBACKS holds a key that is too short.", id="sendoff.E002")
    if key == settings.PIN_PEPPER:
        yield Warning(
            "PIN_PEPPER is not set, so PINs depend on SECRET_KEY.",
            hint="Set PIN_PEPPER to a random value of its own: renewing SECRET_KEY then leaves every PIN valid.",
            id="sendoff.W001",
        )


@in_production
def addresses_are_known() -> Findings:
    """Only the public address over HTTPS is answered, and every text's callback goes to it."""
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is empty or allows every host.",
            hint="Set ALLOWED_HOSTS to the names of this site, or leave it to PUBLIC_BASE_URL.",
            id="sendoff.E003",
        )
    public = urlsplit(settings.PUBLIC_BASE_URL)
    if public.scheme != "https" or not public.hostname:
        yield Error(
            "PUBLIC_BASE_URL is not an https:// address.",
            hint="Set PUBLIC_BASE_URL to the address that tablets and the text provider reach.",
            id="sendoff.E004",
        )


@register(TAG)
def proxies_are_addresses(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """What is no network would be found out by the first stranger's request, as a fault; in the demo as well."""
    try:
        for proxy in settings.TRUSTED_PROXIES:
            ip_network(proxy, strict=False)
    except ValueError:
        hint = "Set it to addresses such as 10.0.0.7, or networks such as 10.0.0.0/8, with commas between."
        return [Error("TRUSTED_PROXIES holds something that is no address or network.", hint=hint, id="sendoff.E027")]
    return []


@in_production
def cookies_travel_encrypted() -> Findings:
    """A cookie that travels over plain HTTP belongs to whoever listens, and browsers are told never to use it."""
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SERVES_TLS):
        yield Error(
            "SENDOFF_TLS is off: cookies would travel unencrypted.", hint="Unset SENDOFF_TLS.", id="sendoff.E005"
        )
    if settings.SECURE_HSTS_SECONDS < HSTS_SECONDS:
        yield Error("SECURE_HSTS_SECONDS is less than a year.", id="sendoff.E006")
    if is_loopback(settings.HOST) and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        yield Warning(
            "TRUST_PROXY_TLS is not set, so requests of the proxy in front look unencrypted.",
            hint="Set TRUST_PROXY_TLS=1, and let the proxy set X-Forwarded-Proto itself on every request.",
            id="sendoff.W002",
        )


@in_production
def texts_have_a_provider() -> Findings:
    """A shop that expects texts must name who sends them; trying things out must not pass for sending."""
    if settings.SMS_PROVIDER not in NAMES:
        yield Error(
            "SMS_PROVIDER is not set, or unknown.",
            hint=f"Set SMS_PROVIDER to one of: {', '.join(NAMES)}. 'console' sends nothing to anybody.",
            id="sendoff.E007",
        )
    by_country: dict[str, str] = settings.SMS_PROVIDERS_BY_COUNTRY
    if any(country not in SUPPORTED_REGIONS or name not in NAMES for country, name in by_country.items()):
        yield Error(
            "SMS_PROVIDERS_BY_COUNTRY names an unknown country or provider.",
            hint=f"Set it to pairs such as US=twilio; providers are: {', '.join(NAMES)}.",
            id="sendoff.E026",
        )
    if "twilio" in (settings.SMS_PROVIDER, *by_country.values()):
        yield from _twilio_is_complete()
    if "aliyun" in (settings.SMS_PROVIDER, *by_country.values()):
        yield from _aliyun_is_complete()
    if not 0 <= settings.DEPARTURE_TEXT_DELAY_SECONDS <= LONGEST_DELAY_SECONDS:
        yield Error(
            "DEPARTURE_TEXT_DELAY_SECONDS is out of range.",
            hint=f"Set it between 0 and {LONGEST_DELAY_SECONDS}; the product is made for 300.",
            id="sendoff.E008",
        )


@register(TAG)
def the_demo_texts_nobody(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Its customers are made up, and their numbers may be somebody's: no text of theirs leaves this machine."""
    if not settings.DEMO:
        return []
    named = {settings.SMS_PROVIDER, *settings.SMS_PROVIDERS_BY_COUNTRY.values()}
    addresses = {"twilio": settings.TWILIO_API_URL, "aliyun": settings.ALIYUN_API_URL}
    return [
        Error(
            f"{name.upper()}_API_URL does not lead to this machine, and the demo sends no text to anybody.",
            hint="Set it to the address of `manage.py fake_sms_provider`, or leave the provider at console.",
            id="sendoff.E033",
        )
        for name, address in addresses.items()
        if name in named and not is_loopback(urlsplit(address).hostname or "")
    ]


@register(TAG)
def the_demo_has_days(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Its shops are opened so many days ago, and what is asked about months is made for ninety."""
    if not settings.DEMO or 1 <= settings.DEMO_DAYS <= MOST_DEMO_DAYS:
        return []
    return [
        Error(
            "DEMO_DAYS is out of range.",
            hint=f"Set it between 1 and {MOST_DEMO_DAYS}, or leave it out.",
            id="sendoff.E034",
        )
    ]


@in_production
def pushes_cannot_be_guessed() -> Findings:
    """Whoever knows the address of a push is believed to be Aliyun, so nobody may guess it; without a secret it is
    closed."""
    for name in ("ALIYUN_PUSH_SECRET", "ALIYUN_PUSH_SECRET_SECONDARY"):
        secret = getattr(settings, name)
        if secret and (not PUSH_SECRET.match(secret) or len(set(secret)) < 10):
            yield Error(
                f"{name} is too short, or holds what no address may.",
                hint=f"Set {name} to at least 32 random letters, digits, - and _: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
                id="sendoff.E032",
            )


def _twilio_is_complete() -> Findings:
    if not TWILIO_ACCOUNT.match(settings.TWILIO_ACCOUNT_SID):
        yield Error("TWILIO_ACCOUNT_SID is missing or no account SID (AC…).", id="sendoff.E009")
    if len(settings.TWILIO_AUTH_TOKEN) < 32:
        yield Error("TWILIO_AUTH_TOKEN is missing or too short.", id="sendoff.E010")
    number, service = settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID
    if bool(number) == bool(service):
        yield Error(
            "Exactly one of TWILIO_FROM and TWILIO_MESSAGING_SERVICE_SID must be set.",
            hint="A text leaves either from one number or through one messaging service.",
            id="sendoff.E011",
        )
    elif number and not E164.match(number):
        yield Error("TWILIO_FROM is not an international number (+…).", id="sendoff.E012")
    elif service and not TWILIO_SERVICE.match(service):
        yield Error("TWILIO_MESSAGING_SERVICE_SID is no messaging service SID (MG…).", id="sendoff.E012")
    if TWILIO_TEST_NUMBER.match(number):
        yield Error("TWILIO_FROM is a test number: its texts reach nobody.", id="sendoff.E013")
    api = urlsplit(settings.TWILIO_API_URL)
    if settings.TWILIO_API_URL and not (api.scheme == "https" and (api.hostname or "").endswith(".twilio.com")):
        yield Error(
            "TWILIO_API_URL is not an https:// address of Twilio.", hint="Unset TWILIO_API_URL.", id="sendoff.E014"
        )


def _aliyun_is_complete() -> Findings:
    by_country: dict[str, str] = settings.SMS_PROVIDERS_BY_COUNTRY
    if settings.SMS_PROVIDER == "aliyun" or {country for country, name in by_country.items() if name == "aliyun"} != {
        "CN"
    }:
        yield Error(
            "Aliyun texts numbers of mainland China alone.",
            hint="Set SMS_PROVIDERS_BY_COUNTRY=CN=aliyun, and SMS_PROVIDER to another.",
            id="sendoff.E028",
        )
    if not settings.ALIYUN_ACCESS_KEY_ID or len(settings.ALIYUN_ACCESS_KEY_SECRET) < 16:
        yield Error("ALIYUN_ACCESS_KEY_ID or ALIYUN_ACCESS_KEY_SECRET is missing.", id="sendoff.E029")
    api = urlsplit(settings.ALIYUN_API_URL)
    if settings.ALIYUN_API_URL and not (api.scheme == "https" and (api.hostname or "").endswith(".aliyuncs.com")):
        yield Error(
            "ALIYUN_API_URL is not an https:// address of Aliyun.", hint="Unset ALIYUN_API_URL.", id="sendoff.E030"
        )
    if find_spec("alibabacloud_dysmsapi20170525") is None:
        yield Error(
            "Aliyun's client is not installed, and SMS_PROVIDERS_BY_COUNTRY names aliyun.",
            hint="Install requirements/china.txt into the same environment.",
            id="sendoff.E031",
        )


@in_production
def the_queue_is_a_real_one() -> Findings:
    """huey's tasks are pickles: whoever can write to the queue can run code here."""
    if settings.HUEY.get("immediate", settings.DEBUG):
        yield Error("HUEY runs tasks at once ('immediate'): scheduled ones would never run.", id="sendoff.E015")
    queue = urlsplit(settings.HUEY_URL)
    if queue.scheme in ("redis", "rediss") and not is_loopback(queue.hostname or "localhost"):
        if not queue.password:
            yield Error("HUEY_URL names a Redis on another host without a password.", id="sendoff.E016")
        if queue.scheme != "rediss":
            yield Error(
                "HUEY_URL names a Redis on another host without TLS.", hint="Use rediss://.", id="sendoff.E017"
            )


@in_production
def files_are_private() -> Findings:
    """Nobody else on the machine reads the data, and SQLite lies on a disk whose locks can be trusted."""
    if readable_by_others(settings.DATA_DIR):
        yield Error(
            "DATA_DIR can be read by every user of this machine.",
            hint="chmod 700 the data folder, or set DATA_DIR to another one.",
            id="sendoff.E018",
        )
    for name, path in _sqlite_files():
        if path.exists() and readable_by_others(path):
            yield Error(
                f"{name} names a file that every user of this machine can read.",
                hint="chmod 600 the file and those beside it, or chmod 700 its folder.",
                id="sendoff.E019",
            )
        if is_on_network(path):
            yield Error(
                f"{name} puts SQLite on a network file system, which may lose or damage it.",
                hint=f"Move it to a local disk, or set {name} to a server.",
                id="sendoff.E020",
            )


@in_production
def times_are_utc() -> Findings:
    """Django and huey both convert with the process's zone: any other than UTC moves texts by hours."""
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        yield Error("TIME_ZONE is not UTC.", hint="Stores have zones of their own.", id="sendoff.E021")
    if time.timezone or time.daylight or os.environ.get("TZ", "UTC") not in ("UTC", "Etc/UTC", ""):
        yield Error("TZ is not UTC in this process's environment.", hint="Start it with TZ=UTC.", id="sendoff.E022")


@in_production
def nothing_shows_its_inside() -> Findings:
    """DEBUG answers a fault with the values of every variable."""
    if settings.DEBUG:
        yield Error("DEBUG is on.", id="sendoff.E023")


@register(TAG)
def a_text_is_sent_once(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Nobody may take over a text while its first sender could still be at it; holds in the demo as well."""
    # A request that began at the last allowed moment.
    last_answer = times.DEADLINE_SECONDS + times.CONNECT_TIMEOUT_SECONDS + times.READ_TIMEOUT_SECONDS
    found: list[CheckMessage] = []
    if last_answer >= times.LEASE_SECONDS:
        found.append(Error("LEASE_SECONDS ends before the last answer may come.", id="sendoff.E024"))
    if last_answer + PROVIDER_LATENESS_SECONDS + LIST_LAG_SECONDS >= times.SETTLE_SECONDS:
        found.append(Error("SETTLE_SECONDS is shorter than a provider may take to list a text.", id="sendoff.E025"))
    return found


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        # Django's own refusal of an empty key would end the checks at this one.
        return ""


def _sqlite_files() -> Iterator[tuple[str, Path]]:
    """Each SQLite file there is to be, with the setting that names it, and the files SQLite puts beside it."""
    database = settings.DATABASES["default"]
    places = []
    if database["ENGINE"] == "django.db.backends.sqlite3":
        places.append(("DATABASE_URL", Path(database["NAME"])))
    if "filename" in settings.HUEY:
        places.append(("HUEY_URL", Path(settings.HUEY["filename"])))
    for name, path in places:
        yield name, path
        for ending in ("-wal", "-shm"):
            if (beside := path.with_name(path.name + ending)).exists():
                yield name, beside
