"""Whoever updates keeps every row, and ends with the tables that a new shop begins with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import StateApps

# Where the first version that anybody could have run ended.
FIRST = [
    ("crm", "0002_alter_customer_created_at_signinguard"),
    ("messaging", "0002_remove_message_message_leases_message_message_leases"),
    ("funnel", "0002_events_never_change"),
]
EARLIER = "earlier"


@pytest.fixture
def earlier(db: None, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A database beside the suite's own, with nothing in it."""
    settings: dict[str, Any] = dict(connections.settings[DEFAULT_DB_ALIAS])
    postgresql = connection.vendor == "postgresql"
    if postgresql:
        settings["OPTIONS"] = {**settings["OPTIONS"], "options": f"-c search_path={EARLIER}"}
    else:
        settings["NAME"] = tmp_path / "earlier.sqlite3"
    connections.settings[EARLIER] = settings
    beside = connections[EARLIER]
    # Asked for outright: a test may not open another database in passing.
    beside.connect()
    with beside.cursor() as cursor:
        if postgresql:
            cursor.execute(f"CREATE SCHEMA {EARLIER}")
        try:
            yield beside
        finally:
            if postgresql:
                cursor.execute(f"DROP SCHEMA {EARLIER} CASCADE")
            beside.close()
            del connections[EARLIER], connections.settings[EARLIER]


def test_rows_of_the_first_version_come_through_to_the_newest_tables(earlier: BaseDatabaseWrapper) -> None:
    one_by_one = MigrationExecutor(earlier)
    one_by_one.loader = MigrationLoader(earlier, replace_migrations=False)
    before = one_by_one.migrate(FIRST).apps
    ids = a_shop_with_a_doubtful_text(before)

    as_everybody_does = MigrationExecutor(earlier)
    newest = as_everybody_does.loader.graph.leaf_nodes()
    after = as_everybody_does.migrate(newest).apps

    message = after.get_model("messaging", "Message").objects.using(EARLIER).get()
    assert {"message": message.pk, "store": message.store_id, "contact": message.contact_id} == ids
    assert (message.state, message.body) == ("unknown", "Thank you for coming.")
    # Nobody looked into doubts then.
    assert message.reconcile_at is not None
    feed = after.get_model("crm", "StoreFeed").objects.using(EARLIER).get()
    assert (feed.seq, feed.visit_seq, feed.message_seq) == (41, 41, 41)

    assert tables(earlier) == tables(connection)
    # The squashed ones count as done, so that those before them can go one day.
    assert set(newest) <= set(MigrationRecorder(earlier).applied_migrations())


def a_shop_with_a_doubtful_text(apps: StateApps) -> dict[str, Any]:
    """What the first version kept about it."""

    def made(label: str, **fields: Any) -> Any:
        return apps.get_model(label).objects.using(EARLIER).create(**fields)

    now = datetime.now(UTC)
    shop = made("crm.Organization", name="Hartwell & Finch", brand="Hartwell & Finch", currency="USD")
    store = made(
        "crm.Store", organization=shop, name="New York", zone="America/New_York", country="US", currency="USD"
    )
    made("crm.StoreFeed", store=store, seq=41)
    contact = made("crm.ContactPoint", organization=shop, e164="+12125550147", country="US")
    message = made(
        "messaging.Message",
        organization=shop,
        store=store,
        contact=contact,
        subject=f"visit:{uuid4()}",
        closing=1,
        purpose="departure_bought",
        language="en",
        body="Thank you for coming.",
        segments=1,
        state="unknown",
        left_at=now,
        received_at=now,
        send_at=now,
        not_after=now + timedelta(hours=1),
        planned_at=now,
    )
    return {"message": message.pk, "store": store.pk, "contact": contact.pk}


def tables(database: BaseDatabaseWrapper) -> set[str]:
    """Everything by which a database keeps and refuses rows, in its own words, whatever order it was made in."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            return {definition.replace(f"{EARLIER}.", "public.") for (definition,) in cursor.fetchall()}
        cursor.execute("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {f"{name}: {part}" for name, sql in cursor.fetchall() for part in parts(sql)}


POSTGRESQL = """
SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
                 is_identity)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
"""


def parts(sql: str) -> Iterator[str]:
    """The columns and constraints of a table, or the whole of anything else."""
    if not sql.startswith("CREATE TABLE"):
        yield sql
        return
    depth, part = 0, ""
    for sign in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()
