"""What crm asks of the apps above it, which it never imports: typed lists that they fill in `AppConfig.ready`."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from django.core.checks import CheckMessage, Error, register

from crm.models import Store

# By which a process asks for the check of these lists alone.
TAG: Final = "ports"
# Called with a new store and the key of its playbook, in the transaction that makes the store. Each adds what its app
# needs there and raises ValueError, with a sentence that names the field, for what it cannot take.
store_opened: Final[list[Callable[[Store, str], None]]] = []
# Called with the ids of customers who are erased, in that transaction. Each erases what its app holds of them.
people_erased: Final[list[Callable[[Sequence[UUID]], None]]] = []
# Called with the id of somebody who leaves the company, or returns, in that transaction. Each changes what is still to
# be said in their name.
staff_came_or_went: Final[list[Callable[[UUID], None]]] = []


@register(TAG)
def check_ports_are_filled(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A port that nobody fills would leave half of a store unmade, and nothing would say so."""
    faults: list[CheckMessage] = []
    if not people_erased:
        faults.append(
            Error(
                "Nobody listens to crm.ports.people_erased: notes about an erased customer would stay.",
                hint="An app above crm must append its function to the list in AppConfig.ready.",
                id="crm.E002",
            )
        )
    if not staff_came_or_went:
        faults.append(
            Error(
                "Nobody listens to crm.ports.staff_came_or_went: who has left the company would still sign texts.",
                hint="An app above crm must append its function to the list in AppConfig.ready.",
                id="crm.E003",
            )
        )
    if store_opened:
        return faults
    return [
        *faults,
        Error(
            "Nobody listens to crm.ports.store_opened: a new store would have no texts and no playbook.",
            hint="An app above crm must append its function to the list in AppConfig.ready.",
            id="crm.E001",
        ),
    ]
