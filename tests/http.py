"""The API as its clients knock at it: cookies, CSRF token and JSON, and what every refusal must look like."""

import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.test.client import ClientHandler

from crm.clock import db_now
from crm.models import Device, Staff, Store
from crm.sessions import begin_pin_session

ROOT = "/api/v1"
# What a Content-Length must not be, though `int` would take most of it.
NO_LENGTHS = ("abc", "-1", "+5", "1_0", " ", "５", "0x10", "1.5", "9" * 5000)
# One for all, as a server has it: each one looks through every static file when it is first asked.
_HANDLERS = {checks: ClientHandler(enforce_csrf_checks=checks) for checks in (False, True)}


class PageClient(Client):
    """Whoever asks for pages and hooks; where a test changes what a middleware reads once, it needs Django's own."""

    def __init__(self, *, enforce_csrf_checks: bool = False, **environ: Any) -> None:
        super().__init__(enforce_csrf_checks, **environ)
        self.handler = _HANDLERS[enforce_csrf_checks]


class ApiClient:
    """A browser at the API, which has a CSRF cookie from the start; browser tests see how the real client gets it."""

    def __init__(self) -> None:
        self.client = PageClient(enforce_csrf_checks=True)

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(ROOT + path, **options)

    def post(self, path: str, json: Any, **options: Any) -> Any:
        return self.send("POST", path, _dumps(json), **options)

    def put(self, path: str, json: Any, **options: Any) -> Any:
        return self.send("PUT", path, _dumps(json), **options)

    def patch(self, path: str, json: Any, **options: Any) -> Any:
        return self.send("PATCH", path, _dumps(json), **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.send("DELETE", path, b"", **options)

    def send(
        self, method: str, path: str, body: bytes, *, content_type: str = "application/json", **options: Any
    ) -> Any:
        """Any bytes under any content type."""
        headers = {"X-CSRFToken": self.csrf_token(), **options.pop("headers", {})}
        return self.client.generic(
            method, ROOT + path, body, content_type=content_type if body else "", headers=headers, **options
        )

    def csrf_token(self) -> str:
        if settings.CSRF_COOKIE_NAME not in self.client.cookies:
            request = HttpRequest()
            get_token(request)
            self.client.cookies[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]
        return self.client.cookies[settings.CSRF_COOKIE_NAME].value


class TabletClient(ApiClient):
    """An enrolled tablet of a store."""

    def __init__(self, device: Device, token: str) -> None:
        super().__init__()
        self.device = device
        self.store: Store = device.store
        self.client.cookies[settings.DEVICE_COOKIE] = token

    def sign_in(self, staff: Staff, pin: str) -> Any:
        """As people do it; where it is not what a test is about, `hand_to` costs a tenth."""
        return self.post("/session", {"staff": str(staff.id), "pin": pin})

    def hand_to(self, staff: Staff) -> None:
        """From now on this person acts on the tablet, as if their PIN had been typed."""
        token, _ = begin_pin_session(device=self.device, staff=staff, now=db_now())
        self.client.cookies[settings.PIN_COOKIE] = token


def _dumps(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()


def without_ids(text: str) -> str:
    """A page or an answer without its ids and moments, in which any digits may stand by chance."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z", "", text)


def assert_problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The answer is a complete problem of RFC 9457 with this status and code; returns its members."""
    assert response["Content-Type"] == "application/problem+json", (response.status_code, response.content[:300])
    problem: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (status, code), problem
    assert {"type", "title", "status", "code", "detail", "instance"} <= problem.keys()
    assert problem["status"] == status
    return problem
