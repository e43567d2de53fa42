"""Who works here: somebody who leaves is not deleted, since what they did is known for ever."""

from crm import ports
from crm.models import Staff


def tell(*, staff: Staff) -> None:
    """Whoever leaves the company, or returns, does so in every app at once: call it in that transaction."""
    for listener in ports.staff_came_or_went:
        listener(staff.pk)
