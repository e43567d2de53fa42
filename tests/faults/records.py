"""What each provider's own record says of our texts, in one form: what it was asked to send, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.models import ConsoleText
from tests.messaging.fake_aliyun import FakeAliyun
from tests.messaging.fake_twilio import Asked, FakeTwilio

Pretended = FakeTwilio | FakeAliyun


@dataclass(frozen=True)
class Request:
    """One request to send something: the attempt that it names, empty for none, and the number that it was for."""

    attempt: str
    to: str


@dataclass(frozen=True)
class Taken:
    """One text that a provider has. Of one that `failed` nothing left it."""

    sid: str
    attempt: str
    failed: bool = False


@dataclass(frozen=True)
class Record:
    """Everything that one provider, called as in our attempts, knows of what we sent."""

    provider: str
    requests: Sequence[Request]
    texts: Sequence[Taken]


def record_of(provider: Pretended) -> Record:
    """What a pretended provider remembers."""
    return _of_twilio(provider) if isinstance(provider, FakeTwilio) else _of_aliyun(provider)


def record_of_console() -> Record:
    """What the console has "sent": its table is the phone, and whatever it was asked for and took stands there."""
    texts = list(ConsoleText.objects.all())
    return Record(
        "console",
        [Request(str(text.attempt_id), text.to) for text in texts],
        [Taken(f"console-{text.attempt_id.hex}", str(text.attempt_id)) for text in texts],
    )


def posts(provider: FakeTwilio) -> list[Asked]:
    """Every request to Twilio to send something."""
    return [asked for asked in provider.asked if asked.method == "POST"]


def attempt_in(url: str) -> str:
    """The attempt that a text reports to."""
    return url.rpartition("/")[2]


def _of_twilio(provider: FakeTwilio) -> Record:
    ours = [text for text in provider.created if text["direction"] == "outbound-api"]
    return Record(
        "twilio",
        [Request(attempt_in(asked.form.get("StatusCallback", "")), asked.form["To"]) for asked in posts(provider)],
        [
            Taken(text["sid"], attempt_in(provider.reports_to(text["sid"])), failed=text["status"] == "failed")
            for text in ours
            # What left the account by another sender is another program's.
            if text["from"] in (None, provider.sender)
        ],
    )


def _of_aliyun(provider: FakeAliyun) -> Record:
    """Aliyun has no id that can be asked for: each text is called by the attempt that it was named by."""
    return Record(
        "aliyun",
        [
            Request(asked.get("OutId", ""), f"+86{asked['PhoneNumbers']}")
            for action, asked in provider.asked
            if action == "SendSms"
        ],
        [Taken(f"aliyun-{text['OutId'].replace('-', '')}", text["OutId"]) for text in provider.taken],
    )
