from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Photographs every screen of the running product for the documentation."""

    help = "Start the demo in a temporary folder and photograph every screen into docs/screens."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, help="Where to put the pictures instead.")

    def handle(self, *args: Any, folder: Path | None, **options: Any) -> None:
        try:
            # Needs what only development installs.
            from config import screens
        except ImportError as error:
            raise CommandError(f"make screens installs what is missing here: {error}") from error
        size = screens.take_all(folder or screens.FOLDER, self.stdout.write)
        self.stdout.write(f"{size / 1000:.0f} KB in all")
        if size > screens.MOST_BYTES:
            raise CommandError(f"The pictures take more than {screens.MOST_BYTES / 1000:.0f} KB together.")
