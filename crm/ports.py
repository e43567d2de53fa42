"""What crm asks of the apps above it, which it never imports: typed lists that they fill in `AppConfig.ready`."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Error, register

from crm.models import Store

# Called with a new store and the key of its playbook, in the transaction that makes the store. Each adds what its app
# needs there and raises ValueError, with a sentence that names the field, for what it cannot take.
store_opened: Final[list[Callable[[Store, str], None]]] = []


@register()
def check_ports_are_filled(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A port that nobody fills would leave half of a store unmade, and nothing would say so."""
    if store_opened:
        return []
    return [
        Error(
            "Nobody listens to crm.ports.store_opened: a new store would have no texts and no playbook.",
            hint="An app above crm must append its function to the list in AppConfig.ready.",
            id="crm.E001",
        )
    ]
