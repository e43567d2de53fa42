from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from funnel.demo import credentials
from funnel.demo.tablet import ServerFault, Tablet
from funnel.demo.traffic import Sofar, drive

MOST_VISITS = 10_000
MOST_PER_MINUTE = 600


class Command(BaseCommand):
    """Drives visits through a running demo as a tablet would."""

    help = (
        "Let made-up customers visit the running demo: a tablet comes in with a fresh code and hands in their visits."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--visits", type=int, default=20, help="How many visits (default 20).")
        parser.add_argument("--rate", type=float, default=20, help="How many begin each minute (default 20).")
        parser.add_argument("--url", default=settings.PUBLIC_BASE_URL, help="Where the server is.")
        parser.add_argument(
            "--delay-scale",
            type=float,
            default=0.02,
            help="How fast a visit goes: 1 as in life, 0 at once (default 0.02: 20 minutes in 24 seconds).",
        )
        parser.add_argument("--store", default="", help="The name of a demo store (default: the first one).")

    def handle(
        self, *args: Any, visits: int, rate: float, url: str, delay_scale: float, store: str, **options: Any
    ) -> None:
        if not settings.DEMO:
            raise CommandError("Made-up visits belong into the demo alone: SENDOFF_MODE=demo")
        if not 1 <= visits <= MOST_VISITS:
            raise CommandError(f"--visits must be 1 to {MOST_VISITS}")
        if not 0 < rate <= MOST_PER_MINUTE:
            raise CommandError(f"--rate must be more than 0 and at most {MOST_PER_MINUTE}")
        if not 0 <= delay_scale <= 10:
            raise CommandError("--delay-scale must be 0 to 10")
        try:
            tablet = Tablet(url, authority=settings.DATA_DIR / "tls" / "authority.pem")
            tablet.enrol(self._code(store))
            # A long drive needs the database no more.
            connections.close_all()
            sofar = drive(tablet, visits=visits, per_minute=rate, delay_scale=delay_scale, progress=self._show(visits))
        except (ServerFault, credentials.NotFilled) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped: the visits that had begun stay open.") from None
        self.stdout.write(f"{sofar.ended} visits. " + ", ".join(f"{n} {what}" for what, n in sofar.results.items()))

    def _code(self, store: str) -> str:
        devices = credentials.fresh()["devices"]
        if not store:
            return str(devices[0]["code"])
        codes = [str(device["code"]) for device in devices if device["store"] == store]
        if not codes:
            raise CommandError(f"There is no store {store!r}; there are: {', '.join(d['store'] for d in devices)}")
        return codes[0]

    def _show(self, visits: int) -> Any:
        shown = 0

        def show(sofar: Sofar) -> None:
            nonlocal shown
            line = f"{sofar.ended} of {visits} visits over, {sofar.begun - sofar.ended} going on"
            if self.stderr.isatty():
                self.stderr.write(f"\r{line} ", ending="")
                if sofar.ended == visits:
                    self.stderr.write("")
            elif sofar.ended * 10 // visits > shown:
                shown = sofar.ended * 10 // visits
                self.stderr.write(line)

        return show
