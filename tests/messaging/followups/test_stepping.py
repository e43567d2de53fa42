"""Steps that come due: each becomes one text or one call, whoever looks, and however often."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from crm import employment
from crm.callbacks import doing
from crm.clock import db_now
from crm.models import Customer, Staff, Store, Task
from messaging.followups import stepping
from messaging.followups.plans import Step
from messaging.models import FollowUp, FollowUpPlan, Message
from tests.messaging.factories import agreed, flag_number, textable
from tests.messaging.followups.conftest import begun, set_plan, step_texts

DAYS_PASS = Callable[[float], None]
TEXT = Step(kind="text", days=3, hour=10, purpose="follow_up_day_3")


def due_in(follow_up: FollowUp, days_pass: DAYS_PASS, *, hours: float) -> None:
    """Moves to so many hours before its next step."""
    follow_up.refresh_from_db()
    assert follow_up.due_at is not None
    days_pass((follow_up.due_at - db_now()) / timedelta(days=1) - hours / 24)


def test_a_step_becomes_a_text_an_hour_ahead_and_not_sooner(
    new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = begun(new_york, emma, staff=ana)
    due_at = follow_up.due_at
    due_in(follow_up, days_pass, hours=1.1)
    assert stepping.take_due() == 0
    assert step_texts(follow_up) == []
    due_in(follow_up, days_pass, hours=0.9)
    assert stepping.take_due() == 1
    assert stepping.take_due() == 0
    (text,) = step_texts(follow_up)
    assert (text.state, text.group, text.purpose, text.send_at) == (
        "scheduled",
        "follow_up",
        "follow_up_day_3",
        due_at,
    )
    assert text.body.startswith("Hi Emma, thank you again for your visit.")
    assert text.body.endswith("- Ana, Hartwell & Finch. Reply STOP to opt out")
    assert text.not_after - text.send_at == timedelta(hours=12)
    follow_up.refresh_from_db()
    assert (follow_up.step, follow_up.taken, follow_up.state) == (1, 1, "running")


def test_who_has_left_the_company_signs_no_later_text_that_waits_already(
    new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    mia = textable(new_york, number="+12125550177")
    agreed(mia, purpose="offers")
    follow_ups = [begun(new_york, customer, staff=ana) for customer in (emma, mia)]
    due_in(follow_ups[1], days_pass, hours=0.5)
    assert stepping.take_due() == 2
    waiting, by_hand = [text for each in follow_ups for text in step_texts(each)]
    Message.objects.filter(pk=by_hand.pk).update(body="Ana has your ring.", edited_at=db_now())

    def ana_is(*, here: bool) -> list[tuple[str, str, int]]:
        ana.is_active = here
        ana.save(update_fields=["is_active"])
        with transaction.atomic():
            employment.tell(staff=ana)
        rows = [Message.objects.get(pk=text.pk) for text in (waiting, by_hand)]
        return [(row.state, row.body, row.version) for row in rows]

    gone, kept = ana_is(here=False)
    assert gone[:1] + gone[2:] == ("scheduled", 2)
    assert "Ana" not in gone[1] and "Hartwell & Finch" in gone[1] and "thank you again for your visit" in gone[1]
    # What a person wrote is theirs.
    assert kept == ("scheduled", "Ana has your ring.", 1)
    # Told once more, nothing changes; who returns signs again.
    assert ana_is(here=False) == [gone, kept]
    assert ana_is(here=True) == [("scheduled", waiting.body, 3), kept]


def test_a_whole_plan_is_taken_step_by_step_and_then_is_over(
    new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = begun(new_york, emma, staff=ana)
    for _ in range(35 * 4):
        days_pass(1 / 4)
        stepping.take_due()
    assert [(text.closing, text.purpose) for text in step_texts(follow_up)] == [
        (1, "follow_up_day_3"),
        (3, "satisfaction"),
    ]
    task = Task.objects.get(subject=follow_up.subject)
    assert (task.step, task.assignee, task.customer, task.state) == (2, ana, emma, "open")
    # As long as there is a call to make, it is not over.
    follow_up.refresh_from_db()
    assert follow_up.state == "running"
    doing.finish(task=task, staff_id=ana.pk, now=db_now())
    days_pass(1)
    stepping.take_due()
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.why) == ("ended", "finished")


def test_the_question_names_the_day_of_the_visit(
    new_york: Store, emma: Customer, manager: Staff, days_pass: DAYS_PASS
) -> None:
    set_plan(new_york, manager, Step(kind="text", days=3, hour=10, purpose="satisfaction"))
    follow_up = begun(new_york, emma)
    due_in(follow_up, days_pass, hours=0.5)
    stepping.take_due()
    (text,) = step_texts(follow_up)
    assert f"your visit on {follow_up.left_at:%B} {follow_up.left_at.day}" in text.body or (
        f"your visit on {follow_up.left_at - timedelta(days=1):%B} {(follow_up.left_at - timedelta(days=1)).day}"
        in text.body
    )


@pytest.mark.parametrize(
    ("flag", "reason"),
    [({"unreachable_reason": "30006"}, "number_rejected"), ({}, "no_consent")],
)
def test_a_step_that_cannot_be_a_text_says_why_and_the_plan_goes_on(
    new_york: Store, plan: FollowUpPlan, days_pass: DAYS_PASS, flag: dict[str, str], reason: str
) -> None:
    # She said yes to the text after the visit, and to no more.
    customer = textable(new_york, number="+12125550177")
    if flag:
        agreed(customer, purpose="offers")
        flag_number(customer, **flag)
    follow_up = begun(new_york, customer)
    due_in(follow_up, days_pass, hours=0.5)
    stepping.take_due()
    (text,) = step_texts(follow_up)
    assert (text.state, text.reason, text.body) == ("suppressed", reason, "")
    due_in(follow_up, days_pass, hours=0.5)
    stepping.take_due()
    assert Task.objects.get(subject=follow_up.subject).state == "open"


def test_after_a_stop_or_an_erasure_nothing_more_is_planned(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    stopped, erased = begun(new_york, emma), begun(new_york, textable(new_york))
    FollowUp.objects.filter(pk=erased.pk).update(customer=None)
    flag_number(emma, opted_out_at=db_now())
    days_pass(4)
    assert stepping.take_due() == 0
    assert [(f.state, f.why) for f in FollowUp.objects.order_by("pk")] == [("ended", "opted_out"), ("ended", "erased")]
    assert (step_texts(stopped), step_texts(erased)) == ([], [])


def test_a_step_that_nobody_took_in_time_is_not_sent_late(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = begun(new_york, emma)
    due_in(follow_up, days_pass, hours=-13)
    stepping.take_due()
    (text,) = step_texts(follow_up)
    assert (text.state, text.reason) == ("suppressed", "too_late")


def test_the_database_refuses_a_second_text_or_call_of_one_step(
    new_york: Store, emma: Customer, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    follow_up = begun(new_york, emma)
    due_in(follow_up, days_pass, hours=0.5)
    stepping.take_due()
    (text,) = step_texts(follow_up)
    text.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(**{f.attname: getattr(text, f.attname) for f in Message._meta.fields if f.name != "id"})


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_take_each_step_once(new_york: Store, manager: Staff, days_pass: DAYS_PASS) -> None:
    set_plan(new_york, manager, TEXT, Step(kind="task", days=3, hour=11))
    for n in range(12):
        customer = textable(new_york, number=f"+121255502{n:02}")
        agreed(customer, purpose="offers")
        begun(new_york, customer)
    days_pass(5)
    taken: list[int] = []

    def look() -> None:
        try:
            taken.append(stepping.take_due())
            taken.append(stepping.take_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while stepping.take_due():
        pass
    assert Message.objects.filter(group="follow_up").count() == 12
    assert Task.objects.count() == 12
    assert FollowUp.objects.filter(taken=2).count() == 12
