from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.client_build import ClientBuildError, build, check


class Command(BaseCommand):
    """Builds the tablet client; does nothing when it is up to date. With --check it checks its types instead."""

    help = "Build the tablet client when its sources changed."
    # The client is built before there is anything else, a database included.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Check the client's types, and build nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            (check if options["check"] else build)(self.stdout.write)
        except ClientBuildError as error:
            raise CommandError(str(error)) from error
