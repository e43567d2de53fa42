"""The product as real processes, for tests that need no browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product import Product, shared


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The demo with a delay of five seconds, the same one that the browser's tests use."""
    with shared() as running:
        yield running
