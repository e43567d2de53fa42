"""A certificate authority of this machine's own, so that tablets on the local network can use HTTPS.

Tablets are told once to trust the authority (`authority.pem`). It can vouch for addresses of local networks
alone, so that a stolen key opens no door to the rest of the web for whoever trusted it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFETIME = timedelta(days=3650)
# The limit of browsers for public authorities; within it, no browser's rule for private ones matters.
SERVER_LIFETIME = timedelta(days=397)
RENEWED_BEFORE_END = timedelta(days=30)
# A tablet whose clock is behind must not find the certificate "not yet valid".
CLOCK_TOLERANCE = timedelta(days=1)

LOCAL_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        # Documentation addresses: never routed on the internet, and used in laboratories.
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
# Names that no public authority may certify: this machine, multicast DNS, and two set aside for private use.
LOCAL_DOMAINS = ("localhost", "local", "home.arpa", "internal")


@dataclass(frozen=True)
class CertificateFiles:
    """Where the files lie that a server and its tablets need."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_certificate(*, folder: Path, names: Iterable[str], now: datetime) -> CertificateFiles:
    """Return a certificate for exactly these names, keeping the one there is while it fits.

    A name is an IP address or a host name. The server's certificate is renewed when it ends within 30 days or
    the names have changed; the authority, which each tablet would have to trust anew, only at its own end.
    """
    wanted = frozenset(names)
    if foreign := sorted(name for name in wanted if not is_local(name)):
        raise ValueError(f"a local authority cannot vouch for {', '.join(foreign)}")
    if not wanted:
        raise ValueError("a certificate needs at least one name")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files = CertificateFiles(folder / "authority.pem", folder / "server.pem", folder / "server-key.pem")
    authority_key = folder / "authority-key.pem"

    authority = _load(files.authority, authority_key)
    if authority is None or _ends_soon(authority, now):
        authority = make_authority(now=now)
        _store(authority, files.authority, authority_key)
    server = _load(files.certificate, files.key)
    if server is None or not _still_fits(server, authority, wanted, now):
        _store(make_server_certificate(authority=authority, names=wanted, now=now), files.certificate, files.key)
    return files


def is_local(name: str) -> bool:
    """Whether a local authority may vouch for this: a private address, or a name kept for private use."""
    try:
        address = ip_address(name)
    except ValueError:
        return any(name.lower() == domain or name.lower().endswith(f".{domain}") for domain in LOCAL_DOMAINS)
    return any(address in network for network in LOCAL_NETWORKS)


def make_authority(*, now: datetime) -> Issued:
    """Make an authority that can sign server certificates for local names only, for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # The last part tells two authorities apart in a tablet's list.
    name = _name(f"Sendoff local authority {identifier.digest.hex()[:8]}")
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in LOCAL_DOMAINS]
    permitted += [x509.IPAddress(network) for network in LOCAL_NETWORKS]
    certificate = (
        _builder(now=now, end=now + AUTHORITY_LIFETIME)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Issued(certificate, key)


def make_server_certificate(*, authority: Issued, names: Iterable[str], now: datetime) -> Issued:
    """Make a certificate that names every address as its own, valid for at most 397 days in all."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = authority.key.public_key()
    end = min(now - CLOCK_TOLERANCE + SERVER_LIFETIME, authority.certificate.not_valid_after_utc)
    certificate = (
        _builder(now=now, end=end)
        .subject_name(_name("Sendoff"))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Issued(certificate, key)


def _still_fits(server: Issued, authority: Issued, wanted: frozenset[str], now: datetime) -> bool:
    try:
        server.certificate.verify_directly_issued_by(authority.certificate)
        names = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(names) == {_general_name(name) for name in wanted} and not _ends_soon(server, now)


def _ends_soon(issued: Issued, now: datetime) -> bool:
    return issued.certificate.not_valid_after_utc - now < RENEWED_BEFORE_END


def _builder(*, now: datetime, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(end)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name.lower())


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """An authority signs certificates and nothing else, a server everything but them."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load(certificate: Path, key: Path) -> Issued | None:
    """Read a certificate with its key, or None if either is missing, damaged, or of another pair."""
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != loaded.public_key():
        return None
    return Issued(loaded, private)


def _store(issued: Issued, certificate: Path, key: Path) -> None:
    """Write the pair; a crash in between leaves two files that do not match, and they are made anew."""
    private = issued.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key, private)
    _write(certificate, issued.certificate.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole; it is never readable by others, not even for a moment."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
