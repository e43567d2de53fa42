"""Loads the playbooks that come with the product, or files of one's own."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from crm.tables import TablesCommand
from funnel import playbooks


class Command(TablesCommand):
    help = "Loads playbooks as new versions; a version that is already there is left as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="Playbook files; none: those that come with Sendoff.")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            loaded = [json.loads(f.read_text(encoding="utf-8")) for f in files] if files else playbooks.shipped()
        except (OSError, ValueError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        for data in loaded:
            try:
                version, new = playbooks.load(data)
            except playbooks.PlaybookFault as error:
                raise CommandError(f"Not loaded: {error}") from error
            self.stdout.write(f"{version}: {'loaded' if new else 'already there'}")
