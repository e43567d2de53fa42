"""What a closing asks for: when its text is due, why there may be none, and in which words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.models import Customer, Organization, Staff, Store
from messaging.models import Template
from messaging.planning.deciding import window
from tests.messaging.factories import agreed, flag_number, plan, textable

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


class TestWhenItIsDue:
    def test_on_line_it_is_due_exactly_five_minutes_after_leaving(self, new_york: Store, emma: Customer) -> None:
        message = plan(new_york, emma, left_at=NOON, received_at=NOON + timedelta(seconds=2), now=NOON)
        assert message.send_at - message.left_at == FIVE_MINUTES
        assert message.not_after - message.send_at == timedelta(minutes=30)
        assert message.state == "scheduled"

    def test_a_tablet_back_on_line_late_leaves_a_minute_to_look(self, new_york: Store, emma: Customer) -> None:
        back = NOON + timedelta(hours=2)
        message = plan(new_york, emma, left_at=NOON, received_at=back, now=back)
        assert message.send_at == back + timedelta(minutes=1)
        assert message.state == "scheduled"

    def test_a_day_later_is_too_late(self, new_york: Store, emma: Customer) -> None:
        for seconds, state in ((0, "scheduled"), (1, "suppressed")):
            back = NOON + timedelta(hours=24, seconds=seconds)
            message = plan(new_york, emma, left_at=NOON, received_at=back, now=back)
            assert message.state == state
        assert message.reason == "too_late"

    def test_nobody_leaves_in_the_future(self, new_york: Store, emma: Customer) -> None:
        message = plan(new_york, emma, left_at=NOON + timedelta(hours=1), received_at=NOON, now=NOON)
        assert message.left_at == NOON

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        "local",
        [
            # Both nights of both shops on which clocks change, and the last minute of a day, a month and a year.
            ("America/New_York", "2027-03-14T01:58"),
            ("America/New_York", "2027-11-07T01:58"),
            ("Europe/London", "2027-03-28T00:58"),
            ("Europe/London", "2027-10-31T01:58"),
            ("Asia/Shanghai", "2026-12-31T23:59"),
            ("America/New_York", "2028-02-28T23:59"),
        ],
    )
    @pytest.mark.parametrize("fold", [0, 1])
    def test_no_change_of_clocks_and_no_midnight_moves_it(
        self, new_york: Store, emma: Customer, local: tuple[str, str], fold: int
    ) -> None:
        zone, wall = local
        left = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold)
        message = plan(new_york, emma, left_at=left, received_at=left, now=left)
        message.refresh_from_db()
        assert message.send_at.timestamp() - left.timestamp() == 300

    @given(
        left=st.floats(1.7e9, 2e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
        later=st.timedeltas(timedelta(0), timedelta(hours=24)),
        delay=st.floats(0, 3600),
    )
    def test_it_is_never_early_and_always_leaves_time(self, left: datetime, later: timedelta, delay: float) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.DEPARTURE_TEXT_DELAY_SECONDS", delay)
            send_at, not_after = window(left_at=left, received_at=left + later)
        assert send_at >= left + timedelta(seconds=delay)
        assert send_at >= left + later
        assert not_after == send_at + timedelta(minutes=30)


class TestWhyThereIsNone:
    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"purpose": None}, "no_outcome"),
            ({"purpose": None, "blocked": "no_outcome"}, "no_outcome"),
            ({"blocked": "practice"}, "practice"),
        ],
    )
    def test_the_visit_says_why(self, new_york: Store, emma: Customer, facts: dict[str, Any], reason: str) -> None:
        message = plan(new_york, emma, **facts)
        assert (message.state, message.reason, message.body) == ("suppressed", reason, "")
        assert message.log.get().after == "suppressed"

    def test_nobody_is_known(self, new_york: Store) -> None:
        assert plan(new_york, None).reason == "no_customer"

    def test_a_person_of_another_organisation_is_nobody(self, new_york: Store, shanghai: Store) -> None:
        message = plan(new_york, textable(shanghai))
        assert (message.reason, message.customer_id) == ("no_customer", None)

    def test_no_number_was_left(self, new_york: Store) -> None:
        assert plan(new_york, textable(new_york, contact=None)).reason == "no_number"

    @pytest.mark.parametrize("problem", ["number_invalid", "number_not_mobile", "number_region"])
    def test_the_number_is_no_good(self, new_york: Store, problem: str) -> None:
        customer = textable(new_york, contact=None, number_problem=problem)
        assert plan(new_york, customer).reason == problem

    def test_the_customer_did_not_agree(self, new_york: Store) -> None:
        customer = textable(new_york, consent=False)
        assert plan(new_york, customer).reason == "no_consent"
        # Yes to offers is no yes to the text about this visit.
        agreed(customer, purpose="offers")
        assert plan(new_york, customer).reason == "no_consent"

    def test_the_number_opted_out_whoever_shares_it(self, new_york: Store, emma: Customer) -> None:
        brother = textable(new_york, name="Tom", contact=emma.contact)
        flag_number(emma, opted_out_at=NOON)
        assert plan(new_york, emma).reason == plan(new_york, brother).reason == "opted_out"

    def test_the_network_knows_no_such_number(self, new_york: Store, emma: Customer) -> None:
        flag_number(emma, unreachable_reason="21211")
        assert plan(new_york, emma).reason == "number_rejected"


class TestTheWords:
    @pytest.mark.parametrize(
        ("purpose", "phrase"),
        [
            ("departure_bought", "helping you choose"),
            ("departure_not_bought", "a better match"),
            ("departure_left_early", "stopping by"),
        ],
    )
    def test_each_outcome_has_its_own(
        self, new_york: Store, emma: Customer, ana: Staff, purpose: str, phrase: str
    ) -> None:
        message = plan(new_york, emma, staff=ana, purpose=purpose)
        assert phrase in message.body
        assert message.body.startswith("Hi Emma,")
        assert "- Ana, Hartwell & Finch" in message.body
        assert message.body.endswith(" Reply STOP to opt out")
        assert (message.segments, message.language) == (1, "en")

    def test_the_customers_language_comes_before_the_stores(self, new_york: Store) -> None:
        message = plan(new_york, textable(new_york, language="zh", name="王芳", address_as="王女士"))
        assert message.language == "zh"
        assert message.body.startswith("【Hartwell & Finch】王女士，")
        assert message.body.endswith(" 回复退订停收")

    def test_a_chinese_number_is_told_the_short_word(self, shanghai: Store) -> None:
        message = plan(shanghai, textable(shanghai, number="+8613812345678"))
        assert message.language == "zh"
        assert message.body.endswith(" 回T退订")

    def test_who_has_left_the_company_signs_nothing(self, new_york: Store, emma: Customer, ana: Staff) -> None:
        ana.is_active = False
        ana.save(update_fields=["is_active"])
        message = plan(new_york, emma, staff=ana)
        assert "Ana" not in message.body
        assert "- Your team, Hartwell & Finch" in message.body
        assert message.staff == ana

    def test_nobody_signs_for_a_missing_associate(self, new_york: Store, emma: Customer) -> None:
        message = plan(new_york, emma, staff=None)
        assert "- Your team, Hartwell & Finch" in message.body

    def test_wording_edited_meanwhile_is_for_later_texts(
        self, new_york: Store, emma: Customer, jeweller: Organization, ana: Staff
    ) -> None:
        first = plan(new_york, emma, staff=ana, now=NOON)
        Template.objects.create(
            organization=jeweller, purpose="departure_bought", language="en", version=2, body="Bye {name}, {brand}"
        )
        again = plan(new_york, emma, staff=None, subject=first.subject, now=NOON)
        assert again.template == first.template
        assert "helping you choose" in again.body
        other = plan(new_york, emma, subject=first.subject, purpose="departure_not_bought", now=NOON)
        back = plan(new_york, emma, subject=first.subject, now=NOON)
        assert other.template != first.template
        assert back.body.startswith("Bye Emma")

    def test_one_person_can_make_no_text_of_four_segments(self, new_york: Store) -> None:
        message = plan(new_york, textable(new_york, name="😀é" * 40, address_as=""))
        assert message.segments <= 3
