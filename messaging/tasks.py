"""huey's side: an alarm clock, nothing more. A lost task costs a second, a doubled one finds nothing due."""

from datetime import datetime
from threading import Event

from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task

from crm.clock import db_now
from messaging import sending
from messaging.followups import stepping
from messaging.sending import pumping

_stopping = Event()


def wake(due: datetime) -> None:
    """Sets an alarm for a due moment, as a delay from the database's time.

    A naive eta would ring up to a second early, and one by this host's clock as wrong as that clock.
    """
    drain_due.schedule(delay=max(0.0, (due - db_now()).total_seconds()))


@db_task(retries=0)
def drain_due() -> None:
    """Send what is due."""
    sending.drain()


@db_periodic_task(crontab(minute="*"))
def pump() -> None:
    """Look every second for what no alarm rang for."""
    pumping.pump(pumping.DUE, stop=_stopping)


@db_periodic_task(crontab(minute="*"))
def look_into_doubts() -> None:
    """Ask the providers about texts of which nobody knows whether they were sent."""
    pumping.pump(pumping.DOUBTS, stop=_stopping)


@db_periodic_task(crontab(minute="*"))
def compare_days() -> None:
    """Hold each day against the providers' own records, once it is over."""
    pumping.pump(pumping.DAYS, stop=_stopping)


@db_periodic_task(crontab(minute="*"))
def take_steps() -> None:
    """Make texts and calls of the follow-up steps that come within the hour: once a minute is often enough."""
    stepping.take_due()


@HUEY.on_shutdown()
def stop_pumping() -> None:
    """The first worker thread that ends tells the pump to end too: a graceful stop need not wait for its minute."""
    _stopping.set()
