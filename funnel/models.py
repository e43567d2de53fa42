"""Playbooks, the log of visits, and each visit as its log tells it."""

from django.db import models
from django.db.models import Q

from crm.ids import uuid7
from crm.models import Customer, Device, Organization, Staff, Store
from funnel.contract import PRESENCES, STATUSES


class Playbook(models.Model):
    """A way to receive a customer, under one key for ever; its versions never change."""

    key = models.SlugField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.key


class PlaybookVersion(models.Model):
    """One immutable edition of a playbook: its stages as rows, its lists of codes beside them."""

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.JSONField()
    needs = models.JSONField(default=list)
    objections = models.JSONField(default=list)
    categories = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["playbook", "number"], name="playbook_version_once")]

    def __str__(self) -> str:
        return f"{self.playbook}@{self.number}"


class Stage(models.Model):
    """One step of a playbook version. `progress` stages make the funnel; `always` ones happen to lost visits too."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="stages")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=12)
    standard = models.CharField(max_length=40, help_text="The standard step this one stands for.")
    title = models.JSONField()
    prompt = models.JSONField()
    target_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="stage_key_once"),
            models.UniqueConstraint(fields=["version", "position"], name="stage_position_once"),
            models.CheckConstraint(condition=Q(role__in=["progress", "always", "automatic"]), name="stage_role"),
        ]

    def __str__(self) -> str:
        return self.key


class ChecklistItem(models.Model):
    """Something an associate does in a stage that somebody else could see."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    title = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["stage", "key"], name="item_key_once")]

    def __str__(self) -> str:
        return self.key


class StorePlaybook(models.Model):
    """Which playbook a store's new visits follow."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="playbook")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return f"{self.store_id}: {self.version_id}"


class VisitEvent(models.Model):
    """One tap, as it was sent. Only ever added: the database refuses a change (see migration 0002)."""

    id = models.UUIDField(primary_key=True)
    # No table has more rows, and whoever waits finds them by their visit or their id: an index of each key would cost
    # every tap, and serve only what reads most of the table anyway.
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
    # No foreign key: an event may come before its visit.started, and then waits for it.
    visit_id = models.UUIDField(null=True)
    type = models.CharField(max_length=40)
    v = models.PositiveSmallIntegerField()
    data = models.JSONField()
    actor = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", db_index=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_index=False)
    boot = models.UUIDField()
    mono = models.FloatField()
    seq = models.BigIntegerField()
    at = models.DateTimeField(help_text="By the tablet's own clock.")
    offset_ms = models.BigIntegerField()
    corrected_at = models.DateTimeField()
    received_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        # projection reads a visit's whole log.
        indexes = [models.Index(fields=["visit_id"], condition=Q(visit_id__isnull=False), name="event_of_visit")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Visit(models.Model):
    """A visit as its log tells it: `fold` makes every column but the keys, and making it again gives the same row."""

    id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # Where a key has no index of its own, one of those below begins with it.
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
    # The log it is made of; differs from the id for a visit reopened on a later business day.
    log_id = models.UUIDField()
    previous_visit = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    playbook_version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT)
    started_at = models.DateTimeField()
    # Computed once from the store's zone and cutoff, which stand beside it; never derived again.
    business_date = models.DateField()
    zone = models.CharField(max_length=64)
    cutoff_minutes = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    practice = models.BooleanField(default=False)
    source = models.CharField(max_length=12)
    party_size = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closer = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, db_constraint=False, db_index=False
    )
    # Highest progress stage entered, 1-based; one more than there are when bought (analytics, metric 2).
    reached = models.PositiveSmallIntegerField(default=0)
    # How far the stages were entered in order (metric 3).
    in_order = models.PositiveSmallIntegerField(default=0)
    # Bit i is set when the stage at position i was entered (metric 4).
    stages_mask = models.PositiveIntegerField(default=0)
    send_off_done = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    closing = models.PositiveSmallIntegerField(default=0)
    clock_suspect = models.BooleanField(default=False)
    events = models.PositiveIntegerField(default=0)
    # The folded visit as tablets read it; no personal data.
    state = models.JSONField(default=dict)
    change_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="visit_status"),
            models.CheckConstraint(condition=Q(party_size__gte=1), name="visit_party"),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | ~Q(currency=""), name="visit_money_has_a_currency"
            ),
            models.CheckConstraint(
                condition=Q(departed_at__isnull=True) | Q(departed_at__gte=models.F("started_at")),
                name="visit_departs_after_it_starts",
            ),
        ]
        indexes = [
            # Reports read the facts of a store's days.
            models.Index(fields=["store", "business_date"], name="visit_store_day"),
            # The tablet's changes of a store after a cursor.
            models.Index(fields=["store", "change_seq"], name="visit_changes"),
            # capture looks for the visits made of one log; people's changes look for visits of a customer.
            models.Index(fields=["log_id"], name="visit_log"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="visit_customer"),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk} {self.status}"


class Note(models.Model):
    """What an associate wrote about a visit. Apart from the log, so that it can be erased."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    visit_id = models.UUIDField()
    text = models.TextField(max_length=2000)
    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["visit_id"], name="note_of_visit")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class QuarantinedEvent(models.Model):
    """Something a tablet sent that could not be accepted: kept whole, with the reason, never dropped."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("event", "person", "note")])
    # What it called itself, as far as that could be read.
    item_id = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=24)
    # Where the data was wrong; never what it said.
    detail = models.CharField(max_length=300, blank=True)
    # ASCII-escaped JSON, so that a NUL or a lone surrogate can be kept by every database.
    raw = models.TextField()
    content_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    change_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "content_hash", "code"], name="quarantined_once"),
        ]
        indexes = [models.Index(fields=["store", "change_seq"], name="quarantine_changes")]

    def __str__(self) -> str:
        return f"{self.type} {self.code}"


class FloorPresence(models.Model):
    """Who is on a store's floor now: the last `presence.changed` of each person."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()
    change_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "staff"], name="presence_once"),
            models.CheckConstraint(condition=Q(state__in=PRESENCES), name="presence_state"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.state}"
