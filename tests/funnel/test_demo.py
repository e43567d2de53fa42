"""The demo's data: believable, made of real events, and over, so that no worker ever sends a text of the past."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from crm import enrolment
from crm.consent import has_consent
from crm.models import Consent, ContactPoint, Customer, Device, Organization, Staff, Store, Task
from crm.numbers import read_number
from funnel import days
from funnel.demo import credentials, pouring, shops
from funnel.events import Frame, as_folded, judge, sent
from funnel.models import FloorPresence, PlaybookVersion, Visit, VisitEvent
from funnel.projection import project
from funnel.reports.cells import windows_of
from funnel.reports.liking import liking
from messaging.contract.states import STILL_OURS
from messaging.conversations import reading
from messaging.followups.answers import read_score
from messaging.followups.plans import due_of
from messaging.models import (
    Attempt,
    Conversation,
    FollowUp,
    FollowUpPlan,
    InboundText,
    Message,
    MessageLog,
    SatisfactionAnswer,
)
from messaging.planning.deciding import Closing, decide, facts_of
from messaging.subjects import visit_of
from tests.funnel.filling import NOW, fill, load_playbooks, once
from tests.http import ApiClient

COUNTED = (
    Organization,
    Store,
    Staff,
    Device,
    Customer,
    ContactPoint,
    Consent,
    Visit,
    VisitEvent,
    FloorPresence,
    Message,
    MessageLog,
    Attempt,
)


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The last six days up to `NOW`, made once: what a test changes is taken back after it, and all of this at the
    end."""
    around = transaction.atomic()
    # What may stand in no transaction may stand in one of the tests' own.
    around._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        around.__enter__()
        load_playbooks()
        fill(NOW)
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def test_a_second_start_adds_nothing() -> None:
    before = counts()
    rows = list(Visit.objects.order_by("id").values())
    assert fill(NOW) == []
    assert counts() == before
    assert list(Visit.objects.order_by("id").values()) == rows


@once
def test_every_visit_is_what_its_events_fold_to() -> None:
    # The second start goes on with the visits that the first left open.
    fill(NOW + timedelta(days=1))
    folded = 0
    for visit in Visit.objects.select_related("store"):
        events = VisitEvent.objects.filter(visit_id=visit.log_id)
        (again,) = project(log_id=visit.log_id, events=map(as_folded, events), store=visit.store, known=[visit])
        for column in Visit._meta.concrete_fields:
            if column.attname != "change_seq":
                assert getattr(again.row, column.attname) == getattr(visit, column.attname), column.attname
        assert not again.state.misplaced
        folded += 1
    assert folded > 200


@once
def test_every_event_is_one_that_a_tablet_may_send() -> None:
    kinds = set()
    for row in VisitEvent.objects.order_by("?")[:800]:
        raw = {
            "id": str(row.id),
            "v": row.v,
            "type": row.type,
            "visit": str(row.visit_id) if row.visit_id else None,
            "actor": str(row.actor_id),
            "at": row.at.isoformat(),
            "boot": str(row.boot),
            "mono": row.mono,
            "seq": row.seq,
            "data": row.data,
        }
        frame = Frame(sent_at=row.at, offset_ms=row.offset_ms, received_at=row.received_at)
        _, data = judge(item=sent(raw), frame=frame)
        assert data == row.data
        kinds.add(row.type)
    assert {"visit.started", "stage.entered", "item.ticked", "outcome.recorded", "visit.departed"} <= kinds


@once
def test_each_text_is_what_the_planning_would_have_made_of_it() -> None:
    seen = set()
    for message in Message.objects.filter(group="departure").select_related("contact", "customer"):
        about = visit_of(message.subject)
        assert about is not None
        visit = Visit.objects.get(pk=about)
        if message.contact and (message.contact.opted_out_at or message.contact.unreachable_reason):
            # What is known of the number today was not known then.
            continue
        closing = Closing(
            subject=message.subject,
            closing=visit.closing,
            organization_id=visit.organization_id,
            store_id=visit.store_id,
            purpose=message.purpose or None,  # type: ignore[arg-type]  # the database holds only purposes
            blocked=None if visit.status != "open" else "no_outcome",
            customer_id=visit.customer_id,
            staff_id=visit.owner_id,
            left_at=message.left_at,
            received_at=message.received_at,
            now=message.planned_at,
        )
        wanted = decide(given=closing, row=None, texted=False, facts=facts_of([closing]))
        assert wanted.state == ("suppressed" if message.state == "suppressed" else "scheduled")
        if wanted.reason:
            assert message.reason == wanted.reason
        for name, value in wanted.fields.items():
            assert getattr(message, name) == value, name
        seen.add(message.state)
    assert {"suppressed", "delivered"} <= seen


@once
def test_every_text_went_along_its_arrows() -> None:
    for message in Message.objects.prefetch_related("log"):
        arrows = [(line.before, line.after) for line in sorted(message.log.all(), key=lambda line: line.pk)]
        assert arrows[0][0] == "" and arrows[-1][1] == message.state
        assert all(after == before for (_, after), (before, _) in pairwise(arrows))
        assert message.version == len(arrows)


def test_the_next_day_adds_what_is_missing_and_ends_what_was_open() -> None:
    before = {row["id"]: row for row in Visit.objects.values()}
    still_open = set(Visit.objects.filter(status="open", departed_at=None).values_list("id", flat=True))
    assert still_open
    tomorrow = NOW + timedelta(days=1)
    assert len(fill(tomorrow)) == 3
    new = Visit.objects.exclude(id__in=before)
    assert new.exists()
    for visit in new:
        # The day of the first start was not over, so its rest comes too.
        assert visit.business_date >= days.current_business_date(now=NOW, store=visit.store)
    for row in Visit.objects.filter(id__in=before).exclude(id__in=still_open).values():
        assert row == before[row["id"]]
    for visit in Visit.objects.filter(id__in=still_open):
        assert visit.departed_at is not None and visit.departed_at > visit.started_at
        assert Message.objects.get(subject=f"visit:{visit.id}").reason == "no_customer"
    assert not Message.objects.filter(state__in=STILL_OURS).exists()
    for store in Store.objects.all():
        today = days.current_business_date(now=tomorrow, store=store)
        open_now = Visit.objects.filter(store=store, status="open", departed_at=None)
        assert {visit.business_date for visit in open_now} == {today}


@once
def test_a_visit_that_somebody_took_over_is_left_alone() -> None:
    visit = Visit.objects.filter(store__name="New York", status="open", departed_at=None)[0]
    code = enrolment.make_code(store=visit.store)
    theirs, _ = enrolment.enrol(code=code)
    row = VisitEvent.objects.filter(visit_id=visit.id).latest("seq")
    row.pk, row.device, row.seq = uuid4(), theirs, 1
    row.save(force_insert=True)
    fill(NOW + timedelta(days=1))
    visit.refresh_from_db()
    assert visit.departed_at is None


@once
def test_every_number_can_be_texted_and_is_made_up() -> None:
    numbers = list(ContactPoint.objects.values_list("e164", "country"))
    assert len(numbers) > 100
    for e164, country in numbers:
        read = read_number(text=e164, country=country, allowed_countries=[country])
        assert (read.e164, read.country) == (e164, country)
        if country == "US":
            assert e164[5:10] == "55501"


def test_poured_rows_are_what_django_would_have_written() -> None:
    row = VisitEvent.objects.filter(type="visit.started")[0]
    columns = [field.name for field in VisitEvent._meta.concrete_fields]
    values = {field.name: getattr(row, field.attname) for field in VisitEvent._meta.concrete_fields}
    copy = values | {"id": uuid4(), "data": {"注": ["é", 1, None]}}
    pouring.pour(VisitEvent, columns, [tuple(copy[name] for name in columns)])
    again = VisitEvent.objects.get(pk=copy["id"])
    for field in VisitEvent._meta.concrete_fields:
        assert getattr(again, field.attname) == copy[field.name]


def test_the_keys_let_everybody_in() -> None:
    keys = credentials.fresh()
    assert [each["store"] for each in keys["devices"]] == ["New York", "London", "上海店"]
    assert keys["device_code"] == keys["devices"][0]["code"]
    assert keys["staff"][0] == {"name": "Ana", "pin": "482913", "store": "New York"}
    browser = ApiClient()
    enrolled = browser.post("/devices/enrol", {"code": keys["device_code"]})
    assert enrolled.status_code == 200 and enrolled.json()["device"]["store_name"] == "New York"
    assert browser.post("/devices/enrol", {"code": keys["device_code"]}).status_code == 400
    roster = {person["name"]: person["id"] for person in browser.get("/bootstrap").json()["roster"]}
    for person in keys["staff"][:6]:
        answer = browser.post("/session", {"staff": roster[person["name"]], "pin": person["pin"]})
        assert answer.status_code == 200, answer.content
    assert browser.post("/session", keys["manager"]).status_code == 200
    stores = browser.get("/session").json()["manager"]["stores"]
    assert [store["name"] for store in stores] == ["New York", "London"]
    assert credentials.fresh()["device_code"] != keys["device_code"]


def test_every_brands_manager_can_sign_in() -> None:
    for brand in shops.BRANDS:
        browser = ApiClient()
        assert len(brand.password) >= 15
        answer = browser.post("/session", {"email": brand.email, "password": brand.password})
        assert answer.status_code == 200
        assert answer.json()["manager"]["organization"]["brand"] == brand.name


@once
def test_shops_follow_their_playbooks() -> None:
    assert PlaybookVersion.objects.get(storeplaybook__store__name="上海店").playbook.key == "home_furnishing_nine"
    assert PlaybookVersion.objects.get(storeplaybook__store__name="London").playbook.key == "jewellery_eight"
    london = Store.objects.get(name="London")
    assert (london.currency, london.zone) == ("GBP", "Europe/London")
    assert set(Visit.objects.filter(store=london, status="bought").values_list("currency", flat=True)) == {"GBP"}


def test_rebuilding_finds_nothing_to_put_right(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rebuild_visits", "--verify")
    assert ", 0 differ" in capsys.readouterr().out


def test_the_first_shop_of_each_brand_asks_its_buyers_as_those_were_asked_who_have_answered() -> None:
    plans = FollowUpPlan.objects.filter(outcome="bought").order_by("store__created_at")
    assert [plan.store.name for plan in plans] == [shop.name for shop in shops.SHOPS if shops.is_first(shop)]
    for plan in plans:
        step = plan.steps.get()
        assert (step.kind, step.purpose) == ("text", "satisfaction")
        asked = Message.objects.filter(group="satisfaction", store=plan.store)
        assert {text.send_at for text in asked} == {
            due_of(step=step, left_at=text.left_at, zone=plan.store.zone) for text in asked
        }
        assert SatisfactionAnswer.objects.filter(store=plan.store).exists()


def test_the_first_shop_of_each_brand_calls_who_did_not_buy_and_some_calls_wait() -> None:
    plans = FollowUpPlan.objects.filter(outcome="not_bought").order_by("store__created_at")
    firsts = [shop for shop in shops.SHOPS if shops.is_first(shop)]
    assert [plan.store.name for plan in plans] == [shop.name for shop in firsts]
    for plan, shop in zip(plans, firsts, strict=True):
        assert {step.kind for step in plan.steps.all()} == {"task"}
        calls = list(Task.objects.filter(store=plan.store))
        assert calls and all(call.state == "open" and call.customer for call in calls)
        assert shop.staff[0].name in {call.assignee.display_name for call in calls if call.assignee}
        assert all(call.what.isascii() == (shop.brand.language == "en") for call in calls)
        assert FollowUp.objects.filter(store=plan.store, state="running", step=1).count() == len(calls)
    # What a manager makes of the plan later stays.
    before = (FollowUpPlan.objects.count(), Task.objects.count(), FollowUp.objects.count())
    fill(NOW)
    assert (FollowUpPlan.objects.count(), Task.objects.count(), FollowUp.objects.count()) == before


def test_each_brand_has_three_conversations_of_the_last_days() -> None:
    for shop in (shop for shop in shops.SHOPS if shops.is_first(shop)):
        store = shops.find(shop)
        assert store is not None
        stores = [store]
        (waits,) = reading.inbox(stores=stores, box="waiting", mine=None)
        (gone,) = reading.inbox(stores=stores, box="opted_out", mine=None)
        # Who was asked for a score and gave it said no more.
        talks = Conversation.objects.exclude(contact__message__answer__isnull=False)
        answered = talks.filter(store=store).exclude(pk__in=(waits.pk, gone.pk)).get()
        assert waits.waiting_since is not None
        assert NOW - timedelta(minutes=15) < waits.waiting_since < NOW
        assert (waits.unread, waits.flag, reading.counts(stores=stores)) == (1, "", {"unread": 1, "waiting": 1})
        assert (answered.unread, answered.waiting_since, answered.talked_at) == (0, None, None)
        said = list(InboundText.objects.filter(contact__conversation__in=(waits, gone, answered)))
        assert {text.verdict for text in said} == {"other", "stop"}
        assert all(text.body.isascii() == (shop.brand.language == "en") for text in said)
        answer = Message.objects.get(store=store, group="conversation")
        assert (answer.contact, answer.state) == (answered.contact, "delivered")
        assert answer.staff == answered.assigned_to is not None
        assert answered.last_inbound_at < answer.posted_at < NOW  # type: ignore[operator]
        for talk in (waits, gone, answered):
            # Nobody writes before there is something to answer, and nothing goes after a STOP.
            texted = Message.objects.filter(contact=talk.contact, posted_at__isnull=False).order_by("posted_at")
            first = texted.first()
            assert first is not None and first.posted_at is not None
            assert talk.last_inbound_at is not None
            assert first.posted_at < talk.last_inbound_at < NOW
            assert not talk.contact.opted_out_at or not texted.filter(posted_at__gt=talk.contact.opted_out_at).exists()
    before = {talk.pk for talk in talks}
    fill(NOW)
    fill(NOW + timedelta(days=1))
    assert {talk.pk for talk in talks.all()} == before


@once
def test_who_bought_was_asked_how_it_was_and_some_have_answered() -> None:
    fill(NOW + timedelta(days=1))
    now = NOW + timedelta(days=2)
    fill(now)
    questions = Message.objects.filter(group="satisfaction").select_related("customer", "contact", "store")
    assert {question.organization_id for question in questions} == set(
        Organization.objects.values_list("pk", flat=True)
    )
    for question in questions:
        about = visit_of(question.subject)
        assert about is not None and Visit.objects.get(pk=about).status == "bought"
        assert question.state == "delivered" and question.customer and question.contact and question.posted_at
        assert has_consent(customer_id=question.customer.pk, contact_id=question.contact.pk, purpose="offers")
        assert question.left_at + timedelta(hours=24) < question.send_at <= question.posted_at < now
        assert question.send_at.astimezone(ZoneInfo(question.store.zone)).hour == 11
    # Nobody is asked twice.
    assert questions.values("contact").distinct().count() == questions.count()
    answers = list(SatisfactionAnswer.objects.select_related("question__contact__conversation"))
    assert len({answer.organization_id for answer in answers}) == 2 and len(answers) < questions.count()
    for answer in answers:
        contact = answer.question.contact
        assert contact is not None and answer.question.posted_at is not None
        said = InboundText.objects.get(contact=contact)
        assert (read_score(said.body), said.received_at) == (answer.score, answer.answered_at)
        assert answer.question.posted_at < answer.answered_at < now
        assert (contact.conversation.unread, contact.conversation.waiting_since) == (0, None)
    stores = list(Store.objects.all())
    report = liking(windows=windows_of(stores=stores, days_back=28, now=now), stores=stores)
    assert (report.answered.k, report.answered.n) == (len(answers), questions.count())
    # What somebody else's tablet recorded is not asked about behind their back.
    before = set(questions.values_list("pk", flat=True))
    Device.objects.update(name="Front")
    fill(now + timedelta(days=1))
    assert set(questions.all().values_list("pk", flat=True)) == before
