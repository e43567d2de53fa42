"""What is shown once everything runs: where it is, how to get in, and how tablets come to trust it."""

import io
import os
import shlex
from collections.abc import Iterator

import segno
from django.conf import settings

from config import views
from config.addresses import Reached


def lines(place: Reached) -> list[str]:
    """The lines to show, in the order in which somebody who starts it for the first time needs them."""
    shown = [
        "",
        f"  Sendoff runs at  {place.url if settings.DEMO else settings.PUBLIC_BASE_URL}  (Ctrl-C ends it)",
        "",
    ]
    if settings.DEMO:
        shown += [*_demo(place.url), ""]
    if place.https:
        shown += [*_tablets(place), ""]
    return shown


def _demo(url: str) -> Iterator[str]:
    from funnel.demo import credentials

    keys = credentials.fresh()
    associate, manager = keys["staff"][0], keys["manager"]
    yield f"  The whole story    {url}/demo"
    yield f"  Customers' phones  {url}/demo/phone"
    yield ""
    yield f"  As an associate    {url}/"
    yield f"                     code {keys['device_code']} ({associate['store']})"
    yield f"                     then {associate['name']}, PIN {associate['pin']}"
    yield f"  As a manager       {url}/manage"
    yield f"                     {manager['email']}, password: {manager['password']}"
    yield f"  Others, and new codes: {beside('demo_credentials')}"


def beside(command: str) -> str:
    """What to type in another terminal, so that the command finds this very demo. What `make` was told by its command
    line stands in no other terminal; an address of a database would show its password, and is left to who gave it."""
    given = {name: os.environ.get(name) for name in ("DATA_DIR", "HOST", "PORT")}
    set_here = [f"{name}={shlex.quote(value)}" for name, value in given.items() if value]
    return " ".join(["SENDOFF_MODE=demo", *set_here, ".venv/bin/python manage.py", command])


def _tablets(place: Reached) -> Iterator[str]:
    trust = f"{place.url}/authority"
    code = io.StringIO()
    segno.make(trust, error="m").terminal(out=code, compact=True)
    yield "  Tablets on this network: scan the code, or open the address below it."
    yield "  The first time, the browser warns: choose to visit the page anyway, and follow its steps (English, 中文)."
    yield from code.getvalue().splitlines()
    yield f"  {trust}"
    yield f"  Fingerprint of the certificate: {views.fingerprint()}"
