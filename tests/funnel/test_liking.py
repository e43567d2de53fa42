"""What customers answered to "how was it, from 1 to 5?": on the manager's page, in its lists, and on the visit."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crm.models import Staff, Store
from funnel.models import Visit
from funnel.reports.overview import overview
from messaging.models import Message, SatisfactionAnswer
from messaging.subjects import subject_of
from tests.conftest import signed_in
from tests.funnel.factories import NOW, MessageFactory, VisitFactory
from tests.http import ApiClient, TabletClient, assert_problem

pytestmark = pytest.mark.django_db


def asked(store: Store, *, score: int | None = None, at: datetime | None = None, **fields: Any) -> Message:
    """A visit whose customer was asked, and answered where there is a score."""
    question = MessageFactory.create(store=store, group="satisfaction", purpose="satisfaction", **fields)
    if score is not None:
        SatisfactionAnswer.objects.create(
            organization_id=store.organization_id,
            store=store,
            subject=question.subject,
            question=question,
            score=score,
            answered_at=at or question.send_at,
        )
    return question


def of_visit(visit: Visit, *, score: int, closing: int = 1, at: datetime | None = None) -> None:
    asked(visit.store, score=score, subject=subject_of(visit.pk), closing=closing, at=at)


def test_who_answered_is_counted_of_those_whom_the_question_reached(new_york: Store) -> None:
    for score in (5, 5, 4, 1):
        asked(new_york, score=score)
    asked(new_york)
    asked(new_york, state="suppressed")
    asked(new_york, state="undelivered")
    # The network called it lost; the customer did not.
    asked(new_york, state="undelivered", score=2)
    MessageFactory.create(store=new_york)
    liking = overview(stores=[new_york], days=1, now=NOW).liking
    assert (liking.answered.k, liking.answered.n) == (5, 6)
    assert [(s.score, s.share.k, s.share.n) for s in liking.scores] == [
        (5, 2, 5),
        (4, 1, 5),
        (3, 0, 5),
        (2, 1, 5),
        (1, 1, 5),
    ]


def test_of_four_answers_no_rate_is_made(new_york: Store) -> None:
    for score in (5, 4, 4, 3):
        asked(new_york, score=score)
    liking = overview(stores=[new_york], days=1, now=NOW).liking
    assert {each.share.low for each in liking.scores} == {liking.answered.low} == {None}


def test_an_answer_counts_on_the_day_of_its_visit(new_york: Store) -> None:
    asked(new_york, score=4, left_at=NOW - timedelta(days=3), at=NOW)
    assert overview(stores=[new_york], days=1, now=NOW).liking.answered.n == 0
    assert overview(stores=[new_york], days=7, now=NOW).liking.answered.k == 1


def test_each_store_stands_by_itself(new_york: Store, london: Store, shanghai: Store) -> None:
    asked(new_york, score=5)
    asked(london, score=1)
    asked(shanghai, score=3)
    liking = overview(stores=[new_york, london], days=1, now=NOW).liking
    assert [(line.name, line.answered.n, line.scores[0].share.k) for line in liking.by_store] == [
        ("London", 1, 0),
        ("New York", 1, 1),
    ]


def test_a_visit_says_how_its_customer_liked_it(
    tablet: TabletClient, manager_client: ApiClient, stranger_client: ApiClient, new_york: Store
) -> None:
    visit, other = VisitFactory.create(store=new_york), VisitFactory.create(store=new_york)
    of_visit(visit, score=2, at=NOW - timedelta(days=1))
    of_visit(visit, score=4, closing=2, at=NOW)
    for client in (tablet, manager_client):
        assert client.get(f"/visits/{visit.pk}").json()["liking"]["score"] == 4
        assert client.get(f"/visits/{other.pk}").json()["liking"] is None
    assert_problem(stranger_client.get(f"/visits/{visit.pk}"), 404, "not_found")


def test_a_list_of_visits_names_each_score(manager: Staff, new_york: Store) -> None:
    visit, other = VisitFactory.create(store=new_york), VisitFactory.create(store=new_york)
    of_visit(visit, score=5)
    items = signed_in(manager).get("/visits").json()["items"]
    assert {item["id"]: item["score"] for item in items} == {str(visit.pk): 5, str(other.pk): None}
