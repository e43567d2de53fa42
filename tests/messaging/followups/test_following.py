"""What begins following a visit up, and everything that ends it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.clock import db_now
from crm.consent import has_consent
from crm.models import Consent, Customer, Staff, Store, Task
from crm.tokens import token_hash
from messaging import sending
from messaging.conversations import keeping
from messaging.conversations.answering import reply
from messaging.conversations.reading import inbox, thread
from messaging.followups import following, stepping
from messaging.followups.plans import Step
from messaging.inbound import Heard, hear
from messaging.models import Conversation, FollowUp, FollowUpPlan, PageLink, SatisfactionAnswer
from messaging.receiving import Report, receive
from tests.factories import StoreFactory
from tests.http import PageClient
from tests.messaging.factories import due, path_of, textable
from tests.messaging.factories import plan as later_text
from tests.messaging.fake_twilio import FakeTwilio
from tests.messaging.followups.conftest import begun, its_hour_comes, set_plan, step_texts, told, waiting

DAYS_PASS = Callable[[float], None]


def heard(body: str, number: str = "+12125550142") -> None:
    hear(Heard(provider="twilio", sid=f"SM{uuid.uuid4().hex}", sender=number, to="+12125550100", body=body))


def now_is(follow_up: FollowUp) -> tuple[str, str]:
    follow_up.refresh_from_db()
    return follow_up.state, follow_up.why


def test_a_visit_is_followed_up_by_the_plan_of_its_outcome(
    new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan
) -> None:
    follow_up = begun(new_york, emma, staff=ana)
    assert (follow_up.plan, follow_up.step, follow_up.staff) == (plan, 0, ana)
    assert timedelta(days=2) < follow_up.due_at - follow_up.left_at < timedelta(days=4)  # type: ignore[operator]
    assert told(new_york, emma, outcome="bought") is None
    assert told(new_york, None) is None
    assert told(new_york, emma, outcome=None) is None


def test_the_same_facts_again_change_nothing(new_york: Store, emma: Customer, plan: FollowUpPlan) -> None:
    left_at = db_now()
    first = begun(new_york, emma, left_at=left_at)
    again = begun(new_york, emma, left_at=left_at, subject=first.subject)
    assert (again.pk, again.version) == (first.pk, first.version)


def test_a_new_version_is_for_later_visits(
    new_york: Store, emma: Customer, manager: Staff, plan: FollowUpPlan
) -> None:
    follow_up = begun(new_york, emma)
    set_plan(new_york, manager, Step(kind="task", days=1, hour=9), replaces=1)
    assert begun(new_york, emma, subject=follow_up.subject, left_at=follow_up.left_at).plan == plan


def test_another_outcome_leads_on_by_its_own_plan(
    new_york: Store, emma: Customer, manager: Staff, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    buyers = set_plan(new_york, manager, Step(kind="task", days=14, hour=9, what="Care"), outcome="bought")
    follow_up = waiting(begun(new_york, emma), days_pass)
    after = begun(new_york, emma, subject=follow_up.subject, left_at=follow_up.left_at, outcome="bought")
    assert (after.pk, after.plan, after.state, after.step) == (follow_up.pk, buyers, "running", 0)
    assert [text.reason for text in step_texts(after)] == ["outcome_changed"]
    days_pass(14)
    stepping.take_due()
    assert Task.objects.get(subject=after.subject).what == "Care"


@pytest.mark.parametrize("withdrawn", ["reopened", "voided"])
def test_a_visit_that_goes_on_is_followed_up_from_its_last_leaving(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS, withdrawn: str
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    told(new_york, emma, subject=follow_up.subject, left_at=None, withdrawn=withdrawn)
    assert now_is(follow_up) == ("ended", withdrawn)
    assert [text.reason for text in step_texts(follow_up)] == [withdrawn]
    again = begun(new_york, emma, subject=follow_up.subject)
    assert (again.state, again.step, again.taken) == ("running", 0, 1)
    assert [text.state for text in step_texts(waiting(again, days_pass))] == ["suppressed", "scheduled"]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("body", "why"), [("Is the blue one still there?", "replied"), ("STOP", "opted_out"), ("thanks!", "replied")]
)
def test_any_answer_ends_the_plan_and_stops_the_text_that_waits(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS, body: str, why: str
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    heard(body)
    assert now_is(follow_up) == ("ended", why)
    (text,) = step_texts(follow_up)
    assert (text.state, text.reason) == ("suppressed", why)
    days_pass(40)
    assert stepping.take_due() == 0
    assert len(step_texts(follow_up)) == 1
    assert not Task.objects.exists()


def test_an_answer_to_the_last_text_before_it_went_stops_it_too(
    new_york: Store, emma: Customer, manager: Staff, days_pass: DAYS_PASS
) -> None:
    set_plan(new_york, manager, Step(kind="text", days=3, hour=10, purpose="follow_up_day_3"))
    follow_up = waiting(begun(new_york, emma), days_pass)
    heard("I found one, thank you")
    assert [text.reason for text in step_texts(follow_up)] == ["replied"]


def test_somebody_elses_answer_ends_nothing(new_york: Store, emma: Customer, plan: FollowUpPlan) -> None:
    follow_up = begun(new_york, emma)
    textable(new_york, number="+12125550143")
    heard("hello", number="+12125550143")
    assert now_is(follow_up) == ("running", "")


@pytest.mark.parametrize("outcome", ["bought", "left_early"])
def test_another_visit_of_the_same_person_ends_what_followed_the_first(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS, outcome: str
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    # The tablet made a customer anew; the number says who it is.
    again = textable(new_york, contact=emma.contact)
    told(new_york, again, outcome=outcome)
    assert now_is(follow_up) == ("ended", "visited")
    assert [text.reason for text in step_texts(follow_up)] == ["visited_since"]


def test_a_visit_that_still_goes_on_ends_it_too(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    told(new_york, emma, left_at=None, began_at=db_now(), withdrawn="voided")
    assert now_is(follow_up) == ("running", "")
    told(new_york, emma, left_at=None, began_at=db_now())
    assert now_is(follow_up) == ("ended", "visited")
    assert [text.reason for text in step_texts(follow_up)] == ["visited_since"]


def test_an_older_visit_that_comes_late_ends_nothing(new_york: Store, emma: Customer, plan: FollowUpPlan) -> None:
    follow_up = begun(new_york, emma)
    told(new_york, emma, outcome="bought", left_at=follow_up.left_at - timedelta(days=1))
    assert now_is(follow_up) == ("running", "")


def test_a_visit_to_another_store_ends_the_plan_and_the_gate_stops_its_text(
    new_york: Store, london: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    told(london, emma, outcome="bought")
    assert now_is(follow_up) == ("ended", "visited")
    text = its_hour_comes(follow_up, days_pass)
    sending.drain()
    text.refresh_from_db()
    assert (text.state, text.reason) == ("suppressed", "visited_since")
    assert "posting" not in path_of(text)


def test_a_person_stops_a_follow_up_for_good(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    following.stop(follow_up=follow_up, now=db_now())
    assert [text.reason for text in step_texts(follow_up)] == ["plan_stopped"]
    again = begun(new_york, emma, subject=follow_up.subject)
    assert (again.state, again.why) == ("ended", "stopped")


def test_a_persons_own_message_silences_the_plan_for_a_week(
    new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = waiting(begun(new_york, emma), days_pass)
    now = db_now()
    assert emma.contact is not None
    heard_before = Conversation.objects.create(
        organization=new_york.organization,
        store=new_york,
        contact=emma.contact,
        customer=emma,
        last_at=now,
        last_inbound_at=now,
    )
    reply(conversation=heard_before, staff=ana, text_id=uuid.uuid4(), body="It has come in!", quick=None)
    assert [text.reason for text in step_texts(follow_up)] == ["plan_paused"]
    follow_up.refresh_from_db()
    assert follow_up.state == "running"
    assert follow_up.due_at is not None
    assert timedelta(days=7) <= follow_up.due_at - now < timedelta(days=8)
    days_pass(6)
    stepping.take_due()
    assert not Task.objects.exists()
    days_pass(2)
    stepping.take_due()
    assert Task.objects.get(subject=follow_up.subject).state == "open"


def test_a_call_that_became_pointless_is_dropped(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = begun(new_york, emma)
    days_pass(4)
    stepping.take_due()
    days_pass(4)
    stepping.take_due()
    task = Task.objects.get(subject=follow_up.subject)
    assert (task.state, task.what) == ("open", "Ask how the ring fits")
    heard("It fits!")
    task.refresh_from_db()
    assert task.state == "dropped"


@pytest.mark.by_turns
@pytest.mark.parametrize("end", ["answer", "stop", "visit", "read as a stop"])
def test_a_call_that_nobody_has_made_is_dropped_also_when_nothing_else_is_to_come(
    new_york: Store, emma: Customer, manager: Staff, days_pass: DAYS_PASS, end: str
) -> None:
    set_plan(new_york, manager, Step(kind="task", days=1, hour=11, what="Ask how the ring fits"))
    follow_up = begun(new_york, emma)
    for _ in range(6):
        days_pass(1)
        stepping.take_due()
    task = Task.objects.get(subject=follow_up.subject)
    assert task.state == "open"
    if end == "answer":
        heard("It fits!")
    elif end == "stop":
        heard("STOP")
    elif end == "visit":
        told(new_york, emma)
    else:
        now = db_now()
        assert emma.contact is not None
        talk = Conversation.objects.create(
            organization=new_york.organization, store=new_york, contact=emma.contact, last_at=now, last_inbound_at=now
        )
        keeping.settle(conversation=talk, settlement="opted_out")
    task.refresh_from_db()
    assert task.state == "dropped"
    assert now_is(follow_up)[0] == "ended"


@pytest.mark.by_turns
@pytest.mark.parametrize("told_by", ["answer", "report"])
def test_what_the_provider_alone_heard_stops_texts_and_calls_as_a_stop_does(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS, twilio: FakeTwilio, told_by: str
) -> None:
    follow_up = begun(new_york, emma)
    for _ in range(2):
        days_pass(4)
        stepping.take_due()
    sister = StoreFactory.create(organization=new_york.organization, zone=new_york.zone)
    waits = [later_text(store, emma) for store in (new_york, sister)]
    assert {text.state for text in waits} == {"scheduled"}
    before = Consent.objects.count()
    text = due(new_york, emma)
    if told_by == "answer":
        twilio.faults.append("400:21610")
    sending.drain()
    if told_by == "report":
        attempt = text.attempts.get()
        receive(Report("twilio", attempt.pk, attempt.sid, "undelivered", "21610", "digest"))
    for each in waits:
        each.refresh_from_db()
        assert (each.state, each.reason) == ("suppressed", "opted_out")
    assert set(FollowUp.objects.values_list("state", "why")) == {("ended", "opted_out")}
    assert Task.objects.get(subject=follow_up.subject).state == "dropped"
    # Each yes is taken back by a line of its own, which says who told us.
    lines = list(Consent.objects.order_by("received_at", "id"))[before:]
    assert {(each.purpose, each.granted, each.method, each.evidence, each.store_id) for each in lines} == {
        ("visit_text", False, "provider", "21610", new_york.pk),
        ("offers", False, "provider", "21610", new_york.pk),
    }
    assert {each.contact_id for each in lines} == {emma.contact_id}
    # START returns what this took.
    heard("START")
    assert later_text(new_york, emma).state == "scheduled"
    assert has_consent(customer_id=emma.pk, contact_id=emma.contact_id, purpose="offers")


def test_the_score_that_a_customer_answers_is_kept_with_the_visit(
    new_york: Store, emma: Customer, manager: Staff, days_pass: DAYS_PASS, twilio: FakeTwilio
) -> None:
    set_plan(new_york, manager, Step(kind="text", days=3, hour=10, purpose="satisfaction"))
    follow_up = waiting(begun(new_york, emma), days_pass)
    heard("5")
    assert not SatisfactionAnswer.objects.exists()
    follow_up = waiting(begun(new_york, emma), days_pass)
    text = its_hour_comes(follow_up, days_pass)
    sending.drain()
    text.refresh_from_db()
    assert text.state == "accepted"
    heard("４分")
    answer = SatisfactionAnswer.objects.get()
    assert (answer.subject, answer.score) == (follow_up.subject, 4)
    talk = inbox(stores=[new_york], box=None, mine=None).get()
    said = thread(conversation=talk, stores=[new_york], staff=manager)["texts"]
    assert [text["score"] for text in said if text["ours"]] == [4]
    assert {text["score"] for text in said if not text["ours"]} == {None}
    heard("sorry, five stars!")
    heard("what are your hours")
    answer.refresh_from_db()
    assert answer.score == 4
    heard("5 stars")
    answer.refresh_from_db()
    assert answer.score == 5
    days_pass(8)
    heard("1")
    answer.refresh_from_db()
    assert answer.score == 5


def test_asking_for_no_more_texts_on_the_own_page_ends_the_plan_too(
    new_york: Store, emma: Customer, plan: FollowUpPlan
) -> None:
    follow_up = begun(new_york, emma)
    assert emma.contact is not None
    PageLink.objects.create(
        contact=emma.contact, token_hash=token_hash("A" * 16), expires_at=db_now() + timedelta(days=1)
    )
    PageClient().post("/c/" + "A" * 16, "do=none", content_type="application/x-www-form-urlencoded")
    assert now_is(follow_up) == ("ended", "opted_out")
