"""What people have promised to do, with a name and a time to it."""

from django.db import models
from django.db.models import Q

from crm.contract import NOT_REACHED, TASK_STATES
from crm.ids import uuid7
from crm.models.people import Customer
from crm.models.shops import Organization, Store
from crm.models.staff import Staff


class Task(models.Model):
    """A call to make: what, who and by when. It is done, tried in vain, or dropped as pointless, and never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    # What it is about, by key (`visit:<uuid>`), and which step of that: asked for twice, it is made once.
    subject = models.CharField(max_length=50)
    step = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True)
    what = models.CharField(max_length=200, blank=True)
    # Nobody's in particular is everybody's: whoever is there may take it.
    assignee = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="open")
    why = models.CharField(max_length=16, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "step"], name="task_once_per_step"),
            models.CheckConstraint(condition=Q(state__in=TASK_STATES), name="task_state"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="task_is_open_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(state="not_reached", why__in=NOT_REACHED) | (~Q(state="not_reached") & Q(why="")),
                name="task_not_reached_says_why",
            ),
        ]
        # crm.callbacks asks for a store's open ones, the most urgent first.
        indexes = [models.Index(fields=["store", "due_at"], condition=Q(state="open"), name="task_open")]

    def __str__(self) -> str:
        return f"task {self.pk} {self.state}"
