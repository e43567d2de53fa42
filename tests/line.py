"""The line between a tablet and the product: a test can cut it, and lose or change answers on their way back."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.product import Product, free_port

# What belongs to one stretch of the way, and not to the message.
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
PACKED = {"accept-encoding", "if-none-match", "if-modified-since"}


class Line:
    """Cut at first: `join` it. Every request takes a connection of its own, so that none outlives a cut."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # The next answers to these paths, as often as they stand here, are taken away after the server gave them.
        self.lose: list[str] = []
        self.lost: list[int] = []
        # What becomes of every answer to these paths.
        self.change: dict[str, Callable[[bytes], bytes]] = {}
        self._server: ThreadingHTTPServer | None = None

    def join(self) -> None:
        line = self

        class Carrier(BaseHTTPRequestHandler):
            def carry(self) -> None:
                line.carry(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = carry

            def log_message(self, *words: object) -> None:
                """Say nothing: the product keeps its own log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Carrier)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def cut(self) -> None:
        """From now on a connection is refused; what is on its way still arrives."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def carry(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in HOP}
        if asked.path in self.change:
            # What is changed must be neither packed nor kept.
            headers = {name: value for name, value in headers.items() if name.lower() not in PACKED}
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=20)
        connection.request(asked.command, asked.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if asked.path in self.lose:
            self.lose.remove(asked.path)
            self.lost.append(answer.status)
            return
        content = self.change.get(asked.path, bytes)(content)
        # Not send_response(): it would add a date and a server of its own.
        asked.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content)


@contextlib.contextmanager
def joined(product: Product) -> Iterator[Line]:
    """A line to this product, until the end of the block."""
    line = Line(product)
    line.join()
    try:
        yield line
    finally:
        line.cut()
