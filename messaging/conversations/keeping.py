"""Looking after a conversation: who has it, that it was read, and that all is said."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from crm.clock import db_now
from crm.models import ContactPoint, StaffRole
from crm.problems import not_found
from messaging import ports
from messaging.contract.conversations import Settlement
from messaging.conversations.hearing import NEEDS_NO_ANSWER
from messaging.followups import following
from messaging.inbound import optingout
from messaging.models import Conversation, InboundText
from messaging.sending import claiming


def assign(*, conversation: Conversation, staff_id: UUID | None) -> None:
    """A conversation is given to somebody of its store or its whole organisation, or back to everybody."""
    if staff_id is not None and not _work_here(conversation).filter(staff_id=staff_id).exists():
        raise not_found()
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to_id=staff_id)


def mark_read(*, conversation: Conversation, until: datetime) -> None:
    """What came until then has been seen; what came while somebody looked stays unread."""
    contact = _lock(conversation)
    # Whoever says when has it from us, who told it in whole milliseconds, rounded down.
    unseen = InboundText.objects.filter(contact=contact, received_at__gte=until + timedelta(milliseconds=1))
    later = unseen.exclude(verdict__in=NEEDS_NO_ANSWER)
    fresh = Conversation.objects.get(pk=conversation.pk)
    Conversation.objects.filter(pk=fresh.pk).update(unread=min(fresh.unread, later.count()))


def settle(*, conversation: Conversation, settlement: Settlement) -> None:
    """A person who has read a doubtful answer says what it means; `done` ends the talk, and what waited for
    that goes as soon as it may.

    A STOP that a person understood is the customer's own: it takes effect as if we had, with their words as evidence.
    """
    with transaction.atomic():
        contact = _lock(conversation)
        now = db_now()
        if settlement == "opted_out":
            last = InboundText.objects.filter(contact=contact).order_by("-received_at").first()
            words = last.body if last is not None else ""
            following.end_plans(contact_id=contact.pk, why="opted_out", now=now)
            optingout.opt_out(contact=contact, source="inbound", method="text", words=words, now=now)
        changes: dict[str, object] = {"flag": "", "unread": 0}
        if settlement != "not_opted_out":
            changes |= {"waiting_since": None, "talked_at": None}
        Conversation.objects.filter(pk=conversation.pk).update(**changes)
    if settlement == "done":
        # After the commit: whoever sends asks whether there still is a talk.
        claiming.let_go_after_talk(contact_id=contact.pk, now=now)
        ports.ring_at(now)


def team(conversation: Conversation) -> list[dict[str, object]]:
    """Who a conversation can be given to."""
    people = {role.staff_id: role.staff.display_name for role in _work_here(conversation)}
    return [{"id": staff_id, "name": name} for staff_id, name in people.items()]


def _lock(conversation: Conversation) -> ContactPoint:
    return ContactPoint.objects.select_for_update(no_key=True).get(pk=conversation.contact_id)


def _work_here(conversation: Conversation) -> QuerySet[StaffRole]:
    here = Q(store_id=conversation.store_id) | Q(store=None, role="admin")
    roles = StaffRole.objects.filter(here, organization_id=conversation.organization_id, staff__is_active=True)
    return roles.select_related("staff").order_by("staff__display_name")
