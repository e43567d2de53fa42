"""The two tables of both floors, and the tokens of one: what an event costs when nothing is done with it."""

import psycopg

VISITS = 1600
# Visits' ids differ in their last seven digits, so that a client of either floor can name one without asking.
FIRST_VISIT = 1_000_000
VISIT_ID = "00000000-0000-4000-8000-00000{number}"

_TABLES = """
CREATE TABLE floor_device (id bigserial PRIMARY KEY, token_hash varchar(64) NOT NULL UNIQUE);
CREATE TABLE floor_visit (
    id uuid PRIMARY KEY, stage varchar(40) NOT NULL, events integer NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE floor_event (
    id uuid PRIMARY KEY, visit_id uuid NOT NULL, device_id bigint, type varchar(40) NOT NULL,
    seq bigint NOT NULL, at timestamptz NOT NULL, received_at timestamptz NOT NULL, data jsonb NOT NULL
);
CREATE INDEX ON floor_event (visit_id);
"""


def make(url: str, *, token_hashes: list[str]) -> None:
    """Makes the tables of both floors, with visits to change and tablets to know."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO floor_device (token_hash) VALUES (%s)", [[h] for h in token_hashes])
            cursor.executemany(
                "INSERT INTO floor_visit (id, stage, events, updated_at) VALUES (%s, '', 0, now())",
                [[VISIT_ID.format(number=FIRST_VISIT + n)] for n in range(VISITS)],
            )
        connection.execute("VACUUM ANALYZE")
