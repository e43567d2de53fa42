"""What follows a visit in the days after it: plans, how far each visit has come, and what customers answered."""

from django.db import models
from django.db.models import Q

from crm.ids import uuid7
from crm.models import Customer, Organization, Staff, Store
from messaging.contract.plans import (
    FOLLOW_UP_ENDS,
    FOLLOW_UP_STATES,
    MAX_STEP_DAYS,
    OUTCOMES,
    STEP_HOURS,
    STEP_NOTE_CHARACTERS,
)
from messaging.contract.purposes import FOLLOW_UP_PURPOSES
from messaging.models.texts import Message


class FollowUpPlan(models.Model):
    """One version of what follows the visits of a store that ended in one way; without steps nothing does.

    A version never changes: a visit is followed up as it was planned when it ended.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    outcome = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    author = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "outcome", "version"], name="plan_version_once"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="plan_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.outcome} {self.version}"


class FollowUpStep(models.Model):
    """A text or a call, so many days after the visit, at an hour of the store's day."""

    plan = models.ForeignKey(FollowUpPlan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4)
    days = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()
    # Of a text: which wording. Of a call: what it is about.
    purpose = models.CharField(max_length=32, blank=True)
    what = models.CharField(max_length=STEP_NOTE_CHARACTERS, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="step_position_once"),
            models.CheckConstraint(
                condition=Q(kind="text", purpose__in=FOLLOW_UP_PURPOSES, what="") | Q(kind="task", purpose=""),
                name="step_is_a_text_or_a_call",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=MAX_STEP_DAYS), name="step_days"),
            models.CheckConstraint(condition=Q(hour__gte=STEP_HOURS[0], hour__lte=STEP_HOURS[1]), name="step_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} after {self.days} days"


class FollowUp(models.Model):
    """One visit on its way through a plan. The step that comes next, and when, stands in the row: it is the queue."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    # The visit, by key, as its texts have it.
    subject = models.CharField(max_length=50, unique=True)
    plan = models.ForeignKey(FollowUpPlan, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    left_at = models.DateTimeField()
    # Which of the plan's steps comes next, from 0; and how many of any plan were taken, which numbers their rows.
    step = models.PositiveSmallIntegerField(default=0)
    taken = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, default="running")
    why = models.CharField(max_length=12, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Raised by every change: of two who saw the same step due, one takes it.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FOLLOW_UP_STATES), name="follow_up_state"),
            models.CheckConstraint(
                condition=Q(state="running", due_at__isnull=False, why="") | Q(state="ended", due_at__isnull=True),
                name="follow_up_runs_towards_a_step",
            ),
            models.CheckConstraint(condition=Q(why__in=["", *FOLLOW_UP_ENDS]), name="follow_up_why"),
            models.CheckConstraint(condition=Q(state="running") | ~Q(why=""), name="follow_up_ends_for_a_reason"),
        ]
        indexes = [
            # stepping.take_due asks for the next steps that come due.
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="follow_up_due"),
            # following asks which of a customer's are under way.
            models.Index(fields=["customer"], condition=Q(due_at__isnull=False), name="follow_up_of_customer"),
            # The manager's list of a store, the latest visits first.
            models.Index(fields=["store", "left_at"], name="follow_up_store_left"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} step {self.step} {self.state}"


class SatisfactionAnswer(models.Model):
    """How a customer liked a visit, from 1 to 5: their last answer to the question that was texted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    subject = models.CharField(max_length=50)
    question = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="answer")
    score = models.PositiveSmallIntegerField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="answer_is_1_to_5")]
        indexes = [
            # A visit shows what its customer answered.
            models.Index(fields=["subject"], name="answer_of_visit"),
            # Reports count a store's answers by day.
            models.Index(fields=["store", "answered_at"], name="answer_store_at"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.score}"
