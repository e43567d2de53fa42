"""A real product, the engine of the iPad, and the line between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.line import Line, joined
from tests.product import Product, shared
from tests.webkit.engine import Engine, display
from tests.webkit.finger import Finger

ACROSS = (1180, 820)
Tablet = Callable[..., Finger]


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The demo, as the other tests in browsers use it."""
    with shared() as running:
        yield running


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    with display() as number:
        yield number


@pytest.fixture
def line(product: Product) -> Iterator[Line]:
    with joined(product) as line:
        yield line


@pytest.fixture
def engine(screen: str, tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Starts a WebKit; the next one of the same test finds the profile of the one before."""
    started: list[Engine] = []

    def start(size: tuple[int, int] = ACROSS) -> Engine:
        started.append(Engine(screen, tmp_path, size))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def tablet(engine: Callable[..., Engine], line: Line) -> Tablet:
    """A tablet of New York with somebody signed in, at the floor, and with the app kept for later."""

    def tablet(size: tuple[int, int] = ACROSS) -> Finger:
        finger = Finger(engine(size), line)
        finger.open("/")
        finger.enrol(line.product.code())
        finger.sign_in(line.product.staff(line.product.store(0))[0])
        finger.works_offline()
        return finger

    return tablet
