"""Whether the database has the tables that this code was written for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor


class NotMigrated(Exception):
    """The tables are not those this code was written for."""

    def __init__(self) -> None:
        super().__init__("The database is not migrated: run `manage.py migrate` first.")


class TablesCommand(BaseCommand):
    """A command that needs the tables. Where they are missing it says what to run, not what SQL thinks of it."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            if pending_migrations():
                raise CommandError(str(NotMigrated())) from error
            raise


def pending_migrations() -> list[str]:
    """The migrations of this code that the database has not seen yet."""
    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
