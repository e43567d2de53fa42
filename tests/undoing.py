"""Several cases of one test that begin alike: what leads up to them is most of the work, and is done once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from tests.faults import invariants
from tests.faults.records import Pretended


@contextmanager
def undone(provider: Pretended | None = None) -> Iterator[None]:
    """Whatever is written to the database within is taken back at the end, after the promise about texts was held
    against the provider's record, if one is given. What a provider was told stays told."""
    around = transaction.atomic()
    # As a test's own transaction is: what must be the outermost may still begin within it.
    around._from_testcase = True  # type: ignore[attr-defined]
    with around:
        yield
        if provider is not None:
            invariants.hold(provider)
        transaction.set_rollback(True)
