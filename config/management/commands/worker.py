from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.checks import WITHOUT_PAGES
from config.serving import run_worker
from crm.tables import NotMigrated


class Command(BaseCommand):
    """Sends what is due until a signal ends it."""

    help = "Send texts when they are due; any number may run on any number of hosts."
    requires_system_checks = WITHOUT_PAGES

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run_worker()
        except NotMigrated as error:
            raise CommandError(str(error)) from error
