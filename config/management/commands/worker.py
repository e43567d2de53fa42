from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.checks import TAG
from config.serving import NotMigrated, run_worker


class Command(BaseCommand):
    """Sends what is due until a signal ends it."""

    help = "Send texts when they are due; any number may run on any number of hosts."
    # It serves no pages: looking through them would take half as long as all the rest.
    requires_system_checks: list[str] = [TAG]

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run_worker()
        except NotMigrated as error:
            raise CommandError(str(error)) from error
