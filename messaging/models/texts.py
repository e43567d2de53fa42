"""Texts and their wording. The message row is the queue and the truth."""

from django.db import models
from django.db.models import Q

from crm.contract import LANGUAGES
from crm.ids import uuid7
from crm.models import ContactPoint, Customer, Organization, Staff, Store
from messaging.contract.purposes import GROUPS, PURPOSES
from messaging.contract.reasons import Reason
from messaging.contract.states import MAY_HAVE_LEFT, NO_TEXT, STATES, STILL_OURS
from messaging.contract.wording import TEMPLATE_CHARACTERS

DROPPED: Reason = "dropped_in_doubt"
# The same as `Message.may_have_left`, to ask the database with.
MAY_HAVE_LEFT_TOO = Q(state__in=MAY_HAVE_LEFT) | Q(reason=DROPPED)
NEEDS_A_REASON = [s for s in NO_TEXT if s != "failed"]


class Template(models.Model):
    """One version of the wording for one purpose in one language. A version never changes once it is written: the
    database itself refuses it (see migrations/_triggers.py)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    version = models.PositiveSmallIntegerField(default=1)
    body = models.CharField(max_length=TEMPLATE_CHARACTERS)
    # Who wrote it; nobody for the wording that is shipped with us.
    author = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "purpose", "language", "version"], name="template_version_once"
            ),
            models.CheckConstraint(condition=Q(purpose__in=PURPOSES), name="template_purpose"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="template_language"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.language} {self.version}"


class Message(models.Model):
    """One text, or the reason why there is none. It points at its visit by key, so that texts need not know visits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # Where a key has no index of its own, one of those below begins with it.
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
    # "visit:<uuid>"; with `closing` it is the key `visit:<uuid>:<closing>`.
    subject = models.CharField(max_length=50)
    closing = models.PositiveIntegerField()
    group = models.CharField(max_length=16, default="departure")
    # Empty while nobody knows which wording it will be: a departure without an outcome.
    purpose = models.CharField(max_length=32, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True)
    contact = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, blank=True)
    language = models.CharField(max_length=8, blank=True)
    body = models.CharField(max_length=1000, blank=True)
    segments = models.PositiveSmallIntegerField(default=0)
    # When somebody wrote the words by hand (the log says who): those stay until the outcome asks for others.
    edited_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=32, blank=True)
    left_at = models.DateTimeField()
    received_at = models.DateTimeField()
    send_at = models.DateTimeField()
    not_after = models.DateTimeField()
    # Quiet hours put it off, once: it goes in the next allowed hours or not at all.
    put_off = models.BooleanField(default=False)
    # Raised by every change; an arrow that read an older version misses.
    version = models.PositiveIntegerField(default=1)
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    # A message never changes its provider once it was tried.
    provider = models.CharField(max_length=16, blank=True)
    provider_sid = models.CharField(max_length=64, null=True, blank=True, unique=True)
    provider_status = models.CharField(max_length=24, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    # When the provider is asked next: while it is unknown whether the text was sent, or while a receipt is to be asked
    # for. How often it said that it has no such text, and how often the text was posted anew for that.
    reconcile_at = models.DateTimeField(null=True, blank=True)
    absent_looks = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    change_seq = models.BigIntegerField(default=0, editable=False)
    planned_at = models.DateTimeField()
    # When its customer was erased, and its words with them.
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "closing"], condition=Q(group="departure"), name="one_row_per_closing"
            ),
            # A step of a follow-up plan is one text; `closing` is its number there.
            models.UniqueConstraint(
                fields=["subject", "closing"],
                condition=Q(group__in=["follow_up", "satisfaction"]),
                name="one_text_per_step",
            ),
            # The promise "never twice", kept by the database itself.
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(group="departure", state__in=MAY_HAVE_LEFT),
                name="one_departure_text_per_visit",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="message_state"),
            models.CheckConstraint(condition=Q(group__in=GROUPS), name="message_group"),
            models.CheckConstraint(condition=Q(purpose__in=["", *PURPOSES]), name="message_purpose"),
            # "Never early" needs a due time after leaving; a delay of nought is allowed for trying things out.
            models.CheckConstraint(condition=Q(send_at__gte=models.F("left_at")), name="message_due_after_leaving"),
            models.CheckConstraint(condition=Q(not_after__gt=models.F("send_at")), name="message_window"),
            models.CheckConstraint(
                condition=Q(state__in=NO_TEXT)
                | (
                    Q(contact__isnull=False)
                    & ~Q(purpose="")
                    & (~Q(body="") | (Q(erased_at__isnull=False) & ~Q(state__in=STILL_OURS)))
                ),
                name="message_can_be_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=NEEDS_A_REASON) | ~Q(reason=""), name="no_text_without_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "posting"]) | Q(token__isnull=False, lease_until__isnull=False),
                name="message_claim_has_a_lease",
            ),
            # A doubt that nobody would ever look into again must not exist.
            models.CheckConstraint(
                condition=~Q(state="unknown") | Q(reconcile_at__isnull=False), name="message_doubt_is_looked_into"
            ),
            # The provider may be asked a second time by ourselves, and a third time by a person; never more.
            models.CheckConstraint(condition=Q(resends__lte=2), name="message_resends_are_few"),
        ]
        indexes = [
            # claiming.due_next asks for the due ones, oldest first.
            models.Index(fields=["send_at"], condition=Q(state="scheduled"), name="message_due"),
            # claiming.reap asks whose lease has ended; only claimed and posting ones have one. A condition on the
            # state would be of no use to SQLite, which cannot tell that `state IN (?, ?)` means the same.
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="message_leases"),
            # reconciling.reconcile and receipts.ask: of which texts the provider is to be asked next.
            models.Index(fields=["reconcile_at"], condition=Q(reconcile_at__isnull=False), name="message_doubts"),
            # messaging.policy.alerts asks what the provider has refused lately.
            models.Index(fields=["store", "settled_at"], condition=Q(state="rejected"), name="message_rejected"),
            # The tablet's changes of a store after a cursor.
            models.Index(fields=["store", "change_seq"], name="message_changes"),
            # Reports and lists: a store's texts by the time of leaving.
            models.Index(fields=["store", "left_at"], name="message_store_left"),
            # messaging.policy.caps asks what a number was sent lately.
            models.Index(
                fields=["contact", "posted_at"], condition=Q(posted_at__isnull=False), name="message_sent_lately"
            ),
            # A STOP changes every waiting text of a number at once.
            models.Index(fields=["contact"], condition=Q(state__in=["scheduled", "claimed"]), name="message_contact"),
            # An answer belongs to whoever texted its number last; a conversation shows what went to its number.
            models.Index(fields=["contact", "send_at"], condition=Q(contact__isnull=False), name="message_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}:{self.closing} {self.state}"

    @property
    def may_have_left(self) -> bool:
        """As far as anybody can know: also what a person dropped in doubt may have been sent."""
        return self.state in MAY_HAVE_LEFT or self.reason == DROPPED


class MessageLog(models.Model):
    """Every arrow a message went along: from where to where, why, and by whom. Only ever added: the database itself
    refuses to change a line (see migrations/_triggers.py)."""

    # No index of its own: message_log_order begins with it.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="log", db_index=False)
    at = models.DateTimeField()
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16)
    why = models.CharField(max_length=40, blank=True)
    # What the words of this line are about, such as the local times a text was put off until; never personal.
    detail = models.JSONField(null=True, blank=True)
    actor = models.ForeignKey(Staff, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="message_log_order")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.before} > {self.after}"
