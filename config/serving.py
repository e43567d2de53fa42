"""The web server and the worker, each as the process it is called in: what the commands `web` and `worker` run."""

import os
import signal
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.urls import get_resolver
from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels
from huey.contrib.djhuey import HUEY

from config import loading
from config.addresses import Reached, certificate_for, refuse_taken_port
from config.logs import configuration
from config.processes import end_with_parent
from crm.tables import NotMigrated, pending_migrations

THREADS: Final = 2
BACKLOG: Final = 1024
# Below the grace that `up` gives, so that the server kills its own before it is killed.
WORKER_GRACE_SECONDS: Final = 10
# SQLite has one writer at a time, and each further process costs memory on a small machine.
MOST_WITH_SQLITE: Final = 4
QUEUE_GRACE_SECONDS: Final = 15.0


def serve_web(place: Reached, *, workers: int | None) -> None:
    """Serve until a signal ends it: one process for each core, two threads in each."""
    refuse_taken_port(place.host, place.port)
    refuse_unmigrated()
    files = certificate_for(place) if place.https else None
    server = Granian(
        "config.wsgi:application",
        address=place.host,
        port=place.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.auto,
        workers=workers or default_workers(),
        blocking_threads=THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=WORKER_GRACE_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=configuration(**settings.LOGGING),
        ssl_cert=files.certificate if files else None,
        ssl_key=files.key if files else None,
        # Older Android browsers know nothing newer.
        ssl_protocol_min=SSLProtocols.tls12,
    )
    load_pages()
    os.register_at_fork(after_in_child=begin_as_worker)
    close_connections()
    server.serve()


def run_worker() -> None:
    """Run what is due until a signal ends it; a task that is running may finish."""
    refuse_unmigrated()
    close_connections()
    if settings.DEMO:
        # So that whoever watches the demo can kill it, and see what becomes of the texts.
        (settings.DATA_DIR / "worker.pid").write_text(f"{os.getpid()}\n")
    call_command(
        "run_huey",
        # One for the alarms and one for each look that lasts a minute (messaging.tasks), and one to spare.
        workers=4,
        worker_type="thread",
        # How long the queue may lie unread: the delay's precision depends on it.
        max_delay=0.5,
        scheduler_interval=1,
        graceful_signal="TERM",
        shutdown_timeout=QUEUE_GRACE_SECONDS,
    )


def refuse_unmigrated() -> None:
    """Neither process starts on tables of another version."""
    if pending_migrations():
        raise NotMigrated


def load_pages() -> None:
    """Load once, before there are several processes, what each of them would load at its first request."""
    loading.begins()
    import config.wsgi  # noqa: F401

    get_resolver().url_patterns  # noqa: B018
    loading.is_over()


def begin_as_worker() -> None:
    """A forked worker ends with the server, also when that is killed, and when it is told to end before it serves."""
    end_with_parent()
    # It inherits the server's own handlers, which only set a flag that nobody looks at here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def close_connections() -> None:
    """A connection that two processes share mixes up their answers: none is open when one becomes many."""
    connections.close_all()
    HUEY.storage.close()


def default_workers() -> int:
    """As many as there are cores for us."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WITH_SQLITE) if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else cores
