"""The days that were held against the providers' records, as one organisation may read of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncDate

from crm.models import Organization
from messaging.models import Attempt, Comparison, SenderDay
from messaging.proof.comparing import can_list
from messaging.proof.concerning import incidents_of
from messaging.sending import routing

# A provider and a day of its calendar.
_Key = tuple[str, date]
_BY_DAY: Final = ("provider", "day")


@dataclass(frozen=True, slots=True)
class Day:
    """One day held against one provider's record, unfinished until it has answered in full.

    `theirs` is None where several organisations share the installation: a provider counts for all of them together,
    and nobody reads another's volume. `to_look_into` and `looked_into` are the differences that concern this one.
    """

    provider: str
    day: date
    finished_at: datetime | None
    ours: int
    theirs: int | None
    to_look_into: int
    looked_into: int


def days_of(organization: Organization, *, since: date) -> list[Day]:
    """Each day since then that was compared or tried, the latest first."""
    incidents = incidents_of(organization).filter(day__gte=since).order_by()
    open_ones = _counted(incidents.filter(closed_at=None).values_list(*_BY_DAY).annotate(Count("id")))
    closed = _counted(incidents.exclude(closed_at=None).values_list(*_BY_DAY).annotate(Count("id")))
    is_alone = not Organization.objects.exclude(pk=organization.pk).exists()
    ours = Counter[_Key]() if is_alone else _own(organization, since)
    rows = Comparison.objects.filter(day__gte=since).order_by("-day", "provider")
    return [
        Day(
            provider=row.provider,
            day=row.day,
            finished_at=row.finished_at,
            ours=row.ours if is_alone else ours[row.provider, row.day],
            theirs=row.theirs if is_alone else None,
            to_look_into=open_ones[row.provider, row.day],
            looked_into=closed[row.provider, row.day],
        )
        for row in rows
        # Of one that lists no day there is nothing to say day by day.
        if can_list(row.provider)
    ]


def without_a_list(organization: Organization, *, since: date) -> list[str]:
    """The providers of this organisation's texts that offer no list of a day: nothing is held against their record."""
    days = SenderDay.objects.filter(organization=organization, day__gte=since).order_by()
    used = days.values_list("sender__provider", flat=True).distinct()
    return [name for name in dict.fromkeys([*routing.named(), *used]) if not can_list(name)]


def _own(organization: Organization, since: date) -> Counter[_Key]:
    """As the comparison itself counts: attempts that the provider gave an id, by the day of their request."""
    begin = datetime.combine(since, time.min, tzinfo=UTC)
    taken = Attempt.objects.filter(message__organization=organization, started_at__gte=begin).exclude(sid="")
    by_day = taken.annotate(day=TruncDate("started_at", tzinfo=UTC)).order_by()
    return _counted(by_day.values_list(*_BY_DAY).annotate(Count("id")))


def _counted(rows: Iterable[tuple[str, date, int]]) -> Counter[_Key]:
    return Counter({(provider, day): count for provider, day, count in rows})
