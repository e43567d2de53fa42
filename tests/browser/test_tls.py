"""A tablet on the shop's network: everything over TLS, with a certificate the tablet was told to trust."""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.conftest import works_offline
from tests.browser.hand import LONGEST_MS, Hand
from tests.browser.test_accessibility import Inspector
from tests.browsers import chromium_path, launch_flags
from tests.product import Product

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a person types to let tablets in


@pytest.fixture(scope="module")
def reached(product: Product) -> Iterator[Product]:
    """The same shop, served to the network as well."""
    with Product(host=EVERYWHERE, beside=product) as running:
        assert running.processes("web")
        assert not running.processes("worker")
        yield running


@pytest.fixture
def trusting(reached: Product, playwright: Playwright) -> Iterator[Page]:
    """A Chromium that trusts this server, as a tablet does that was told of its authority."""
    certificate = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", reached.port)).encode())
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    browser = playwright.chromium.launch(
        executable_path=chromium_path(), args=[*launch_flags(), f"--ignore-certificate-errors-spki-list={pin}"]
    )
    context = browser.new_context(base_url=reached.url, has_touch=True, locale="en-US")
    yield context.new_page()
    browser.close()


def test_over_tls_cookies_are_bound_to_the_host_and_the_app_works_off_line(reached: Product, trusting: Page) -> None:
    page = trusting
    page.goto("/")
    assert page.evaluate("isSecureContext")
    hand = Hand.on(page)
    hand.enrol(reached.code())
    hand.sign_in(reached.staff(reached.store(0))[0])
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert {"__Host-sendoff_device", "__Host-sendoff_pin", "__Host-sendoff_csrf"} <= cookies.keys()
    for name, cookie in cookies.items():
        assert name.startswith("__Host-")
        assert cookie["secure"]
        assert cookie["path"] == "/"
        # The CSRF token alone is read by the page.
        assert cookie["httpOnly"] == (not name.endswith("csrf"))
    works_offline(page)
    hand.start()
    hand.all_saved()
    page.context.set_offline(True)
    page.reload()
    expect(hand.see("next")).to_be_visible(timeout=LONGEST_MS)
    page.context.set_offline(False)
    hand.tap("next")
    hand.all_saved()


def test_everybody_can_read_how_to_trust_it(reached: Product, new_context: Callable[..., BrowserContext]) -> None:
    # As a tablet opens it before it trusts anything, once its user has said that they go on all the same.
    page = new_context(base_url=reached.url, ignore_https_errors=True, device_scale_factor=1).new_page()
    page.goto("/authority")
    # Both languages stand on the one page.
    inspector = Inspector("en")
    inspector.look(page, "authority")
    assert inspector.faults == []


def test_plain_http_does_not_reach_it(reached: Product) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        urllib.request.urlopen(reached.url.replace("https:", "http:"), timeout=5)  # noqa: S310
