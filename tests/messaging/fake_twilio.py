"""The pretended Twilio as tests start it: whatever they do, every request to it must be one that Twilio documents."""

from collections.abc import Iterator
from contextlib import contextmanager

from messaging.fakes.callbacks import sign as signature_of
from messaging.fakes.server import running
from messaging.fakes.twilio import ACCOUNT, FROM, SERVICE, TOKEN, Asked, FakeTwilio

__all__ = ["ACCOUNT", "FROM", "SERVICE", "TOKEN", "Asked", "FakeTwilio", "fake_twilio", "sign"]


@contextmanager
def fake_twilio() -> Iterator[FakeTwilio]:
    """A running one, whose texts stay as they are until they are moved."""
    with running(FakeTwilio()) as fake:
        yield fake
    assert fake.complaints == []


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature of a callback."""
    return signature_of(url, form, token)
