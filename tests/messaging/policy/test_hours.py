"""Quiet hours as a text meets them: put off once, told in the time of every place, and never lost on the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.clock import db_now
from crm.models import Store
from messaging import sending
from messaging.models import Message
from messaging.policy.terms import Hours
from tests.messaging.factories import path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio

NEW_YORK, LONDON = "America/New_York", "Europe/London"
LOS_ANGELES_NUMBER = "+13105550142"
At = Callable[..., datetime]


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def quiet(decide: Callable[..., Any]) -> None:
    decide()


class TestAnEvening:
    def test_a_customer_who_leaves_at_three_minutes_to_eight_is_texted_at_nine(
        self, twilio: FakeTwilio, new_york: Store, at: At
    ) -> None:
        at(NEW_YORK, "2035-03-05T19:57")
        message = plan(new_york, textable(new_york))
        at(NEW_YORK, "2035-03-05T20:02:01")
        assert sending.drain() == 0
        now_is(message)
        assert (message.state, message.reason, message.put_off) == ("scheduled", "quiet_hours", True)
        assert message.send_at == utc("2035-03-06T14:00")
        assert message.not_after == utc("2035-03-07T01:00")
        assert message.log.get(why="quiet_hours").detail == {"until": [[NEW_YORK, "2035-03-06T09:00"]]}
        assert twilio.asked == []
        at(NEW_YORK, "2035-03-06T08:59:58")
        assert sending.drain() == 0
        at(NEW_YORK, "2035-03-06T09:00")
        assert sending.drain() == 1
        assert path_of(message) == ["scheduled", "claimed", "scheduled", "claimed", "posting", "accepted"]
        assert now_is(message).reason == ""

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("due", "sent"),
        [("19:58:30", True), ("19:59", True), ("19:59:01", False), ("19:59:59", False), ("20:00", False)],
    )
    def test_the_last_minute_is_left_free(
        self, twilio: FakeTwilio, new_york: Store, at: At, due: str, sent: bool
    ) -> None:
        now = at(NEW_YORK, f"2035-03-05T{due}")
        plan(new_york, textable(new_york), left_at=now - timedelta(minutes=5))
        # The clock runs on while the text is looked at.
        assert sending.drain() in ((1, 0) if due == "19:59" else (sent,))
        assert len(twilio.asked) == Message.objects.exclude(posted_at=None).count()

    def test_a_sunday_begins_at_noon(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        at(NEW_YORK, "2035-03-11T10:00")
        message = plan(new_york, textable(new_york), left_at=db_now() - timedelta(minutes=6))
        sending.drain()
        # The night before, clocks were turned: noon is at 16:00 UTC from this morning on.
        assert now_is(message).send_at == utc("2035-03-11T16:00")

    def test_two_shops_of_one_owner_keep_the_hours_of_their_countries(
        self, twilio: FakeTwilio, london: Store, at: At
    ) -> None:
        at(LONDON, "2035-03-11T10:00")
        plan(london, textable(london, number="+447400123456"), left_at=db_now() - timedelta(minutes=6))
        assert sending.drain() == 1


class TestTwoZones:
    def test_an_area_code_out_west_is_not_woken(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        at(NEW_YORK, "2035-03-05T09:30")
        message = plan(
            new_york, textable(new_york, number=LOS_ANGELES_NUMBER), left_at=db_now() - timedelta(minutes=6)
        )
        assert sending.drain() == 0
        assert now_is(message).send_at == utc("2035-03-05T17:00")
        detail = message.log.get(why="quiet_hours").detail
        assert detail == {
            "until": [[NEW_YORK, "2035-03-05T12:00"], ["America/Los_Angeles", "2035-03-05T09:00"]],
        }

    def test_it_keeps_the_evening_of_the_shop_as_well(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        # Five in the afternoon out west.
        at(NEW_YORK, "2035-03-05T20:00")
        message = plan(
            new_york, textable(new_york, number=LOS_ANGELES_NUMBER), left_at=db_now() - timedelta(minutes=6)
        )
        assert sending.drain() == 0
        assert now_is(message).send_at == utc("2035-03-06T17:00")

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("closes", "left"), [(20, "20:57:00"), (21, "20:57:00"), (21, "20:54:59"), (21, "20:55:00")]
    )
    def test_a_text_due_at_the_end_of_the_day_waits_for_the_next_opening_of_both_places(
        self, twilio: FakeTwilio, new_york: Store, at: At, decide: Callable[..., Any], closes: int, left: str
    ) -> None:
        decide(hours={"US": [Hours(opens=9 * 60, closes=closes * 60)] * 7})
        left_at = at(NEW_YORK, f"2035-03-05T{left}")
        message = plan(new_york, textable(new_york, number=LOS_ANGELES_NUMBER), left_at=left_at)
        at(NEW_YORK, (left_at + timedelta(seconds=300)).astimezone(ZoneInfo(NEW_YORK)).strftime("%Y-%m-%dT%H:%M:%S"))
        assert sending.drain() == 0
        assert (now_is(message).state, message.reason) == ("scheduled", "quiet_hours")
        assert message.log.get(why="quiet_hours").detail == {
            "until": [[NEW_YORK, "2035-03-06T12:00"], ["America/Los_Angeles", "2035-03-06T09:00"]],
        }
        at(NEW_YORK, "2035-03-06T11:59:58")
        assert sending.drain() == 0
        assert twilio.asked == []
        at(NEW_YORK, "2035-03-06T12:00")
        assert sending.drain() == 1
        assert twilio.sent_to(LOS_ANGELES_NUMBER) == 1

    def test_an_hour_that_suits_nobody_is_no_hour(
        self, twilio: FakeTwilio, new_york: Store, at: At, decide: Callable[..., Any]
    ) -> None:
        mornings = [Hours(opens=9 * 60, closes=11 * 60)] * 7
        decide(hours={"US": mornings})
        at(NEW_YORK, "2035-03-05T09:30")
        message = plan(
            new_york, textable(new_york, number=LOS_ANGELES_NUMBER), left_at=db_now() - timedelta(minutes=6)
        )
        assert sending.drain() == 0
        assert (now_is(message).state, message.reason) == ("suppressed", "no_open_hours")


class TestTheNextDay:
    def put_off(self, store: Store, at: At) -> Message:
        at(NEW_YORK, "2035-03-05T20:30")
        message = plan(store, textable(store), left_at=db_now() - timedelta(minutes=6))
        sending.drain()
        return now_is(message)

    def test_an_owner_may_want_no_text_then(
        self, twilio: FakeTwilio, new_york: Store, at: At, decide: Callable[..., Any]
    ) -> None:
        decide(overnight="suppress")
        message = self.put_off(new_york, at)
        assert (message.state, message.reason) == ("suppressed", "overnight")

    def test_but_one_that_goes_on_the_same_day_still_goes(
        self, twilio: FakeTwilio, new_york: Store, at: At, decide: Callable[..., Any]
    ) -> None:
        decide(overnight="suppress")
        at(NEW_YORK, "2035-03-05T08:30")
        message = plan(new_york, textable(new_york), left_at=db_now() - timedelta(minutes=6))
        sending.drain()
        assert (now_is(message).state, message.send_at) == ("scheduled", utc("2035-03-05T14:00"))

    def test_it_is_put_off_once_and_ends_with_those_hours(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        message = self.put_off(new_york, at)
        # The workers were down the whole day.
        at(NEW_YORK, "2035-03-06T19:59:30")
        assert sending.drain() == 0
        assert (now_is(message).state, message.reason) == ("expired", "too_late")
        assert twilio.asked == []

    def test_a_late_fact_does_not_wake_it(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        message = self.put_off(new_york, at)
        again = plan(
            new_york,
            message.customer,
            subject=message.subject,
            left_at=message.left_at,
            purpose="departure_not_bought",
            now=db_now(),
        )
        assert again.pk == message.pk
        assert "better match" in again.body
        assert (again.state, again.reason, again.send_at, again.not_after) == (
            "scheduled",
            "quiet_hours",
            message.send_at,
            message.not_after,
        )

    def test_leaving_again_in_the_morning_begins_anew(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        message = self.put_off(new_york, at)
        left_at = at(NEW_YORK, "2035-03-06T10:00")
        again = plan(new_york, message.customer, subject=message.subject, left_at=left_at)
        assert (again.put_off, again.reason) == (False, "")
        assert again.send_at == left_at + timedelta(minutes=5)

    def test_a_stop_in_the_night_ends_it(self, twilio: FakeTwilio, new_york: Store, at: At) -> None:
        message = self.put_off(new_york, at)
        assert message.contact is not None
        message.contact.opted_out_at = db_now()
        message.contact.save(update_fields=["opted_out_at"])
        at(NEW_YORK, "2035-03-06T09:00")
        assert sending.drain() == 0
        assert now_is(message).reason == "opted_out"


def test_an_owner_may_switch_them_off(twilio: FakeTwilio, new_york: Store, at: At, decide: Callable[..., Any]) -> None:
    decide(quiet_hours=False)
    at(NEW_YORK, "2035-03-05T03:00")
    plan(new_york, textable(new_york), left_at=db_now() - timedelta(minutes=6))
    assert sending.drain() == 1
