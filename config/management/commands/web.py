from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.addresses import PortTaken, reached
from config.serving import serve_web
from crm.tables import NotMigrated


class Command(BaseCommand):
    """Serves the web until a signal ends it."""

    help = "Serve the web at HOST and PORT; any number may run on any number of hosts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, help="Processes; as many as cores unless given.")

    def handle(self, *args: Any, workers: int | None, **options: Any) -> None:
        try:
            serve_web(reached(), workers=workers)
        except (PortTaken, NotMigrated) as error:
            raise CommandError(str(error)) from error
