from typing import Any

from django.core.management.base import CommandError, CommandParser

from crm.tables import TablesCommand
from messaging.management.brands import organization_of
from messaging.wording import registered


class Command(TablesCommand):
    """Notes a wording that a text provider has approved for an organisation, so that its texts may use it."""

    help = "Note a wording that Aliyun has approved, or correct one under the same code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, help="its brand")
        parser.add_argument("--code", required=True, help="as Aliyun shows it: SMS_…")
        parser.add_argument("--signature", required=True, help="as approved, without 【】")
        parser.add_argument("--text", required=True, help="as approved, with ${name} where something is filled in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            noted = registered.register(
                organization=organization_of(options["organization"]),
                code=options["code"],
                signature=options["signature"],
                text=options["text"],
            )
        except registered.BadRegistration as error:
            raise CommandError(f"Not noted: {error}.") from error
        self.stdout.write(f"{noted.code} is noted.")
