"""What must never be of texts, and of all around them, is refused by the database itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.db.models.functions import Now

from crm.clock import db_now
from crm.models import Store
from messaging.contract.plans import MAX_STEP_DAYS
from messaging.models import (
    Attempt,
    Comparison,
    ConsoleText,
    Conversation,
    FollowUp,
    FollowUpPlan,
    FollowUpStep,
    InboundText,
    Incident,
    Message,
    PageLink,
    Pause,
    PolicyVersion,
    ProviderEvent,
    RegisteredText,
    SatisfactionAnswer,
    Sender,
    SenderDay,
    Template,
)
from tests.constraints import Pairs, Rules, hold, refuse_changes, two
from tests.factories import ContactPointFactory, OrganizationFactory
from tests.funnel.factories import MessageFactory
from tests.messaging.factories import plan, textable

NO_TEXT = {"state": "suppressed", "reason": "no_number"}
RULES: Rules = {
    Attempt: {"attempt_number_once": {}, "attempt_outcome": [{"outcome": "perhaps"}]},
    Comparison: {"comparison_once_a_day": {}},
    ConsoleText: {"attempt": {}},
    Conversation: {"contact": {}, "conversation_flag": [{"flag": "boring"}]},
    FollowUp: {
        "subject": {},
        "follow_up_state": [{"state": "resting", "why": "stopped"}],
        "follow_up_runs_towards_a_step": [
            {"due_at": None},
            {"why": "stopped"},
            {"state": "ended", "why": "stopped"},
        ],
        "follow_up_why": [{"state": "ended", "due_at": None, "why": "boredom"}],
        "follow_up_ends_for_a_reason": [{"state": "ended", "due_at": None}],
    },
    FollowUpPlan: {"plan_version_once": {}, "plan_outcome": [{"outcome": "open"}]},
    FollowUpStep: {
        "step_position_once": {},
        "step_is_a_text_or_a_call": [
            {"kind": "fax"},
            {"purpose": "satisfaction"},
            {"kind": "text"},
            {"kind": "text", "purpose": "departure_bought"},
            {"kind": "text", "purpose": "satisfaction", "what": "Call Emma"},
        ],
        "step_days": [{"days": 0}, {"days": MAX_STEP_DAYS + 1}],
        "step_hour": [{"hour": 7}, {"hour": 21}],
    },
    InboundText: {"inbound_text_once": {}, "inbound_verdict": [{"verdict": "maybe"}]},
    Incident: {"incident_once": {}, "incident_kind": [{"kind": "sent_thrice"}]},
    Message: {
        "provider_sid": {},
        # Of texts that did not leave, since of those that did there is but one anyway.
        "one_row_per_closing": NO_TEXT,
        "one_text_per_step": {"group": "follow_up"},
        "one_departure_text_per_visit": {},
        "message_state": [{"state": "lost"}],
        "message_group": [{"group": "offers"}],
        "message_purpose": [{"purpose": "a greeting"}],
        "message_due_after_leaving": [{"left_at": F("send_at") + timedelta(seconds=1)}],
        "message_window": [{"not_after": F("send_at")}],
        # To nobody, with no wording, with no words; and erased before it went.
        "message_can_be_sent": [
            {"contact": None},
            {"purpose": ""},
            {"body": ""},
            {"body": "", "erased_at": Now(), "state": "scheduled"},
        ],
        "no_text_without_a_reason": [{"state": state} for state in ("suppressed", "canceled", "expired", "rejected")],
        "message_claim_has_a_lease": [
            {"state": state, missing: None} for state in ("claimed", "posting") for missing in ("token", "lease_until")
        ],
        "message_doubt_is_looked_into": [{"state": "unknown"}],
        "message_resends_are_few": [{"resends": 3}],
    },
    PageLink: {"token_hash": {}},
    Pause: {
        "one_pause_of_an_organization": {},
        "one_pause_of_all": {"organization": None},
        "pause_has_a_reason": [{"reason": ""}],
    },
    PolicyVersion: {"policy_version_once": {}},
    ProviderEvent: {"provider_event_once": {}},
    RegisteredText: {"registered_text_once": {}},
    SatisfactionAnswer: {"question": {}, "answer_is_1_to_5": [{"score": 0}, {"score": 6}]},
    Sender: {"sender_once": {}, "sender_rate": [{"rate": 0}, {"rate": -1}]},
    SenderDay: {"sender_day_once": {}},
    Template: {
        "template_version_once": {},
        "template_purpose": [{"purpose": "a greeting"}],
        "template_language": [{"language": "xx"}],
    },
}


@pytest.fixture
def pairs(new_york: Store) -> Pairs:
    """Two good rows of each table that has rules."""
    now = db_now()
    brand = {"organization": new_york.organization}
    ours = brand | {"store": new_york}
    other_brand = OrganizationFactory.create()
    contacts = two(lambda n: ContactPointFactory.create(**brand))
    texts = two(lambda n: MessageFactory.create(store=new_york, contact=contacts[n], closing=n, provider_sid=str(n)))
    tried = {"message": texts[0], "token": uuid4(), "provider": "console", "to": "+12125550100", "body": "Thank you."}
    attempts = two(lambda n: Attempt.objects.create(**tried, number=n, started_at=now))
    plans = two(lambda n: FollowUpPlan.objects.create(**ours, outcome="bought", version=n, created_at=now))
    senders = two(lambda n: Sender.objects.create(provider="twilio", address=str(n), kind="number", tokens_at=now))
    hook = {"provider": "twilio", "received_at": now}
    wording = {**brand, "purpose": "departure_bought", "language": "en", "body": "Thank you."}
    return {
        Attempt: attempts,
        Comparison: two(
            lambda n: Comparison.objects.create(
                provider="twilio", day=now.date() - timedelta(days=n), tried_at=now, finished_at=now
            )
        ),
        ConsoleText: two(lambda n: ConsoleText.objects.create(attempt=attempts[n], to="", body="", at=now)),
        Conversation: two(lambda n: Conversation.objects.create(**ours, contact=contacts[n], last_at=now)),
        FollowUp: two(
            lambda n: FollowUp.objects.create(**ours, subject=f"visit:{n}", plan=plans[0], left_at=now, due_at=now)
        ),
        FollowUpPlan: plans,
        FollowUpStep: two(
            lambda n: FollowUpStep.objects.create(plan=plans[0], position=n, kind="task", days=3, hour=10)
        ),
        InboundText: two(lambda n: InboundText.objects.create(**hook, digest=str(n), verdict="other")),
        Incident: two(
            lambda n: Incident.objects.create(
                kind="sent_twice", provider="twilio", sid=str(n), day=now.date(), found_at=now
            )
        ),
        Message: texts,
        PageLink: two(lambda n: PageLink.objects.create(contact=contacts[n], token_hash=str(n), expires_at=now)),
        Pause: two(
            lambda n: Pause.objects.create(
                provider=("twilio", "aliyun")[n],
                organization=(new_york.organization, other_brand)[n],
                reason="a trial",
                paused_at=now,
            )
        ),
        PolicyVersion: two(lambda n: PolicyVersion.objects.create(**brand, version=10 + n, settings={}, at=now)),
        ProviderEvent: two(lambda n: ProviderEvent.objects.create(**hook, digest=str(n), status="sent")),
        RegisteredText: two(lambda n: RegisteredText.objects.create(**brand, code=str(n), signature="", text="")),
        SatisfactionAnswer: two(
            lambda n: SatisfactionAnswer.objects.create(**ours, question=texts[n], score=5, answered_at=now)
        ),
        Sender: senders,
        SenderDay: two(lambda n: SenderDay.objects.create(**brand, sender=senders[n], day=now.date())),
        # Its trigger would refuse a change of the second one before any rule could.
        Template: (Template.objects.create(**wording, version=1), Template(**wording, version=2)),
    }


def test_the_database_refuses_what_must_never_be(pairs: Pairs, subtests: pytest.Subtests) -> None:
    implied = {"follow_up_state": "follow_up_runs_towards_a_step"}
    hold("messaging", RULES, pairs, subtests, implied=implied)


def test_the_database_refuses_to_change_wording_and_logs(new_york: Store, subtests: pytest.Subtests) -> None:
    wording = Template.objects.create(
        organization=new_york.organization, purpose="departure_bought", language="en", version=1, body="Thank you."
    )
    line = plan(new_york, textable(new_york)).log.get()
    # Who has left the company for good leaves the words and the line behind.
    triggers = {
        "messaging_template_never_changes": (
            wording,
            [{column: F(column)} for column in ("organization", "purpose", "language", "version", "body")],
        ),
        "messaging_messagelog_never_changes": (
            line,
            [{column: F(column)} for column in ("id", "message", "at", "before", "after", "why", "detail")],
        ),
    }
    refuse_changes("messaging", triggers, subtests)
    Template.objects.update(author=None)
    line.message.log.update(actor=None)
