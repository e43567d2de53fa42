from typing import Any

from django.core.management.base import CommandError, CommandParser

from crm.clock import db_now
from crm.models import Organization
from crm.tables import TablesCommand
from messaging.management.brands import organization_of
from messaging.models import Pause
from messaging.providers import NAMES
from messaging.sending import pauses, routing


class Command(TablesCommand):
    """Switches texts off for everybody or for one organisation, and on again; without --why it says what is off."""

    help = "Pause texts, resume them, or say what is paused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", choices=NAMES, help="the default is every provider that the settings name")
        parser.add_argument("--organization", help="its brand; the default is all")
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--why", help="pause, for this reason: managers read it")
        change.add_argument("--resume", action="store_true", help="let them go again")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = organization_of(options["organization"]) if options["organization"] else None
        providers = [options["provider"]] if options["provider"] else routing.named()
        for provider in providers:
            if options["why"]:
                self._pause(provider, organization, options["why"])
            elif options["resume"]:
                ended = pauses.resume(provider=provider, organization=organization, staff=None, now=db_now())
                self.stdout.write(f"{provider}: {'resumed' if ended else 'was not paused'}")
            else:
                self._tell(provider)

    def _pause(self, provider: str, organization: Organization | None, why: str) -> None:
        if len(why) > 200:
            raise CommandError("A reason has at most 200 characters.")
        try:
            pauses.pause(provider=provider, organization=organization, reason=why, staff=None, now=db_now())
        except pauses.AlreadyPaused:
            self.stdout.write(f"{provider}: was paused already")
        else:
            self.stdout.write(f"{provider}: paused")

    def _tell(self, provider: str) -> None:
        running = Pause.objects.filter(provider=provider, resumed_at=None).select_related("organization", "paused_by")
        for pause in running.order_by("paused_at"):
            whose = pause.organization.brand if pause.organization else "all"
            by = f" by {pause.paused_by.display_name}" if pause.paused_by else ""
            self.stdout.write(
                f"{provider}: {whose} paused at {pause.paused_at:%Y-%m-%d %H:%M} UTC{by}: {pause.reason}"
            )
        if not running:
            self.stdout.write(f"{provider}: not paused")
