from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.client_build import ClientBuildError, build


class Command(BaseCommand):
    """Builds the tablet client; does nothing when it is up to date."""

    help = "Build the tablet client when its sources changed."
    # The client is built before there is anything else, a database included.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            build(self.stdout.write)
        except ClientBuildError as error:
            raise CommandError(str(error)) from error
