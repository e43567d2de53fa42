"""All settings, read from the environment alone; what is unsafe in production is refused by `config/checks.py`.

Defaults are those of one machine with nothing to install: SQLite, huey on SQLite, everything under DATA_DIR.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from config.secret_key import demo_secret_key

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

MODE: str = env.str("SENDOFF_MODE", "production")
if MODE not in ("production", "demo"):
    raise SystemExit(f"SENDOFF_MODE must be 'production' or 'demo', not {MODE!r}")
DEMO = MODE == "demo"
DEBUG = False

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
# Customers' numbers lie in it: nobody else on this machine may look.
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

HOST: str = env.str("HOST", "127.0.0.1")
PORT: int = env.int("PORT", 8000)
# True when this process itself serves HTTPS, or stands behind a proxy that does: cookies are then Secure.
SERVES_TLS: bool = env.bool("SENDOFF_TLS", not DEMO)
TRUST_PROXY_TLS: bool = env.bool("TRUST_PROXY_TLS", False)
# The demo is found on its own machine by whatever runs beside it; where others reach it, it serves HTTPS there too.
_scheme = "http" if TRUST_PROXY_TLS or HOST in ("localhost", "127.0.0.1", "::1") else "https"
PUBLIC_BASE_URL: str = env.str("PUBLIC_BASE_URL", f"{_scheme}://127.0.0.1:{PORT}" if DEMO else "").rstrip("/")

SECRET_KEY: str = env.str("SECRET_KEY", "") or (demo_secret_key(DATA_DIR) if DEMO else "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# A copy of the database alone must not verify a PIN: this part of every PIN's hash lives outside it.
PIN_PEPPER: str = env.str("PIN_PEPPER", "") or SECRET_KEY

_public_host = urlsplit(PUBLIC_BASE_URL).hostname
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO else [_public_host] if _public_host else []
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list(
    "CSRF_TRUSTED_ORIGINS", default=[PUBLIC_BASE_URL] if PUBLIC_BASE_URL.startswith("https://") else []
)
if TRUST_PROXY_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose word about where a request came from is believed: addresses or networks.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=["127.0.0.1", "::1"] if TRUST_PROXY_TLS else [])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "huey.contrib.djhuey",
    "crm",
    "messaging",
    "funnel",
    "config",
]
MIDDLEWARE = [
    "config.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Above WhiteNoise, which answers before later middleware: else the app's shell would carry no policy.
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.errors.NoStoreMiddleware",
    "config.errors.MethodMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "crm.web_sessions.WebSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_URL: str = env.str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'sendoff.sqlite3'}")
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        # A deferred transaction that reads and then writes fails at once with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA recursive_triggers=ON;",
    }
    # In memory, threads of one test would each see a database of their own.
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 600)
    _database["CONN_HEALTH_CHECKS"] = True
    _options = _database.setdefault("OPTIONS", {})
    _options["server_side_binding"] = env.bool("SERVER_SIDE_BINDING", True)
    # What a connection asks for the fifth time is prepared, and so planned once; a pooler that shares connections
    # between transactions may not know what was prepared in another one.
    _options["prepare_threshold"] = 5 if env.bool("PREPARED_STATEMENTS", True) else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "crm.Staff"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

# `__Host-` binds a cookie to this host over TLS; on plain-http loopback WebKit would drop a Secure cookie.
COOKIE_PREFIX = "__Host-" if SERVES_TLS else ""
DEVICE_COOKIE = f"{COOKIE_PREFIX}sendoff_device"
PIN_COOKIE = f"{COOKIE_PREFIX}sendoff_pin"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sendoff_session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sendoff_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVES_TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# When a session ends, `crm.web_sessions` says; this only lets the browser forget it.
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_HSTS_SECONDS = 0 if DEMO else int(timedelta(days=365).total_seconds())
SECURE_REFERRER_POLICY = "same-origin"
# The demo page shows the tablet and the manager side by side in frames of its own origin.
X_FRAME_OPTIONS = "SAMEORIGIN" if DEMO else "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"] if DEMO else ["'none'"],
        "img-src": ["'self'", "data:"],
    }
}

# huey converts its times with the process's zone: every process runs in UTC, stores' zones are applied for display.
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en"

# Files are served from where they lie in the apps: there is nothing to collect.
STATIC_URL = "/static/"
CLIENT_DIST = BASE_DIR / "funnel" / "tablet" / "dist"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# The built client, at the root of the site; before the first build there is no such folder.
_client_files = CLIENT_DIST / "static"
WHITENOISE_ROOT = _client_files if _client_files.is_dir() else None
# The client's build writes twelve hex digits of the content into a name.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/app-assets/.+\.[0-9a-f]{12}\.[a-z0-9]+$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# How often a tablet may ask in one web process: a load generator is one tablet in a great hurry.
DEVICE_REQUESTS_PER_SECOND: float = env.float("DEVICE_REQUESTS_PER_SECOND", 5.0)
DEVICE_REQUESTS_BURST: int = env.int("DEVICE_REQUESTS_BURST", 50)

# A sync batch is the largest body there is (ruling 13).
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

HUEY_URL: str = env.str("HUEY_URL", f"sqlite:///{DATA_DIR / 'huey.sqlite3'}")


def _huey(url: str) -> dict[str, Any]:
    """huey's own settings for a storage address: sqlite:///file, redis://… or postgresql://…"""
    # huey's default would run tasks at once under DEBUG, and a scheduled one then never.
    common: dict[str, Any] = {"name": "sendoff", "immediate": False, "results": False, "utc": True}
    scheme = url.split(":", 1)[0]
    if scheme == "sqlite":
        return common | {"huey_class": "huey.SqliteHuey", "filename": url.removeprefix("sqlite:///")}
    if scheme in ("redis", "rediss"):
        return common | {"huey_class": "huey.RedisHuey", "url": url}
    if scheme in ("postgres", "postgresql"):
        return common | {"huey_class": "huey.PostgresHuey", "dsn": url}
    raise SystemExit("HUEY_URL must begin with sqlite:///, redis://, rediss:// or postgresql://")


HUEY = _huey(HUEY_URL)

# So many days the demo makes up, today included.
DEMO_DAYS: int = env.int("DEMO_DAYS", 90)
DEPARTURE_TEXT_DELAY_SECONDS: float = env.float("DEPARTURE_TEXT_DELAY_SECONDS", 300.0)
SMS_PROVIDER: str = env.str("SMS_PROVIDER", "console" if DEMO else "")
# "CN=aliyun,…": whoever texts numbers of these countries instead.
SMS_PROVIDERS_BY_COUNTRY: dict[str, str] = env.dict("SMS_PROVIDERS_BY_COUNTRY", default={})
TWILIO_ACCOUNT_SID: str = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN: str = env.str("TWILIO_AUTH_TOKEN", "")
TWILIO_AUTH_TOKEN_SECONDARY: str = env.str("TWILIO_AUTH_TOKEN_SECONDARY", "")
TWILIO_FROM: str = env.str("TWILIO_FROM", "")
TWILIO_MESSAGING_SERVICE_SID: str = env.str("TWILIO_MESSAGING_SERVICE_SID", "")
# What Twilio takes from our sender, if it is not what its kind usually has.
TWILIO_SEGMENTS_PER_SECOND: float | None = env.float("TWILIO_SEGMENTS_PER_SECOND", None)
# Points the Twilio client at another server: a loopback one in tests.
TWILIO_API_URL: str = env.str("TWILIO_API_URL", "")
ALIYUN_ACCESS_KEY_ID: str = env.str("ALIYUN_ACCESS_KEY_ID", "")
ALIYUN_ACCESS_KEY_SECRET: str = env.str("ALIYUN_ACCESS_KEY_SECRET", "")
# The last part of the addresses that Aliyun pushes to, and the one that is taken as well while it is changed.
ALIYUN_PUSH_SECRET: str = env.str("ALIYUN_PUSH_SECRET", "")
ALIYUN_PUSH_SECRET_SECONDARY: str = env.str("ALIYUN_PUSH_SECRET_SECONDARY", "")
# Points the Aliyun client at another server: a loopback one in tests.
ALIYUN_API_URL: str = env.str("ALIYUN_API_URL", "")

LOGGING_CONFIG = "config.logs.configure"
LOG_FORMAT: str = env.str("LOG_FORMAT", "console" if DEMO else "json")
LOG_LEVEL: str = env.str("LOG_LEVEL", "info")
LOGGING: dict[str, Any] = {"format": LOG_FORMAT, "level": LOG_LEVEL}
