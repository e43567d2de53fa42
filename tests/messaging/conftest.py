"""Pretended providers on loopback, settings that lead to them, and rules that an owner has decided."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Organization, Store
from messaging.policy import versions
from messaging.policy.terms import Terms
from messaging.wording import registered
from tests.conftest import uses_database
from tests.faults import invariants
from tests.faults.records import Pretended
from tests.messaging import fake_twilio as fake
from tests.messaging.fake_aliyun import KEY_ID, PUSH_SECRET, SECRET, FakeAliyun, fake_aliyun
from tests.messaging.fake_twilio import FakeTwilio

Promised = list[Pretended]

CHINESE_TEXT = "${name}，谢谢您选择我们。往后保养、售后，有需要随时招呼，我们都在。${associate} 敬上"


@pytest.fixture
def twilio(settings: Any, promised: Promised) -> Iterator[FakeTwilio]:
    """Texts go to a Twilio on this machine. Afterwards what we promise is held against its record."""
    # Whoever sends first would load it in the middle of a test that counts seconds.
    import_module("twilio.rest")
    with fake.fake_twilio() as running:
        settings.SMS_PROVIDER = "twilio"
        settings.TWILIO_API_URL = running.url
        settings.TWILIO_ACCOUNT_SID = fake.ACCOUNT
        settings.TWILIO_AUTH_TOKEN = fake.TOKEN
        settings.TWILIO_AUTH_TOKEN_SECONDARY = ""
        settings.TWILIO_FROM = fake.FROM
        settings.TWILIO_MESSAGING_SERVICE_SID = ""
        # As fast as tests are; those about the rate say otherwise.
        settings.TWILIO_SEGMENTS_PER_SECOND = 1_000_000.0
        settings.PUBLIC_BASE_URL = "https://crm.example"
        promised.append(running)
        yield running


@pytest.fixture
def promised(request: pytest.FixtureRequest) -> Iterator[Promised]:
    """The pretended providers of a test: at its end what we promise is held against the records of all of them, unless
    it is marked `impossible`. Then the promise must be seen to be broken, or the mark is wrong."""
    if not uses_database(request.node):
        yield []
        return
    # Now, so that it is still there when the test is judged.
    request.getfixturevalue("db")
    providers: Promised = []
    yield providers
    impossible = request.node.get_closest_marker("impossible")
    if impossible is None:
        invariants.hold(*providers)
        return
    (_why,) = impossible.args
    with pytest.raises(AssertionError):
        invariants.hold(*providers)


@pytest.fixture
def console(settings: Any, promised: Promised) -> None:
    """Texts go nowhere but to the console's own table, against which what we promise is held afterwards."""
    settings.SMS_PROVIDER = "console"


@pytest.fixture
def decide(jeweller: Organization) -> Callable[..., Terms]:
    """`decide(cap=False)`: from now on the jeweller has the defaults but for this."""

    def save(**terms: Any) -> Terms:
        decided = Terms(**terms)
        versions.save(organization=jeweller, terms=decided, staff=None, now=db_now())
        return decided

    return save


@pytest.fixture
def aliyun_line(settings: Any) -> Iterator[FakeAliyun]:
    """Chinese numbers go to an Aliyun on this machine, which whoever tests its line alone asks without any text."""
    with fake_aliyun() as running:
        settings.SMS_PROVIDERS_BY_COUNTRY = {"CN": "aliyun"}
        settings.ALIYUN_API_URL = running.url
        settings.ALIYUN_ACCESS_KEY_ID = KEY_ID
        settings.ALIYUN_ACCESS_KEY_SECRET = SECRET
        settings.ALIYUN_PUSH_SECRET = PUSH_SECRET
        settings.ALIYUN_PUSH_SECRET_SECONDARY = ""
        yield running


@pytest.fixture
def aliyun(aliyun_line: FakeAliyun, promised: Promised) -> FakeAliyun:
    """The same for texts of ours. Afterwards what we promise is held against its record."""
    promised.append(aliyun_line)
    return aliyun_line


@pytest.fixture
def brand(shanghai: Store) -> str:
    """The signature of the Shanghai shop, under which its thanks are registered."""
    signature = shanghai.organization.brand
    registered.register(organization=shanghai.organization, code="SMS_1234567", signature=signature, text=CHINESE_TEXT)
    return signature
