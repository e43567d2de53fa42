from typing import Any

from django.core.management.base import CommandParser

from crm.tables import TablesCommand
from messaging import reconciling, sending
from messaging.followups import stepping
from messaging.sending import pumping


class Command(TablesCommand):
    """Sends what is due, without huey: a third net, for cron."""

    help = "Send the texts that are due, looking every second for a minute; with --once look once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{stepping.take_due()} steps taken")
            self.stdout.write(f"{sending.drain()} sent")
            self.stdout.write(f"{reconciling.reconcile()} doubts ended")
        else:
            stepping.take_due()
            pumping.pump(pumping.DUE)
