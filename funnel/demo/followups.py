"""What the demo's first shop does after a visit: calls alone, so that no text comes that nobody asked for."""

from datetime import datetime, timedelta
from typing import Final

from crm.callbacks import doing
from crm.models import Staff, Store
from funnel.demo.shops import SHOPS, Shop
from funnel.models import Visit
from messaging.contract.plans import Outcome
from messaging.followups import plans
from messaging.followups.plans import Step
from messaging.subjects import subject_of

_OUTCOME: Final[Outcome] = "not_bought"
_STEPS: Final = (
    Step(kind="task", days=1, hour=11, what="Ask whether a question is still open, and offer a time to come by"),
    Step(kind="task", days=14, hour=11, what="Tell them what has come in since"),
)
# As many calls wait when somebody first looks.
_WAITING: Final = 3
_LOOKS_BACK: Final = timedelta(days=7)


def follow_up(*, shop: Shop, store: Store, now: datetime) -> None:
    """The first shop has a plan for who did not buy, and a few of its calls are still to be made; once it has one, the
    plan is its manager's."""
    if shop is not SHOPS[0] or plans.plan_of(store_id=store.pk, outcome=_OUTCOME) is not None:
        return
    author = Staff.objects.get(organization_id=store.organization_id, email=shop.brand.email)
    plan = plans.set_plan(store=store, outcome=_OUTCOME, steps=_STEPS, replaces=0, author_id=author.pk, now=now)
    step = plans.steps_of(plan)[0]
    left = Visit.objects.filter(
        store=store,
        status=_OUTCOME,
        practice=False,
        customer__contact__opted_out_at=None,
        customer__contact__isnull=False,
        departed_at__gt=now - _LOOKS_BACK,
    )
    latest = {}
    for visit in left.select_related("customer", "owner").order_by("departed_at"):
        assert visit.departed_at is not None, "asked for above"
        due_at = plans.due_of(step=step, left_at=visit.departed_at, zone=store.zone)
        if due_at <= now:
            latest[visit.owner.display_name if visit.owner else ""] = visit, due_at
    # The associate whose PIN the demo's page names has one of them.
    first = shop.staff[0].name
    for name in sorted(latest, key=lambda name: (name != first, name))[:_WAITING]:
        visit, due_at = latest[name]
        doing.plan_call(
            store=store,
            subject=subject_of(visit.pk),
            step=1,
            customer=visit.customer,
            assignee=visit.owner,
            what=step.what,
            due_at=due_at,
            now=now,
        )
