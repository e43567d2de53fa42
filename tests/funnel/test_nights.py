"""Nights on which the clocks change, and visits that outlast their business day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.ids import uuid7
from crm.models import Staff
from funnel.models import Visit
from tests.funnel.taps import Hand, iso, statuses, texts
from tests.http import TabletClient

# New York sets its clocks back on the first Sunday of November at 06:00 UTC, and its cutoff is 04:00.
CASES = {
    "the hour that comes twice": ("2026-11-01T05:50Z", 20, date(2026, 10, 31)),
    "before the cutoff to after it": ("2026-11-03T08:50Z", 20, date(2026, 11, 2)),
    "just after the cutoff": ("2026-11-03T09:00Z", 20, date(2026, 11, 3)),
    "across the change and the cutoff": ("2026-11-01T05:00Z", 300, date(2026, 10, 31)),
}


@pytest.mark.by_turns
@pytest.mark.parametrize("case", CASES)
def test_a_visit_keeps_the_day_it_started_on_and_its_true_length(tablet: TabletClient, ana: Staff, case: str) -> None:
    text, minutes, day = CASES[case]
    start = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)

    hand, visit = Hand(tablet, ana), uuid7()
    events = hand.whole_visit(visit, result="bought")
    for event in events:
        event["at"] = iso(start)
    events[-1]["at"] = iso(start + timedelta(minutes=minutes))
    # Handed in at once by the tablet's clock, however long ago this night is by now.
    sent_at = start + timedelta(minutes=minutes, seconds=1)
    answer = hand.sync(events, sent_at=iso(sent_at), clock={"offset_ms": 0, "rtt_ms": 20})
    assert set(statuses(answer)) == {"accepted"}
    row = Visit.objects.get(id=visit)
    assert row.business_date == day
    assert row.departed_at is not None
    assert row.departed_at - row.started_at == timedelta(minutes=minutes)
    (message,) = texts(visit)
    assert (message.state, message.reason) == ("suppressed", "too_late")
    assert message.send_at - message.left_at >= timedelta(minutes=5)
