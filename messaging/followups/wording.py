"""The words of the texts that follow in the days after a visit."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from crm.contract import Language
from crm.models import Customer, Staff, Store
from messaging.models import Template
from messaging.planning.deciding import values_of
from messaging.wording import Rendered, render


def worded(
    *, template: Template, store: Store, customer: Customer, signer: Staff | None, left_at: datetime
) -> Rendered:
    """A later text names the day of the visit, by the store's calendar, and who served then while they work here."""
    return render(
        template=template.body,
        language=cast(Language, template.language),
        values=values_of(
            store=store,
            customer=customer,
            signer=signer,
            visited_on=left_at.astimezone(ZoneInfo(store.zone)).date(),
        ),
        country=customer.contact.country if customer.contact else "",
    )
