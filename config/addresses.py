"""Where this process is reached: over plain HTTP on this machine alone, over HTTPS from anywhere else."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from config.lan import lan_addresses, lan_hostname

if TYPE_CHECKING:
    from config.certificates import CertificateFiles

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class PortTaken(Exception):
    """Another program already listens where we want to."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is already in use: make run PORT={port + 1}")


@dataclass(frozen=True)
class Reached:
    """How others reach the web server of this process."""

    host: str
    port: int
    https: bool
    # The addresses and names others may use, the best one first.
    names: tuple[str, ...]

    @property
    def url(self) -> str:
        """The address to give to people."""
        return f"{'https' if self.https else 'http'}://{_bracketed(self.names[0])}:{self.port}"

    @property
    def own_host(self) -> str:
        """Where this machine itself finds the server, whatever happens to its networks."""
        return self.host if _is_address(self.host) and not ip_address(self.host).is_unspecified else "127.0.0.1"

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the settings of other processes must know of it; what the operator has set stands."""
        known = {"HOST": self.host, "PORT": str(self.port)}
        if self.https and settings.DEMO:
            known["SENDOFF_TLS"] = "1"
            known["ALLOWED_HOSTS"] = ",".join((*LOOPBACK, *map(_bracketed, self.names)))
        if settings.DEMO:
            known["PUBLIC_BASE_URL"] = self.url
        return known | {name: given[name] for name in known if name in given}


def reached() -> Reached:
    """Serve HTTPS wherever others can reach us, unless a proxy in front does that: tablets need it."""
    host = settings.HOST
    if is_loopback(host):
        return Reached(host, settings.PORT, https=False, names=(host,))
    everywhere = not _is_address(host) or ip_address(host).is_unspecified
    names = [*lan_addresses(), lan_hostname()] if everywhere else [host]
    behind_proxy = getattr(settings, "SECURE_PROXY_SSL_HEADER", None) is not None
    # Imported here, since whoever only reaches this machine does without: it takes a tenth of a worker's start.
    from config.certificates import is_local

    local = tuple(name for name in names if name and is_local(name))
    return Reached(host, settings.PORT, https=not behind_proxy, names=local or ("127.0.0.1",))


def certificate_for(place: Reached) -> "CertificateFiles":
    """The certificate that names every address of ours, made or renewed if need be."""
    from config.certificates import ensure_certificate

    return ensure_certificate(
        folder=authority_folder(), names={*place.names, "localhost", "127.0.0.1", "::1"}, now=datetime.now(UTC)
    )


def authority_folder() -> Path:
    """Where the local authority's files lie."""
    return Path(settings.DATA_DIR) / "tls"


def refuse_taken_port(host: str, port: int) -> None:
    """Ask before the server does: it shares its port between processes, and would share it with a stranger too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(port) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach that address."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def answered_host() -> str:
    """A host name that this installation answers, for asking it from the same machine."""
    if settings.DEMO:
        return "127.0.0.1"
    return urlsplit(settings.PUBLIC_BASE_URL).hostname or settings.ALLOWED_HOSTS[0].lstrip(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
