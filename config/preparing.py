"""What must be there before anything is served: every start makes what is missing, and skips what is done."""

import fcntl
import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from config import client_build
from config.processes import end_children
from crm.tables import pending_migrations

Say = Callable[[str], None]


class Steps:
    """Shows each step as one line with the time it took, and what it says meanwhile before it."""

    def __init__(self, say: Say) -> None:
        # Steps go on beside each other, and no line may begin in the middle of another.
        self._lock = threading.Lock()
        self._say = say

    def say(self, text: str) -> None:
        with self._lock:
            self._say(text)

    def take(self, step: Callable[[Say], str]) -> None:
        """Take one step; it answers what to call its result."""
        started = time.monotonic()
        result = step(lambda text: self.say(f"  · {text}"))
        self.say(f"  {result:<40}{time.monotonic() - started:>6.1f} s")


def prepare(say: Say) -> None:
    """Make the tables, the playbooks, the client and the demo's data, as far as they are missing."""
    steps = Steps(say)
    with one_at_a_time(Path(settings.DATA_DIR) / "preparing.lock", say), ThreadPoolExecutor(1) as beside:
        # The client's build is mostly other processes' work and touches no table: it goes on beside the rest.
        client = beside.submit(steps.take, build_client)
        try:
            steps.take(migrate)
            steps.take(load_playbooks)
            if settings.DEMO:
                steps.take(fill_demo)
            client.result()
        except BaseException:
            # Whoever pressed Ctrl-C does not wait for a build that nobody needs any more.
            while not client.done():
                end_children()
                time.sleep(0.05)
            raise


def migrate(say: Say) -> str:
    """Bring the tables up to date."""
    pending = pending_migrations()
    if not pending:
        return "database up to date"
    call_command("migrate", interactive=False, verbosity=0)
    return f"database: {len(pending)} migrations applied"


def load_playbooks(say: Say) -> str:
    """Load the playbooks that come with the product; those that are there stay as they are."""
    lines = io.StringIO()
    call_command("load_playbooks", stdout=lines)
    fresh = lines.getvalue().count(": loaded")
    return f"playbooks: {fresh} loaded" if fresh else "playbooks up to date"


def build_client(say: Say) -> str:
    """Build the tablet's pages if their sources have changed."""
    said: list[str] = []

    def hear(text: str) -> None:
        said.append(text)
        # The last words are the result, and the result is shown by itself.
        if text not in ("client up to date", "client built"):
            say(text.removeprefix("client: "))

    client_build.build(hear)
    return said[-1]


def fill_demo(say: Say) -> str:
    """Fill an empty data folder with a made-up business, or add the days since the last start."""
    from funnel.demo import seed

    seed.fill(progress=say)
    return "demo data ready"


@contextmanager
def one_at_a_time(path: Path, say: Say) -> Iterator[None]:
    """Let one start prepare a data folder at a time; the file stays, since another may be waiting on it."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  · another start is preparing this data folder; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
