"""The local certificate authority: what it makes, keeps, renews, and may not vouch for."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from config.certificates import (
    CertificateFiles,
    Issued,
    ensure_certificate,
    is_local,
    make_authority,
    make_server_certificate,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NAMES = ["127.0.0.1", "192.168.1.20", "shop.local"]


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def days_later(days: int) -> datetime:
    return NOW + timedelta(days=days)


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return ensure_certificate(folder=tmp_path / "tls", names=NAMES, now=NOW)


def renewed(files: CertificateFiles, *, names: list[str] | None = None, now: datetime = NOW) -> tuple[bool, bool]:
    """Ask again, and tell whether the authority and the server's certificate have changed."""
    before = files.authority.read_bytes(), files.certificate.read_bytes()
    again = ensure_certificate(folder=files.authority.parent, names=NAMES if names is None else names, now=now)
    return again.authority.read_bytes() != before[0], again.certificate.read_bytes() != before[1]


def test_it_names_every_address_and_host(files: CertificateFiles) -> None:
    names = read(files.certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "192.168.1.20"]
    assert names.get_values_for_type(x509.DNSName) == ["shop.local"]


def test_it_is_valid_for_no_more_than_browsers_accept(files: CertificateFiles) -> None:
    certificate = read(files.certificate)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=397)
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc


def test_the_keys_are_for_their_owner_alone(files: CertificateFiles) -> None:
    for path in files.key.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.key.parent.stat().st_mode) == 0o700


def test_nothing_half_written_stays_behind(files: CertificateFiles) -> None:
    names = {path.name for path in files.key.parent.iterdir()}
    assert names == {"authority.pem", "authority-key.pem", "server.pem", "server-key.pem"}


def test_it_is_kept_while_it_fits(files: CertificateFiles) -> None:
    assert renewed(files, names=list(reversed(NAMES)), now=days_later(300)) == (False, False)


@pytest.mark.parametrize("names", [["127.0.0.1"], [*NAMES, "10.0.0.7"], ["127.0.0.1", "192.168.1.21", "shop.local"]])
def test_other_addresses_need_a_new_one(files: CertificateFiles, names: list[str]) -> None:
    assert renewed(files, names=names) == (False, True)


def test_it_is_renewed_in_its_last_month(files: CertificateFiles) -> None:
    assert renewed(files, now=days_later(365)) == (False, False)
    assert renewed(files, now=days_later(367)) == (False, True)


def test_the_authority_is_renewed_only_at_its_own_end(files: CertificateFiles) -> None:
    assert renewed(files, now=days_later(3650 - 31)) == (False, True)
    assert read(files.certificate).not_valid_after_utc <= read(files.authority).not_valid_after_utc
    assert renewed(files, now=days_later(3650 - 29)) == (True, True)


@pytest.mark.parametrize("damage", ["server.pem", "server-key.pem"])
def test_a_damaged_server_file_is_replaced(files: CertificateFiles, damage: str) -> None:
    (files.key.parent / damage).write_text("nonsense")
    assert renewed(files) == (False, True)


def test_a_lost_authority_key_means_a_new_authority(files: CertificateFiles) -> None:
    (files.key.parent / "authority-key.pem").unlink()
    assert renewed(files) == (True, True)


def test_a_key_of_another_pair_is_noticed(files: CertificateFiles) -> None:
    files.key.write_bytes((files.key.parent / "authority-key.pem").read_bytes())
    assert renewed(files) == (False, True)


@pytest.mark.parametrize("name", ["8.8.8.8", "2606:4700::1111", "example.com", "local.example.com", "notlocal"])
def test_it_vouches_for_nothing_on_the_internet(tmp_path: Path, name: str) -> None:
    assert not is_local(name)
    with pytest.raises(ValueError, match="cannot vouch"):
        ensure_certificate(folder=tmp_path, names=["127.0.0.1", name], now=NOW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "fe80::1", "Shop.Local", "localhost"])
def test_it_vouches_for_local_names(name: str) -> None:
    assert is_local(name)


def test_no_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        ensure_certificate(folder=tmp_path, names=[], now=NOW)


def handshake(issued: Issued, authority: Issued, folder: Path, name: str) -> str | None:
    """Speak TLS over a pair of sockets as a client that trusts the authority; return its complaint."""
    (folder / "pair.pem").write_bytes(
        issued.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + issued.certificate.public_bytes(serialization.Encoding.PEM)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "pair.pem")
    trusted = authority.certificate.public_bytes(serialization.Encoding.PEM).decode()
    asking = ssl.create_default_context(cadata=trusted)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        # The client may break off, which is what some of these tests are about.
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        asking.wrap_socket(ours, server_hostname=name).close()
        return None
    except ssl.SSLCertVerificationError as error:
        ours.close()
        return error.verify_message
    finally:
        server.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_authority_accepts_the_server(tmp_path: Path, name: str) -> None:
    now = datetime.now(UTC)
    authority = make_authority(now=now)
    server = make_server_certificate(authority=authority, names=NAMES, now=now)
    assert handshake(server, authority, tmp_path, name) is None


def test_a_client_refuses_an_address_that_is_not_named(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = make_authority(now=now)
    server = make_server_certificate(authority=authority, names=["127.0.0.1"], now=now)
    assert "mismatch" in (handshake(server, authority, tmp_path, "192.168.1.20") or "")


@pytest.mark.parametrize("name", ["8.8.8.8", "example.com"])
def test_a_stolen_authority_key_is_worth_nothing_on_the_internet(tmp_path: Path, name: str) -> None:
    now = datetime.now(UTC)
    authority = make_authority(now=now)
    forged = make_server_certificate(authority=authority, names=[name], now=now)
    assert handshake(forged, authority, tmp_path, name) == "permitted subtree violation"
