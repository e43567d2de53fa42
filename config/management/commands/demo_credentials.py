import json
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.addresses import reached
from config.checks import WITHOUT_PAGES
from crm.tables import pending_migrations


class Command(BaseCommand):
    """Prints a fresh way into the demo, for programs."""

    help = "Print as JSON how to sign in to the demo: a new device code, an associate, a manager."
    requires_system_checks = WITHOUT_PAGES

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo gives its keys away: SENDOFF_MODE=demo")
        from funnel.demo import credentials

        try:
            if pending_migrations():
                raise credentials.NotFilled
            # A tablet or a program elsewhere uses them too, so they name the address that others reach.
            keys = credentials.fresh() | {"url": reached().environment(os.environ)["PUBLIC_BASE_URL"]}
        except credentials.NotFilled as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(keys, ensure_ascii=False, indent=2))
