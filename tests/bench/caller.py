"""A client of the API with one kept connection and its cookies; for what is done before and between the rounds."""

import http.client
import json
from http.cookies import SimpleCookie
from time import perf_counter
from typing import Any

ROOT = "/api/v1"


class Caller:
    """Does what the browser does: keeps cookies, and shows the CSRF token with every change."""

    def __init__(self, port: int, **cookies: str) -> None:
        self.cookies = cookies
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.csrf = ""
        self.get("/session")
        self.csrf = next(value for name, value in self.cookies.items() if name.endswith("csrf"))

    def get(self, path: str) -> Any:
        return self._ask("GET", path, b"")

    def post(self, path: str, body: bytes) -> Any:
        return self._ask("POST", path, body)

    def milliseconds_of(self, path: str) -> float:
        """How long one GET takes until its last byte is here."""
        started = perf_counter()
        self._bytes("GET", path, b"")
        return (perf_counter() - started) * 1000

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes) -> Any:
        return json.loads(self._bytes(method, path, body))

    def _bytes(self, method: str, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Cookie": self.cookie_header(), "X-CSRFToken": self.csrf}
        self._connection.request(method, ROOT + path, body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500].decode(errors='replace')}")
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(line).items()}
        return text
