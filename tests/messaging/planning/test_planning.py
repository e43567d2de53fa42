"""The one row of each closing: every arrow that planning may draw, and those it must not."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Customer, Staff, Store
from crm.problems import Problem
from messaging import planning, ports, wording
from messaging.contract.states import MAY_HAVE_LEFT, NO_TEXT, STATES
from messaging.models import Message, Template
from tests.factories import ContactPointFactory
from tests.messaging.factories import agreed, due, flag_number, new_subject, path_of, plan, textable, withdraw

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def put(message: Message, state: str, **fields: Any) -> None:
    """As if sending had brought the message here."""
    needed = {"reason": "provider_rejected"} if state in NO_TEXT else {}
    if state in ("claimed", "posting"):
        needed = {"token": uuid.uuid4(), "lease_until": db_now() + timedelta(minutes=1)}  # type: ignore[dict-item]
    if state == "unknown":
        needed = {"reconcile_at": db_now()}  # type: ignore[dict-item]
    Message.objects.filter(pk=message.pk).update(state=state, **needed, **fields)
    message.refresh_from_db()


class TestTheAlarm:
    def test_an_alarm_is_set_for_it(
        self,
        new_york: Store,
        emma: Customer,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        rung: list[datetime] = []
        monkeypatch.setattr(ports, "alarm", rung.append)
        with django_capture_on_commit_callbacks(execute=True):
            message = plan(new_york, emma)
            assert rung == []
        assert rung == [message.send_at]

    def test_a_broken_alarm_clock_is_not_felt(
        self,
        new_york: Store,
        emma: Customer,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        def broken(at: datetime) -> None:
            raise OSError("no broker")

        monkeypatch.setattr(ports, "alarm", broken)
        with django_capture_on_commit_callbacks(execute=True):
            message = plan(new_york, emma)
        assert message.state == "scheduled"


class TestPlannedAgain:
    def test_the_same_facts_change_nothing(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, now=NOON)
        seen = new_york.feed.seq
        again = plan(new_york, emma, subject=first.subject, now=NOON)
        assert (again.pk, again.version, again.change_seq) == (first.pk, first.version, seen)
        assert path_of(again) == ["scheduled"]
        none = plan(new_york, None, now=NOON)
        assert plan(new_york, None, subject=none.subject, now=NOON).version == none.version

    def test_a_changed_outcome_replaces_the_words(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, now=NOON, purpose="departure_not_bought")
        again = plan(new_york, emma, now=NOON, subject=first.subject)
        assert again.pk == first.pk
        assert again.purpose == "departure_bought"
        assert "a better match" not in again.body
        assert again.version > first.version
        assert again.change_seq > first.change_seq
        assert path_of(again) == ["scheduled", "scheduled"]

    def test_a_claimed_text_goes_back_for_its_new_words(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, now=NOON)
        put(first, "claimed")
        same = plan(new_york, emma, now=NOON, subject=first.subject)
        assert (same.state, same.version) == ("claimed", first.version)
        again = plan(new_york, emma, now=NOON, subject=first.subject, purpose="departure_left_early")
        assert (again.state, again.token) == ("scheduled", None)

    def test_a_corrected_number_gets_the_text(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, now=NOON)
        emma.contact = ContactPointFactory.create(organization=new_york.organization)
        emma.save(update_fields=["contact"])
        agreed(emma)
        again = plan(new_york, emma, now=NOON, subject=first.subject)
        assert again.contact == emma.contact
        assert again.state == "scheduled"

    def test_a_number_without_consent_gets_none(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, now=NOON)
        emma.contact = ContactPointFactory.create(organization=new_york.organization)
        emma.save(update_fields=["contact"])
        again = plan(new_york, emma, now=NOON, subject=first.subject)
        assert (again.state, again.reason) == ("suppressed", "no_consent")

    def test_a_withdrawn_consent_stops_it_and_a_new_one_lets_it_go(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma)
        agreed(emma, granted=False)
        no = plan(new_york, emma, subject=first.subject, left_at=first.left_at)
        assert (no.state, no.reason) == ("suppressed", "no_consent")
        agreed(emma, at=db_now() + timedelta(seconds=1))
        yes = plan(new_york, emma, subject=first.subject, left_at=first.left_at)
        assert (yes.state, yes.reason) == ("scheduled", "")
        assert path_of(yes) == ["scheduled", "suppressed", "scheduled"]

    def test_what_is_missing_can_be_added(self, new_york: Store) -> None:
        customer = textable(new_york, contact=None, number_problem="number_invalid", consent=False)
        subject = plan(new_york, None, purpose=None, now=NOON).subject
        reasons = []
        facts: dict[str, Any] = {"subject": subject, "now": NOON}
        reasons.append(plan(new_york, None, **facts).reason)
        reasons.append(plan(new_york, customer, **facts).reason)
        customer.number_problem = ""
        customer.save(update_fields=["number_problem"])
        reasons.append(plan(new_york, customer, **facts).reason)
        customer.contact = ContactPointFactory.create(organization=new_york.organization)
        customer.save(update_fields=["contact"])
        reasons.append(plan(new_york, customer, **facts).reason)
        agreed(customer)
        message = plan(new_york, customer, **facts)
        assert reasons == ["no_customer", "number_invalid", "no_number", "no_consent"]
        assert message.state == "scheduled"
        assert Message.objects.filter(subject=subject).count() == 1

    def test_an_outcome_within_the_window_is_still_texted(self, new_york: Store, emma: Customer) -> None:
        ben = textable(new_york)
        for minutes, state, reason, who in ((35, "scheduled", "", emma), (36, "suppressed", "too_late", ben)):
            first = plan(new_york, who, left_at=NOON, received_at=NOON, now=NOON, purpose=None)
            late = NOON + timedelta(minutes=minutes)
            again = plan(new_york, who, subject=first.subject, left_at=NOON, received_at=NOON, now=late)
            assert (again.state, again.reason) == (state, reason)
            assert again.send_at == NOON + FIVE_MINUTES

    @pytest.mark.parametrize("reason", ["opted_out", "number_rejected"])
    def test_what_belongs_to_a_number_ends_with_it(self, new_york: Store, emma: Customer, reason: str) -> None:
        fields: dict[str, Any] = {"opted_out_at": NOON} if reason == "opted_out" else {"unreachable_reason": "21614"}
        flag_number(emma, **fields)
        first = plan(new_york, emma, now=NOON)
        assert first.reason == reason
        # The same number stays stopped, even if the flag were gone.
        flag_number(emma, opted_out_at=None, unreachable_reason="")
        assert plan(new_york, emma, now=NOON, subject=first.subject).state == "suppressed"
        emma.contact = ContactPointFactory.create(organization=new_york.organization)
        emma.save(update_fields=["contact"])
        agreed(emma)
        assert plan(new_york, emma, now=NOON, subject=first.subject).state == "scheduled"

    def test_hearing_of_a_fact_does_not_shorten_the_wait_a_provider_asked_for(
        self, new_york: Store, emma: Customer
    ) -> None:
        first = plan(new_york, emma, left_at=NOON, now=NOON)
        later = first.send_at + timedelta(minutes=2)
        put(first, "scheduled", attempts_made=1, send_at=later)
        same = plan(new_york, emma, left_at=NOON, now=NOON, subject=first.subject)
        other = plan(new_york, emma, left_at=NOON, now=NOON, subject=first.subject, purpose="departure_left_early")
        assert same.send_at == other.send_at == later

    @pytest.mark.by_turns
    @pytest.mark.parametrize("state", [s for s in STATES if s not in ("scheduled", "claimed", "suppressed")])
    def test_what_may_have_left_and_what_is_over_is_never_touched(
        self, new_york: Store, emma: Customer, state: str
    ) -> None:
        first = plan(new_york, emma, now=NOON)
        put(first, state)
        agreed(emma, granted=False)
        again = plan(new_york, emma, now=NOON, subject=first.subject, purpose="departure_left_early")
        withdraw(new_york, first.subject, now=NOON)
        again.refresh_from_db()
        assert (again.state, again.version, again.body) == (state, first.version, first.body)

    def test_another_organisations_feed_stays_where_it_is(
        self, new_york: Store, shanghai: Store, emma: Customer
    ) -> None:
        plan(new_york, emma)
        assert not hasattr(shanghai, "feed")


class TestReopened:
    def test_the_first_text_is_stopped_and_the_second_closing_gets_one(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, left_at=NOON, now=NOON)
        withdraw(new_york, first.subject, now=NOON)
        again = NOON + timedelta(minutes=3)
        second = plan(new_york, emma, subject=first.subject, closing=2, left_at=again, now=again)
        first.refresh_from_db()
        assert (first.state, first.reason) == ("suppressed", "reopened")
        assert second.state == "scheduled"
        assert second.send_at == again + FIVE_MINUTES

    @pytest.mark.by_turns
    @pytest.mark.parametrize("state", MAY_HAVE_LEFT)
    def test_after_the_text_has_gone_there_is_no_second(self, new_york: Store, emma: Customer, state: str) -> None:
        first = plan(new_york, emma)
        put(first, state)
        second = plan(new_york, emma, subject=first.subject, closing=2)
        assert (second.state, second.reason) == ("suppressed", "already_texted")

    def test_undoing_the_reopening_revives_the_text(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, left_at=NOON, now=NOON)
        withdraw(new_york, first.subject, "voided", now=NOON)
        assert Message.objects.get(pk=first.pk).reason == "voided"
        again = plan(new_york, emma, subject=first.subject, left_at=NOON, now=NOON)
        assert (again.pk, again.state, again.send_at) == (first.pk, "scheduled", first.send_at)

    def test_withdrawing_twice_is_once(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma)
        for _ in range(2):
            withdraw(new_york, first.subject, now=NOON)
        assert path_of(first) == ["scheduled", "suppressed"]

    def test_a_refusal_says_the_newer_reason(self, new_york: Store, emma: Customer) -> None:
        first = plan(new_york, emma, purpose=None)
        withdraw(new_york, first.subject, "voided", now=NOON)
        first.refresh_from_db()
        assert first.reason == "voided"

    def test_the_text_of_another_visit_is_not_touched(self, new_york: Store, emma: Customer) -> None:
        other = plan(new_york, emma)
        withdraw(new_york, new_subject(), now=NOON)
        other.refresh_from_db()
        assert other.state == "scheduled"


class TestCancelled:
    @pytest.mark.parametrize("state", ["scheduled", "claimed"])
    def test_until_it_is_posted_staff_may_stop_it(
        self, new_york: Store, emma: Customer, ana: Staff, state: str
    ) -> None:
        message = plan(new_york, emma)
        put(message, state)
        stopped = planning.cancel(message=message, actor_id=ana.pk)
        assert (stopped.state, stopped.reason, stopped.token) == ("canceled", "canceled_by_staff", None)
        line = stopped.log.order_by("-id")[0]
        assert (line.actor, line.before, line.after) == (ana, state, "canceled")

    def test_it_stays_stopped_whatever_is_heard_later(self, new_york: Store, emma: Customer, ana: Staff) -> None:
        message = plan(new_york, emma)
        planning.cancel(message=message, actor_id=ana.pk)
        again = plan(new_york, emma, subject=message.subject, purpose="departure_left_early")
        assert again.state == "canceled"
        planning.cancel(message=again, actor_id=ana.pk)
        assert path_of(again) == ["scheduled", "canceled"]

    @pytest.mark.by_turns
    @pytest.mark.parametrize("state", MAY_HAVE_LEFT)
    def test_on_its_way_it_is_too_late(self, new_york: Store, emma: Customer, state: str) -> None:
        message = plan(new_york, emma)
        put(message, state)
        with pytest.raises(Problem) as problem:
            planning.cancel(message=message, actor_id=None)
        assert (problem.value.status, problem.value.code) == (409, "already_on_its_way")
        message.refresh_from_db()
        assert message.state == state

    def test_where_there_is_no_text_there_is_none_to_stop(self, new_york: Store) -> None:
        message = plan(new_york, None)
        with pytest.raises(Problem) as problem:
            planning.cancel(message=message, actor_id=None)
        assert problem.value.code == "nothing_to_cancel"


class TestTheDatabaseItself:
    def test_two_tablets_that_close_one_visit_make_one_text(self, new_york: Store, emma: Customer) -> None:
        subject = new_subject()
        rows = {plan(new_york, emma, subject=subject, now=NOON).pk for _ in range(2)}
        assert len(rows) == 1
        assert Message.objects.filter(subject=subject).count() == 1

    def test_shipped_wording_is_made_where_it_is_missing(
        self, new_york: Store, emma: Customer, later: Callable[..., float]
    ) -> None:
        assert not Template.objects.filter(organization=new_york.organization).exists()
        assert due(new_york, emma).template is not None
        assert wording.texts_for(organization_id=new_york.organization_id)
