"""Everything that anybody can do to a text, as its callers do it; and where a guard stands in the way, once more with
the one fact changed that the guard looks at. A verb goes through all texts there are, and says what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

from crm.changes import next_seq
from crm.clock import db_now, shift_clock
from crm.models import Store
from crm.problems import Problem
from messaging import planning, reconciling
from messaging.contract.times import (
    DEADLINE_SECONDS,
    LEASE_SECONDS,
    LOOKS_SECONDS,
    SETTLE_SECONDS,
)
from messaging.models import Message
from messaging.own_page import erasing
from messaging.planning import Told, editing
from messaging.planning.deciding import Closing
from messaging.providers import Accepted, NotSent, Unknown
from messaging.receiving import receive
from messaging.reconciling import resolving
from messaging.sending import claiming, pauses, posting, settling
from messaging.sending.senders import sender_of
from tests.messaging.arrows.scenes import (
    Scene,
    Texts,
    a_pause_is_over,
    consent_is_withdrawn,
    decided,
    nobody_can_ask,
    nobody_could_ask_for_a_day,
    store_of,
    texts_are_paused,
    the_provider_has_them,
    their_numbers_want_no_more,
    their_time_has_not_come,
    their_time_has_passed,
    their_time_is_nearly_over,
    they_were_sent_again_twice,
    time_goes_on,
)
from tests.messaging.arrows.texts import Text, look_twice, report_of, sid_of, stop
from tests.messaging.factories import claim_next, new_subject, textable

# By the name of the text: what the verb answered besides the text's state, or instead of it.
Answers = dict[str, str]
Verb = Callable[[Texts], Answers | None]
Ask = Callable[[Text], str | None]
NEVER_TRIED: Final = "never tried"


def each(ask: Ask, *, after: Scene = lambda texts: None) -> Verb:
    """One text after the other, when the scene is set."""

    def verb(texts: Texts) -> Answers:
        after(texts)
        answers = {}
        for name, text in texts.items():
            try:
                answers[name] = ask(text) or ""
            except Problem as problem:
                answers[name] = f"{problem.status} {problem.code}"
        return answers

    return verb


def together(do: Callable[[], object], *, after: Scene = lambda texts: None) -> Verb:
    """What looks for its texts by itself."""

    def verb(texts: Texts) -> None:
        after(texts)
        do()

    return verb


# What people do.


def edit(text: Text, *, seen: int = 0) -> None:
    version = text.now.version + seen
    editing.edit(message=copy(text.now), words="See you soon.", version=version, actor_id=None)


def cancel(text: Text) -> None:
    planning.cancel(message=copy(text.now), actor_id=None)


def resolve(decision: resolving.Decision) -> Ask:
    def ask(text: Text) -> None:
        resolving.resolve(message=text.now, decision=decision, actor_id=None)

    return ask


def erase(text: Text) -> str | None:
    assert text.planned.contact_id is not None
    return None if erasing.erase(contact_id=text.planned.contact_id, now=db_now()) else "refused"


# What visits tell.


def closing_of(text: Text, *, now: datetime, **facts: Any) -> Closing:
    """What the visit told of this leaving before, but for these facts."""
    told: dict[str, Any] = {
        "subject": text.planned.subject,
        "closing": 1,
        "purpose": text.planned.purpose,
        "blocked": None,
        "customer_id": text.customer.pk,
        "left_at": text.planned.left_at,
        "received_at": text.planned.received_at,
    }
    return Closing(
        organization_id=text.store.organization_id,
        store_id=text.store.pk,
        staff_id=None,
        now=now,
        **told | facts,
    )


def settle(told: Iterable[Told], store: Store) -> None:
    planning.settle(told=list(told), seq=next_seq(store.pk), now=db_now())


def tell(*, after: Scene = lambda texts: None, canceled: bool = False, **facts: Any) -> Verb:
    """The visits tell of their leavings again."""

    def verb(texts: Texts) -> None:
        after(texts)
        now = db_now()
        told = [
            Told(subject=t.planned.subject, closing=closing_of(t, now=now, **facts), canceled=canceled)
            for t in texts.values()
        ]
        settle(told, store_of(texts))

    return verb


def tell_another_number(texts: Texts) -> None:
    tell(customer_id=textable(store_of(texts)).pk)(texts)


def reopen(texts: Texts) -> None:
    settle([Told(subject=text.planned.subject, closing=None) for text in texts.values()], store_of(texts))


def leave_again(texts: Texts) -> Answers:
    """Answers what becomes of the text of the second leaving."""
    now = db_now()
    tell(closing=2, left_at=now, received_at=now)(texts)
    second = dict(Message.objects.filter(closing=2).values_list("subject", "state"))
    return {name: second[text.planned.subject] for name, text in texts.items()}


def merge(texts: Texts) -> Answers:
    """The visits turn out to be part of others. Answers what becomes of the texts of those."""
    now = db_now()
    into = {name: new_subject() for name in texts}
    told = [
        Told(
            subject=into[name],
            closing=closing_of(text, now=now, subject=into[name], left_at=now, received_at=now),
            took_in=[text.planned.subject],
        )
        for name, text in texts.items()
    ]
    gone = [Told(subject=text.planned.subject, closing=None, withdrawn="voided") for text in texts.values()]
    settle(told + gone, store_of(texts))
    others = dict(Message.objects.filter(subject__in=into.values()).values_list("subject", "state"))
    return {name: others[subject] for name, subject in into.items()}


def visit_again(texts: Texts) -> None:
    """The customers leave once more, from other visits, where one text to a number is enough."""
    decided(cap=True)(texts)
    now = db_now()
    closings = [closing_of(t, now=now, subject=new_subject(), left_at=now, received_at=now) for t in texts.values()]
    settle([Told(subject=each.subject, closing=each) for each in closings], store_of(texts))


# What workers do.


def claim() -> None:
    while claim_next(through=["console"]):
        pass


def claim_as_seen_before(text: Text) -> None:
    claiming.claim([copy(text.planned)], sender=sender_of("console"))


def hold_back() -> None:
    claiming.hold_back(paused=pauses.held_back(), closed={})


def give_back(text: Text) -> None:
    claiming.give_back([text.taken()])


def post(text: Text) -> None:
    posting.post(message=text.taken(), provider="console")


def post_with_another_token(text: Text) -> None:
    taken = text.taken()
    taken.token = uuid4()
    posting.post(message=taken, provider="console")


def post_what_was_changed(text: Text) -> None:
    taken = text.taken()
    taken.version -= 1
    posting.post(message=taken, provider="console")


def look() -> None:
    reconciling.reconcile()


def look_twice_soon() -> None:
    for seconds in LOOKS_SECONDS[:2]:
        shift_clock(seconds=DEADLINE_SECONDS + seconds + 1)
        look()


# What providers say.


def answer(outcome: NotSent | Unknown | None = None) -> Ask:
    """What comes of the first try, late as it may be; without anything else it was taken."""

    def ask(text: Text) -> str | None:
        if (tried := text.first_try) is None:
            return NEVER_TRIED
        settling.settle(attempt_id=tried.pk, outcome=outcome or Accepted(sid_of(tried), "queued"))
        return None

    return ask


def report(status: str, *, another_id: str = "") -> Ask:
    def ask(text: Text) -> str | None:
        if (tried := text.first_try) is None:
            return NEVER_TRIED
        receive(report_of(tried, status, sid=another_id and f"{another_id}-{tried.pk.hex}"))
        return None

    return ask


VERBS: Final[dict[str, Verb]] = {
    "edit": each(edit),
    "edit, but another version was seen": each(partial(edit, seen=1)),
    "cancel": each(cancel),
    "mark sent": each(resolve("sent")),
    "send again": each(resolve("again")),
    "send again, but it was twice": each(resolve("again"), after=they_were_sent_again_twice),
    "drop": each(resolve("drop")),
    "tell the same": tell(),
    "tell another outcome": tell(purpose="departure_not_bought"),
    "tell no outcome": tell(purpose=None, blocked="no_outcome"),
    "tell another number": tell_another_number,
    "tell that consent was withdrawn": tell(after=consent_is_withdrawn),
    "tell that it is cancelled": tell(canceled=True),
    "reopen": reopen,
    "leave again": leave_again,
    "merge": merge,
    "visit again": visit_again,
    "stop": each(stop),
    "erase": each(erase),
    "claim": together(claim),
    "claim, but its time has not come": together(claim, after=their_time_has_not_come),
    "claim, but its time has passed": together(claim, after=their_time_has_passed),
    "claim, but as it was planned": each(claim_as_seen_before),
    "hold back": together(hold_back, after=texts_are_paused),
    "let go": together(partial(claiming.let_go, paused=None), after=a_pause_is_over),
    "expire": together(partial(claiming.expire, closed={}), after=their_time_has_passed),
    "expire, but in time": together(partial(claiming.expire, closed={})),
    "give back": each(give_back),
    "reap": together(claiming.reap, after=time_goes_on(LEASE_SECONDS + 1)),
    "reap, but in the lease": together(claiming.reap),
    "post": each(post),
    "post, but with another token": each(post_with_another_token),
    "post, but it was changed": each(post_what_was_changed),
    "post, but the lease is too short": each(post, after=time_goes_on(LEASE_SECONDS - 29)),
    "post, but its time has passed": each(post, after=their_time_has_passed),
    "post, but the number wants no more": each(post, after=their_numbers_want_no_more),
    "post, but consent was withdrawn": each(post, after=consent_is_withdrawn),
    "post, but texts are paused": each(post, after=texts_are_paused),
    "answer: taken": each(answer()),
    "answer: refused": each(answer(NotSent("content", "30007"))),
    "answer: later": each(answer(NotSent("retry", "429"))),
    "answer: later, but its time is over": each(answer(NotSent("retry", "429")), after=their_time_is_nearly_over),
    "answer: our account is refused": each(answer(NotSent("config", "20003"))),
    "answer: none": each(answer(Unknown("ReadTimeout"))),
    "look: found": together(look, after=the_provider_has_them),
    "look: absent twice": together(look_twice),
    "look: absent twice, but the first look was missed": together(look, after=time_goes_on(SETTLE_SECONDS + 1)),
    "look: absent twice, but not all is settled": together(look_twice_soon),
    "look: absent twice, but a person is asked": together(
        look_twice, after=decided(on_absent={"departure": "review"})
    ),
    "look: absent twice, but its time has passed": together(look_twice, after=their_time_has_passed),
    "look: cannot tell": together(look, after=nobody_can_ask),
    "look: cannot tell for a day": together(look, after=nobody_could_ask_for_a_day),
    "report: queued": each(report("queued")),
    "report: sent": each(report("sent")),
    "report: delivered": each(report("delivered")),
    "report: undelivered": each(report("undelivered")),
    "report: failed": each(report("failed")),
    "report: sent, but under another id": each(report("sent", another_id="other")),
}
