import os
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from config import welcome
from config.addresses import PortTaken, Reached, certificate_for, reached, refuse_taken_port
from config.checks import WITHOUT_PAGES
from config.client_build import ClientBuildError
from config.preparing import prepare
from config.processes import ChildEnded, Family, raise_when_stopped, stopping_in_order
from config.readiness import ready_answer

READY_SECONDS = 60


class Command(BaseCommand):
    """Makes what is missing, then runs the web server and the worker until a signal ends all of it."""

    # The web server that it starts looks through them.
    requires_system_checks = WITHOUT_PAGES
    help = "Start everything on this machine: database, client, demo data, web server and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-web", action="store_true", help="Start no web server.")
        parser.add_argument("--no-worker", action="store_true", help="Start no worker.")

    def handle(self, *args: Any, no_web: bool, no_worker: bool, **options: Any) -> None:
        raise_when_stopped()
        place = reached()
        try:
            if not no_web:
                refuse_taken_port(place.host, place.port)
            prepare(self.say)
            if place.https:
                certificate_for(place)
            self.run(place, web=not no_web, worker=not no_worker)
        except (PortTaken, ClientBuildError, ChildEnded) as error:
            # One line for whoever typed `make run`; the name of a Python class would not help there.
            self.stderr.write(str(error))
            raise SystemExit(1) from error

    def run(self, place: Reached, *, web: bool, worker: bool) -> None:
        """Start the children, show how to get in once they are ready, and look after them."""
        family = Family(environment_of(place, os.environ), self.say)
        started = time.monotonic()
        with stopping_in_order(family):
            if web:
                family.start("web", "web", restarts=False)
            if worker:
                family.start("worker", "worker", restarts=True)
            # What is shown needs the database; nothing of it may be open while the others run.
            lines = welcome.lines(place)
            connections.close_all()
            if web and not family.wait_until(lambda: ready_answer(place) == [], READY_SECONDS):
                raise ChildEnded(f"Not ready after {READY_SECONDS} s: {', '.join(ready_answer(place))}.")
            self.say(f"  {'serving':<40}{time.monotonic() - started:>6.1f} s")
            for line in lines if web else ["", "  The worker runs. Ctrl-C ends it.", ""]:
                self.say(line)
            family.keep()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        # Whoever reads this through a pipe waits for it as well.
        self.stdout.flush()


def environment_of(place: Reached, given: Mapping[str, str]) -> dict[str, str]:
    """What the children find in their environment: ours, with what they must agree on."""
    # In the demo the terminal belongs to the address and the way in; LOG_LEVEL=info shows each request as well.
    quiet = {"LOG_LEVEL": "warning"} if settings.DEMO else {}
    return {**quiet, **given, **place.environment(given), "TZ": "UTC"}
