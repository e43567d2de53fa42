"""Structured logs: ids, never numbers, names or texts. JSON lines in production, `key=value` in the demo, both in UTC.

Callers log ids. What stands here is the net below them: an exception leaves only its class and its places in the
code, since its message may repeat what a customer gave, and whatever looks like a number or an address is blacked out.
"""

import logging.config
import re
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, Processor

ROOT = Path(__file__).resolve().parent.parent
BLACKED_OUT = "[removed]"
OUR_LOGGERS = ("sendoff", "config", "crm", "messaging", "funnel")
# These write whole requests, queries or texts at their lower levels, whatever level we ourselves log at.
TALKATIVE_LOGGERS = ("", "django", "granian", "huey", "ninja", "twilio", "urllib3")

# Ids and times are kept, though they hold runs of digits; they come first, so that they win where both would match.
SENSITIVE = re.compile(
    r"(?P<kept>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?)?)"
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\+?\d(?:[\s().\-/\u2010-\u2015\u00a0]{0,3}\d){6,14}",
    re.IGNORECASE,
)
# The shortest international number, written without its plus.
SHORTEST_NUMBER = 10**9


def configure(options: dict[str, Any]) -> None:
    """Send every log line of this process through the same net; Django's LOGGING_CONFIG hook."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.config.dictConfig(configuration(**options))


def configuration(*, format: str, level: str) -> dict[str, Any]:
    """Return the standard library's configuration: one handler, on the error output."""
    loggers = {name: {"level": "WARNING"} for name in TALKATIVE_LOGGERS if name}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "format": format}},
        "filters": {"faults": {"()": WithTraceback}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": loggers
        | {name: {"level": level.upper()} for name in OUR_LOGGERS}
        # What was answered is a request line of ours already; only the traceback of a fault is news.
        | {"django.request": {"level": "ERROR", "filters": ["faults"]}}
        # Writes the whole address, its query included.
        | {"django.server": {"handlers": [], "level": "CRITICAL", "propagate": False}}
        # The consumer adds a handler of its own to a logger that has none, past our net.
        | {"huey": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
    }


class WithTraceback(logging.Filter):
    """Lets through what tells where in the code it happened."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


def formatter(*, format: str) -> logging.Formatter:
    """Render what our own loggers and those of libraries write in the same way."""
    render: Processor = as_json if format == "json" else as_words
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, without_raw_paths],
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_exception_text,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_personal_data,
            render,
        ],
    )


def without_raw_paths(logger: Any, method: str, event: EventDict) -> EventDict:
    """Django's own lines about requests quote the path as it was typed; ours name the route instead."""
    name = event["_record"].name
    if name.startswith(("django.request", "django.security")):
        event["event"] = "fault" if name == "django.request" else "refused"
        event["status"] = getattr(event["_record"], "status_code", None)
    return event


def without_exception_text(logger: Any, method: str, event: EventDict) -> EventDict:
    """Of an exception only classes and places are kept: neither messages nor local variables."""
    exc_info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    error = exc_info if isinstance(exc_info, BaseException) else sys.exception() if exc_info else None
    if error is not None:
        event["exception"] = [_named(each) for each in _chain(error)]
        event["traceback"] = [place for each in _chain(error) for place in _places(each.__traceback__)]
    return event


def without_personal_data(logger: Any, method: str, event: EventDict) -> EventDict:
    """The safety net: whatever looks like a phone number or an e-mail address is blacked out."""
    return {key: _redacted(value) for key, value in event.items()}


def as_json(logger: Any, method: str, event: EventDict) -> str:
    """One JSON object a line; line breaks inside a value are escaped and cannot forge a line."""
    rendered = structlog.processors.JSONRenderer(sort_keys=True)(logger, method, event)
    return rendered if isinstance(rendered, str) else rendered.decode()


def as_words(logger: Any, method: str, event: EventDict) -> str:
    """`time level what key=value …` for a person's eyes; what holds a space or a line break is quoted and escaped."""
    head = [str(event.pop("timestamp"))[11:19], str(event.pop("level")), _word(event.pop("event"))]
    event.pop("logger", None)
    return " ".join([*head, *(f"{key}={_word(value)}" for key, value in event.items() if value is not None)])


class RequestLogMiddleware:
    """Gives every request an id and writes one line about it when it has been answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("sendoff.requests")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]  # config.errors names it in its answers
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            self.log.log(
                level_of(request, response),
                "request",
                method=request.method,
                route=route_of(request),
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000),
                **actors_of(request),
            )
        response["X-Request-Id"] = request_id
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern that answered, never the path as it was typed, which may hold anything."""
    match = request.resolver_match
    if match is None:
        return "none"
    return match.url_name or "none" if match.route.startswith("^") else f"/{match.route}"


def level_of(request: HttpRequest, response: HttpResponse) -> int:
    """Faults are errors; what programs ask every few seconds, and files, would drown everything else."""
    if response.status_code >= 500 and request.path != "/readyz":
        return logging.ERROR
    if response.status_code >= 400:
        return logging.INFO
    return logging.DEBUG if request.resolver_match is None or _is_poll(request) else logging.INFO


def actors_of(request: HttpRequest) -> dict[str, str]:
    """The ids of the tablet and the person, as far as the request's door has found them out."""
    principal = getattr(request, "auth", None)
    # Not request.user: that would ask the database.
    staff = getattr(principal, "staff", None) or getattr(request, "_cached_user", None)
    found = {"device": getattr(principal, "device", None), "staff": staff}
    return {name: str(row.pk) for name, row in found.items() if row is not None and row.pk is not None}


def _is_poll(request: HttpRequest) -> bool:
    if request.path in ("/healthz", "/readyz", "/api/v1/floor", "/api/v1/bootstrap", "/demo/state"):
        return True
    # A tablet asks for news with an empty batch, as JSON.stringify writes it. What was never read is never read here.
    body = getattr(request, "_body", b"")
    return request.path == "/api/v1/sync" and len(body) < 1000 and b'"events":[]' in body


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _named(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _places(trace: TracebackType | None) -> Iterator[str]:
    # Not traceback.extract_tb: it reads the source lines, and those may hold texts.
    for frame, line in traceback.walk_tb(trace):
        path = Path(frame.f_code.co_filename)
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        # Of a library the last parts say enough, and nothing of the machine.
        parts = shown.parts[-3:] if shown.is_absolute() or "site-packages" in shown.parts else shown.parts
        yield f"{'/'.join(parts)}:{line}"


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return SENSITIVE.sub(lambda found: found["kept"] or BLACKED_OUT, value)
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, int):
        return BLACKED_OUT if abs(value) >= SHORTEST_NUMBER else value
    if isinstance(value, dict):
        return {_redacted(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    return _redacted(str(value))


def _word(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if re.fullmatch(r"[^\s\"=]+", text) else repr(text)
