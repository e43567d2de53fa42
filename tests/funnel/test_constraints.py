"""What must never be of playbooks and visits is refused by the database itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F

from crm.clock import db_now
from crm.models import Store
from funnel.models import (
    ChecklistItem,
    FloorPresence,
    Playbook,
    PlaybookVersion,
    QuarantinedEvent,
    Stage,
    Visit,
    VisitEvent,
)
from tests.constraints import Pairs, Rules, hold, refuse_changes, two
from tests.factories import DeviceFactory, staff_in
from tests.funnel.factories import VisitFactory, playbook, words

RULES: Rules = {
    ChecklistItem: {"item_key_once": {}},
    FloorPresence: {"presence_once": {}, "presence_state": [{"state": "asleep"}]},
    Playbook: {"key": {}},
    PlaybookVersion: {"playbook_version_once": {}},
    QuarantinedEvent: {"quarantined_once": {}},
    Stage: {"stage_key_once": {}, "stage_position_once": {}, "stage_role": [{"role": "sometimes"}]},
    Visit: {
        "visit_status": [{"status": "half_bought"}],
        "visit_party": [{"party_size": 0}],
        "visit_money_has_a_currency": [{"amount_minor": 100}],
        "visit_departs_after_it_starts": [{"departed_at": F("started_at") - timedelta(seconds=1)}],
    },
}


@pytest.fixture
def pairs(new_york: Store) -> Pairs:
    """Two good rows of each table that has rules."""
    now = db_now()
    ours = {"organization": new_york.organization, "store": new_york}
    device = DeviceFactory.create(store=new_york)
    people = two(lambda n: staff_in(new_york, "associate"))
    # Of one playbook, as its versions are numbered.
    versions = two(lambda n: playbook(version=n + 1))
    stages = two(lambda n: versions[0].stages.all()[n])
    return {
        ChecklistItem: (
            stages[0].items.get(),
            ChecklistItem.objects.create(stage=stages[0], key="other", position=2, title=words("other")),
        ),
        FloorPresence: two(
            lambda n: FloorPresence.objects.create(**ours, staff=people[n], state="on_floor", since=now)
        ),
        Playbook: (versions[0].playbook, playbook("other").playbook),
        PlaybookVersion: versions,
        QuarantinedEvent: two(
            lambda n: QuarantinedEvent.objects.create(
                **ours, device=device, kind="event", code="unknown", raw="{}", content_hash=str(n), received_at=now
            )
        ),
        Stage: stages,
        Visit: two(lambda n: VisitFactory.create(store=new_york, playbook_version=versions[0])),
    }


def test_the_database_refuses_what_must_never_be(pairs: Pairs, subtests: pytest.Subtests) -> None:
    hold("funnel", RULES, pairs, subtests)


def test_the_database_refuses_to_change_an_event(new_york: Store, subtests: pytest.Subtests) -> None:
    now = db_now()
    event = VisitEvent.objects.create(
        id=uuid4(),
        organization=new_york.organization,
        store=new_york,
        visit_id=uuid4(),
        type="visit.departed",
        v=1,
        data={},
        actor=staff_in(new_york, "associate"),
        device=DeviceFactory.create(store=new_york),
        boot=uuid4(),
        mono=0,
        seq=1,
        at=now,
        offset_ms=0,
        corrected_at=now,
        received_at=now,
        content_hash="",
    )
    everything = [{column.name: F(column.name)} for column in VisitEvent._meta.concrete_fields]
    refuse_changes("funnel", {"funnel_visitevent_never_changes": (event, everything)}, subtests)
