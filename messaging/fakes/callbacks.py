"""What the provider does by itself, later: signed requests to the addresses it was given, good and bad ones."""

import base64
import hashlib
import heapq
import hmac
import http.client
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Final
from urllib.parse import urlencode, urlsplit

_CONNECT_AND_READ_SECONDS: Final = 15
_AT_ONCE: Final = 8


def sign(url: str, fields: Mapping[str, str], token: str) -> str:
    """The signature of a request: over the address as it was given, then each parameter's name and value, by name."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def call(*, url: str, fields: Mapping[str, str], token: str, instead: str = "") -> tuple[int, str]:
    """Posts a signed form and answers status and body; `instead` is where to connect in place of the address's host.

    The signature and the Host header are those of the address: as through a proxy that stands before it.
    """
    address, reached = urlsplit(url), urlsplit(instead or url)
    make = http.client.HTTPSConnection if reached.scheme == "https" else http.client.HTTPConnection
    connection = make(reached.hostname or "", reached.port, timeout=_CONNECT_AND_READ_SECONDS)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": address.netloc,
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": sign(url, fields, token),
        # Said to the proxy that stands before an address of HTTPS, by whoever plays it.
        "X-Forwarded-Proto": address.scheme,
    }
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        connection.request("POST", target, urlencode(fields), headers)
        response = connection.getresponse()
        return response.status, response.read(65_536).decode(errors="replace")
    finally:
        connection.close()


class Later:
    """Runs jobs at their time, several at once; what waits when it is closed is dropped."""

    def __init__(self) -> None:
        self._jobs: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._closed = False
        self._pool = ThreadPoolExecutor(_AT_ONCE, "fake-provider")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def do(self, jobs: Iterable[tuple[float, Callable[[], object]]]) -> None:
        """Adds jobs, each with the seconds from now."""
        now = time.monotonic()
        with self._changed:
            for seconds, job in jobs:
                heapq.heappush(self._jobs, (now + seconds, next(self._order), job))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._jobs or self._jobs[0][0] > time.monotonic()):
                    self._changed.wait(self._jobs[0][0] - time.monotonic() if self._jobs else None)
                if self._closed:
                    return
                job = heapq.heappop(self._jobs)[2]
            self._pool.submit(job)
