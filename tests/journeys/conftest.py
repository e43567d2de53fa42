"""The product as real processes, for tests that need no browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product import Product


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """The demo with a delay of five seconds."""
    with Product() as running:
        yield running
