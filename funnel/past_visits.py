"""Visits as the customers themselves know them, for the page of their own: nothing that we think of them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.contract import Language
from funnel.contract import Status
from funnel.models import Visit
from messaging.ports import PastVisit

OUTCOMES: Final[Mapping[Status, Mapping[Language, str]]] = {
    "open": {"en": "How it ended was not noted", "zh": "没有记录结果"},
    "bought": {"en": "You bought something", "zh": "您买了东西"},
    "not_bought": {"en": "You did not buy this time", "zh": "这次没有买"},
    "left_early": {"en": "You had to leave before we could help", "zh": "您提前离开了"},
    "voided": {"en": "Noted by mistake, and taken back", "zh": "误记，已作废"},
}


def visits_of(customer_id: UUID) -> list[PastVisit]:
    """Every visit of a customer, the latest first; what was only practice is none."""
    visits = Visit.objects.filter(customer=customer_id, practice=False).select_related("store")
    return [
        PastVisit(
            day=visit.started_at.astimezone(ZoneInfo(visit.zone)).date(),
            store=visit.store.name,
            outcome=OUTCOMES[visit.status],  # type: ignore[index]  # the database holds only these
        )
        for visit in visits.order_by("-started_at", "-id")
    ]
