"""The keys of the demo: they open made-up data alone, so they are shown to whoever asks for them."""

from typing import Any

from django.conf import settings

from crm.enrolment import make_code
from funnel.demo import shops


class NotFilled(RuntimeError):
    """The demo's shops are not there yet."""

    def __init__(self) -> None:
        super().__init__("The demo has no shops yet: run manage.py up, which makes them.")


def fresh() -> dict[str, Any]:
    """A way in for everybody: a new one-use code for a tablet of each store, the associates' PINs, a manager.

    New York comes first everywhere.
    """
    devices = []
    for shop in shops.SHOPS:
        store = shops.find(shop)
        if store is None:
            raise NotFilled
        devices.append({"store": shop.name, "code": make_code(store=store)})
    manager = shops.SHOPS[0].brand
    return {
        "url": settings.PUBLIC_BASE_URL,
        "devices": devices,
        "device_code": devices[0]["code"],
        "staff": [{"name": c.name, "pin": c.pin, "store": shop.name} for shop in shops.SHOPS for c in shop.staff],
        "manager": {"email": manager.email, "password": manager.password},
    }
