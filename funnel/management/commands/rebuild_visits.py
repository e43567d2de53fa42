"""Folds every visit again from its events."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from crm.models import Store
from crm.tables import TablesCommand
from funnel.rebuilding import logs_of, rebuild


class Command(TablesCommand):
    help = "Folds every visit again from its events and puts right what differs; with --verify it only reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="Change nothing; exit with 1 if anything differs.")
        parser.add_argument("--store", help="The name of one store; otherwise all of them.")

    def handle(self, *args: Any, verify: bool, store: str | None, **options: Any) -> None:
        stores = Store.objects.filter(name=store) if store else Store.objects.all()
        if store and not stores:
            raise CommandError(f"There is no store named {store!r}.")
        checked = differing = 0
        for each in stores.order_by("name"):
            for log_id in logs_of(each):
                for difference in rebuild(store=each, log_id=log_id, write=not verify):
                    differing += 1
                    what = ", ".join(difference.fields) or "the row was missing"
                    self.stdout.write(f"visit {difference.visit_id}: {what}")
                checked += 1
                if checked % 500 == 0:
                    self.stderr.write(f"{checked} visits folded")
        done = "differ" if verify else "differed and were put right"
        self.stdout.write(f"{checked} visits folded, {differing} {done}.")
        if verify and differing:
            raise CommandError("Run rebuild_visits without --verify to put them right.")
