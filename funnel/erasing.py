"""What visits hold of a customer who is erased: what was written about them. That they were here stays countable."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q

from crm.models import Customer
from funnel.models import Note, QuarantinedEvent, Visit


def forget(customer_ids: Sequence[UUID]) -> None:
    """The notes of an erased customer's visits go, and so does what a tablet sent of them and nobody could take."""
    visits = Visit.objects.filter(customer_id__in=list(customer_ids)).values_list("id", "log_id")
    ids = {each for pair in visits for each in pair}
    Note.objects.filter(visit_id__in=ids).delete()
    named = Q(pk__in=[])
    for each in (*ids, *customer_ids):
        named |= Q(raw__contains=str(each))
    QuarantinedEvent.objects.filter(named, kind__in=["person", "note"]).update(raw="")


def forget_late(visits: Iterable[Visit]) -> None:
    """A visit that turns out to have been an erased customer's loses what was noted about it before that was known."""
    of = {visit.customer_id for visit in visits if visit.customer_id is not None}
    erased = Customer.objects.filter(pk__in=of, erased_at__isnull=False) if of else ()
    if found := [customer.pk for customer in erased]:
        forget(found)


def is_about_erased(visit_id: UUID) -> bool:
    """Whether a visit was an erased customer's: a note about it that comes late is not kept."""
    return Visit.objects.filter(id=visit_id, customer__erased_at__isnull=False).exists()
