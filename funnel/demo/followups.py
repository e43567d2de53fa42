"""What the demo's shops do after a visit: they call who did not buy, and ask who bought how it was."""

from datetime import datetime, timedelta
from typing import Final

from crm.callbacks import doing
from crm.contract import Language
from crm.models import Staff, Store
from funnel.demo import asking
from funnel.demo.shops import Shop, is_first
from funnel.models import Visit
from messaging.contract.plans import Outcome
from messaging.followups import plans
from messaging.followups.plans import Step
from messaging.models import FollowUp
from messaging.subjects import subject_of

_OUTCOME: Final[Outcome] = "not_bought"
_WHAT: Final[dict[Language, tuple[str, str]]] = {
    "en": ("Ask whether a question is still open, and offer a time to come by", "Tell them what has come in since"),
    "zh": ("问问还有什么疑问，约个方便的时间再来看看", "告诉顾客这段时间店里到了什么新款"),
}
_DAYS: Final = (1, 14)
_HOUR: Final = 11
# As many calls wait when somebody first looks.
_WAITING: Final = 3
_LOOKS_BACK: Final = timedelta(days=7)


def follow_up(*, shop: Shop, store: Store, now: datetime) -> None:
    """The first shop of each brand has a plan for who bought and one for who did not, and a few of its calls are still
    to be made; once it has a plan, that is its manager's."""
    if not is_first(shop):
        return
    author = Staff.objects.get(organization_id=store.organization_id, email=shop.brand.email)
    if plans.plan_of(store_id=store.pk, outcome="bought") is None:
        # Of those who bought before it, `asking` tells.
        question = Step(kind="text", days=asking.STEP.days, hour=asking.STEP.hour, purpose=asking.STEP.purpose)
        plans.set_plan(store=store, outcome="bought", steps=[question], replaces=0, author_id=author.pk, now=now)
    if plans.plan_of(store_id=store.pk, outcome=_OUTCOME) is None:
        _call(shop, store, author, now)


def _call(shop: Shop, store: Store, author: Staff, now: datetime) -> None:
    steps = [
        Step(kind="task", days=days, hour=_HOUR, what=what)
        for days, what in zip(_DAYS, _WHAT[shop.brand.language], strict=True)
    ]
    plan = plans.set_plan(store=store, outcome=_OUTCOME, steps=steps, replaces=0, author_id=author.pk, now=now)
    step, later = plans.steps_of(plan)
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
        assert visit.departed_at is not None, "asked for above"
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
        # What these visits go on with, when their call is made: nobody is forgotten, and an answer ends it.
        FollowUp.objects.create(
            organization_id=store.organization_id,
            store=store,
            subject=subject_of(visit.pk),
            plan=plan,
            customer=visit.customer,
            staff=visit.owner,
            left_at=visit.departed_at,
            step=1,
            taken=1,
            due_at=plans.due_of(step=later, left_at=visit.departed_at, zone=store.zone),
        )
