"""One shape for every error under /api/: RFC 9457 problem details, rendered here and nowhere else."""

import json
import sqlite3
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from config.logs import actors_of, route_of
from crm import web_sessions
from crm.problems import Problem

log = structlog.get_logger("sendoff.errors")

# These have a line of their own, which says who was meant.
_SIGN_IN_REFUSALS: Final = ("sign_in_failed", "pin_wrong", "pin_blocked")
# What a database cannot do now and can do later: there is no room, no memory, no connection, or somebody holds a lock.
_SQLITE_LATER: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)
_POSTGRESQL_LATER: Final = ("08", "40", "53", "55P03", "57P", "58")


def problem_response(
    status: int, code: str, detail: str, *, request: HttpRequest | None = None, extra: dict[str, Any] | None = None
) -> HttpResponse:
    """An `application/problem+json` answer. `instance` is the request's id, which the log carries too."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": f"urn:uuid:{getattr(request, 'request_id', None) or uuid.uuid4()}",
        **(extra or {}),
    }
    response = HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    if "retry_after_seconds" in body:
        response["Retry-After"] = str(body["retry_after_seconds"])
    return response


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    if problem.status in (401, 403) and problem.code not in _SIGN_IN_REFUSALS:
        _note_denial(request, problem.status, problem.code)
    return problem_response(problem.status, problem.code, problem.detail, request=request, extra=problem.extra)


def _note_denial(request: HttpRequest, status: int, code: str) -> None:
    log.info("access_denied", status=status, code=code, route=route_of(request), **actors_of(request))


def install(api: NinjaAPI) -> None:
    """Makes every exception raised in the API end as a problem, and none of them repeat what was sent."""

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, error: Problem) -> HttpResponse:
        return _answer(request, error)

    @api.exception_handler(ValidationError)
    def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"pointer": "/" + "/".join(str(part) for part in e["loc"][2:]), "code": e["type"], "detail": e["msg"]}
            for e in error.errors
        ]
        return problem_response(
            422, "invalid", "Some of what was sent cannot be read.", request=request, extra={"errors": errors}
        )

    @api.exception_handler(AuthenticationError)
    def on_unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        ended = web_sessions.refusal(request)
        return _answer(request, ended or Problem(401, "sign_in_needed", "Please sign in first."))

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            return problem_response(400, "not_json", "The body is not readable JSON.", request=request)
        if error.status_code == 403:
            return _answer(request, Problem(403, "csrf", "The page is out of date. Please try again."))
        code = HTTPStatus(error.status_code).name.lower()
        return problem_response(error.status_code, code, str(error), request=request)

    @api.exception_handler(Http404)
    def on_404(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem_response(404, "not_found", "There is nothing here for you.", request=request)

    @api.exception_handler(RequestDataTooBig)
    def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return problem_response(413, "too_big", "This is more than can be sent at once.", request=request)

    @api.exception_handler(OperationalError)
    def on_database(request: HttpRequest, error: OperationalError) -> HttpResponse:
        if not passes(error):
            return on_fault(request, error)
        log.error("database_unavailable", kind=type(error.__cause__).__name__, path=request.path)
        return problem_response(
            503, "unavailable", "Nothing can be saved here at the moment. Please try again soon.", request=request
        )

    @api.exception_handler(Exception)
    def on_fault(request: HttpRequest, error: Exception) -> HttpResponse:
        # Not the exception's own text: it may repeat a name or a number.
        log.error("fault", kind=type(error).__name__, path=request.path, exc_info=True)
        return problem_response(
            500, "fault", "Something went wrong on our side. Nothing you entered is lost.", request=request
        )


def passes(error: OperationalError) -> bool:
    """Whether the same request may well succeed later: a tablet then tries again for as long as it takes, while it
    puts an entry aside that a server in good health cannot take."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lowest byte is the kind of an extended code.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_LATER
    # Without a code nobody answered at all.
    state = getattr(cause, "sqlstate", "") or "08"
    return state.startswith(_POSTGRESQL_LATER)


class NoStoreMiddleware:
    """Nobody keeps what the API answers, refusals included, unless the answer itself says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class MethodMiddleware:
    """Words the refusal of a method as a problem too: ninja answers it before any handler of the API is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or not request.path.startswith("/api/"):
            return response
        refusal = problem_response(405, "method_not_allowed", "This cannot be done here.", request=request)
        refusal["Allow"] = response["Allow"]
        return refusal


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's refusal of a request without its token."""
    # In the API the door's own refusal follows, and leaves the line.
    if not request.path.startswith("/api/"):
        _note_denial(request, 403, "csrf")
    return problem_response(403, "csrf", "The page is out of date. Please try again.", request=request)


def _for_people(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    if status == 403:
        _note_denial(request, status, code)
    if request.path.startswith("/api/"):
        return problem_response(status, code, sentence, request=request)
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _for_people(request, 413, "too_big", "This is more than can be sent at once.")
    return _for_people(request, 400, "bad_request", "This request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _for_people(request, 403, "forbidden", "You may not do this.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _for_people(request, 404, "not_found", "There is nothing here for you.")


def server_error(request: HttpRequest) -> HttpResponse:
    return _for_people(request, 500, "fault", "Something went wrong on our side. Nothing you entered is lost.")
