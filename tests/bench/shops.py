"""The shops of the load: opened by the product's own verbs, each tablet enrolled with a code. Needs Django set up."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from crm.clock import db_now
from crm.enrolment import enrol, make_code
from crm.models import Staff
from crm.opening import NewBrand, NewManager, NewPerson, open_store
from messaging.policy import versions
from messaging.policy.terms import OFF
from tests.bench.caller import Caller
from tests.bench.tablets import Tablet

PIN = "482913"


@dataclass(frozen=True)
class Held:
    """A tablet that is enrolled, and who holds it."""

    token: str
    staff: str

    def caller(self, port: int) -> Caller:
        return Caller(port, **{settings.DEVICE_COOKIE: self.token})

    def client(self, port: int, *, staying: bool = False) -> dict[str, Any]:
        """As the load's order names it: with its cookies, and the cursor of an empty batch."""
        caller = self.caller(port)
        cursor = caller.post("/sync", Tablet(staff=self.staff).batch([]))["cursor"]
        caller.close()
        cookies = {"cookies": caller.cookie_header(), "csrf": caller.csrf}
        return cookies | {"staff": self.staff, "cursor": cursor, "staying": staying}


def migrate() -> None:
    """Makes the tables and loads the playbooks."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_playbooks", verbosity=0, stdout=_Silence())


def open_shops(number: int, *, tablets: int) -> list[list[Held]]:
    """Opens so many stores of one brand, each with so many tablets; a store's tablets stand together."""
    boss: NewManager | Staff = NewManager("Maria", "maria@bench.example", "a lamp, a kettle and two spoons")
    organization = None
    stores = []
    for place in range(number):
        opened = open_store(
            organization=organization or NewBrand("Hartwell & Finch", "en", "USD"),
            name=f"Store {place + 1}",
            zone="America/New_York",
            country="US",
            manager=boss,
            staff=[NewPerson("Ana", PIN)],
        )
        organization, boss = opened.organization, opened.manager
        codes = [opened.code, *(make_code(store=opened.store) for _ in range(tablets - 1))]
        stores.append([Held(enrol(code=code)[1], str(opened.staff[0].pk)) for code in codes])
    assert organization is not None
    # A bench that runs at night measures the same as one at noon.
    versions.save(organization=organization, terms=OFF, staff=None, now=db_now())
    connections.close_all()
    return stores


class _Silence:
    def write(self, text: str) -> None:
        """The figures have the standard output for themselves."""
