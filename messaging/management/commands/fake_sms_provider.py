import signal
import threading
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.fakes.faults import KINDS, BadMix, Mix, read_mix
from messaging.fakes.server import running
from messaging.fakes.twilio import ACCOUNT, FROM, TOKEN, FakeTwilio


def _mix(text: str) -> dict[str, float]:
    try:
        return read_mix(text)
    except BadMix as error:
        raise ArgumentTypeError(str(error)) from error


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ArgumentTypeError("a share lies between 0 and 1")
    return share


class Command(BaseCommand):
    """Runs a text provider on this machine that speaks as Twilio does and delivers to nobody, in good and bad days."""

    help = "Run a pretended Twilio on loopback: with state, lists, signed callbacks and faults. Never in production."
    # It needs neither a database nor any other setting.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; else a free one")
        parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same faults")
        parser.add_argument(
            "--mix", type=_mix, default={"ok": 1.0}, help=f"weights such as ok=90,drop_after=10, of {', '.join(KINDS)}"
        )
        parser.add_argument("--slow-seconds", type=float, default=12.0, help="how long a slow answer takes")
        parser.add_argument("--late-seconds", type=float, default=5.0, help="how late a dropped request is accepted")
        parser.add_argument("--retry-after", default="1", help="what a 429 asks for, in seconds")
        parser.add_argument("--list-lag-seconds", type=float, default=0.0, help="until a text is in the lists")
        parser.add_argument("--step-seconds", type=float, default=0.5, help="from one status to the next")
        for name, what in (
            ("failing-reads", "lists and look-ups that fail"),
            ("undelivered", "texts that the carrier does not deliver"),
            ("lost", "callbacks that are never made"),
            ("doubled", "callbacks that are made several times"),
            ("reordered", "callbacks that come after the next ones"),
        ):
            parser.add_argument(f"--{name}", type=_share, default=0.0, help=f"the share of {what}")
        parser.add_argument("--callbacks-to", default="", help="connect here in place of the callbacks' own host")
        parser.add_argument("--advanced-opt-out", action="store_true", help="say OptOutType with texts that come in")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Texts of a real shop must reach people: only with SENDOFF_MODE=demo")
        fake = FakeTwilio(
            account=settings.TWILIO_ACCOUNT_SID or ACCOUNT,
            token=settings.TWILIO_AUTH_TOKEN or TOKEN,
            sender=settings.TWILIO_FROM or FROM,
            mix=Mix(options["mix"], options["seed"]),
            inbound_url=f"{settings.PUBLIC_BASE_URL}/hooks/twilio/inbound",
            **{
                name: options[name]
                for name in (
                    "slow_seconds",
                    "late_seconds",
                    "retry_after",
                    "list_lag_seconds",
                    "step_seconds",
                    "failing_reads",
                    "undelivered",
                    "lost",
                    "doubled",
                    "reordered",
                    "callbacks_to",
                    "advanced_opt_out",
                )
            },
        )
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        with running(fake, port=options["port"]):
            self.stdout.write(
                f"{fake.url} is a Twilio that texts nobody. To use it:\n"
                f"  SMS_PROVIDER=twilio TWILIO_API_URL={fake.url} TWILIO_ACCOUNT_SID={fake.account}"
                f" TWILIO_AUTH_TOKEN={fake.token} TWILIO_FROM={fake.sender}"
                f" TWILIO_SEGMENTS_PER_SECOND=1000\n"
                f"{fake.url}/control/record tells what happened; POST inbound, status or behaviour beside it.",
                ending="\n",
            )
            self.stdout.flush()
            stop.wait()
