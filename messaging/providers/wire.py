"""A connection for one request that knows whether a byte of it has left: the line between "not sent" and "maybe"."""

from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class TooLate(Exception):
    """The request was not begun in time; somebody else may own the text by now."""


class Wire:
    """One request's way out. Connections are never kept: one that the other side has closed meanwhile fails only after
    the request was written, and leaves a doubt where there need be none."""

    def __init__(self, *, may_write: Callable[[], bool]) -> None:
        self.wrote = False
        self.last_response: Any = None
        self._may_write = may_write

    def before_write(self) -> None:
        """Asked at the very last moment, name lookup and handshake done: a frozen process may wake up right here."""
        if not self._may_write():
            raise TooLate
        self.wrote = True

    def adapter(self) -> HTTPAdapter:
        """An adapter whose connections, also those through a proxy, ask before they write."""
        pools = _pools(self)

        class Adapter(HTTPAdapter):
            def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
                super().init_poolmanager(*args, **kwargs)
                self.poolmanager.pool_classes_by_scheme = pools

            def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
                manager = super().proxy_manager_for(*args, **kwargs)
                manager.pool_classes_by_scheme = pools
                return manager

        return Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)


def _pools(wire: Wire) -> dict[str, Any]:
    class AskingFirst:
        """Mixed into urllib3's connections."""

        sock: Any
        connecting = False

        def connect(self) -> None:
            # A proxy's CONNECT is written on the way; it is no part of the request.
            self.connecting = True
            try:
                super().connect()  # type: ignore[misc]
            finally:
                self.connecting = False

        def send(self, data: Any) -> None:
            if not self.connecting:
                if self.sock is None:
                    self.connect()
                wire.before_write()
            super().send(data)  # type: ignore[misc]

    class Plain(AskingFirst, HTTPConnection):
        pass

    class Secure(AskingFirst, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
