"""What may have come before a verb: time goes on, and the facts change that its guards look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from crm.clock import db_now, shift_clock
from crm.models import ContactPoint, Store
from messaging.contract.states import IN_DOUBT, STILL_OURS
from messaging.contract.times import DEADLINE_SECONDS, GIVE_UP_LOOKING_HOURS, LOOKS_SECONDS
from messaging.models import Message
from messaging.policy import versions
from messaging.policy.terms import Terms
from messaging.providers import Outgoing, provider_named
from messaging.sending import pauses
from tests.messaging.arrows.texts import Text
from tests.messaging.factories import agreed

Texts = Mapping[str, Text]
Scene = Callable[[Texts], object]


def store_of(texts: Texts) -> Store:
    """They are all of one."""
    return next(iter(texts.values())).store


def time_goes_on(seconds: float) -> Scene:
    return lambda texts: shift_clock(seconds=seconds)


TO_THE_FIRST_LOOK: Final = time_goes_on(DEADLINE_SECONDS + LOOKS_SECONDS[0] + 1)


def their_time_has_passed(texts: Texts) -> None:
    now = db_now()
    Message.objects.update(send_at=now - timedelta(seconds=0.5), not_after=now - timedelta(seconds=0.1))


def their_time_has_not_come(texts: Texts) -> None:
    Message.objects.filter(state="scheduled").update(send_at=db_now() + timedelta(seconds=30))


def their_time_is_nearly_over(texts: Texts) -> None:
    Message.objects.filter(state__in=IN_DOUBT).update(not_after=db_now() + timedelta(seconds=1))


def consent_is_withdrawn(texts: Texts) -> None:
    for text in texts.values():
        agreed(text.customer, granted=False)


def texts_are_paused(texts: Texts) -> None:
    organization = store_of(texts).organization
    pauses.pause(provider="console", organization=organization, reason="x", staff=None, now=db_now())


def a_pause_is_over(texts: Texts) -> None:
    Message.objects.filter(state__in=STILL_OURS).update(reason="sender_paused")


def decided(**terms: Any) -> Scene:
    def scene(texts: Texts) -> None:
        terms_now = Terms(**{"quiet_hours": False, "cap": False} | terms)
        versions.save(organization=store_of(texts).organization, terms=terms_now, staff=None, now=db_now())

    return scene


def they_were_sent_again_twice(texts: Texts) -> None:
    Message.objects.update(resends=2)


def nobody_can_ask(texts: Texts) -> None:
    TO_THE_FIRST_LOOK(texts)
    Message.objects.filter(state="unknown").update(provider="telegraph")


def nobody_could_ask_for_a_day(texts: Texts) -> None:
    nobody_can_ask(texts)
    shift_clock(seconds=GIVE_UP_LOOKING_HOURS * 3600)


def their_numbers_want_no_more(texts: Texts) -> None:
    # As if whoever wrote it down had not stopped the texts.
    ContactPoint.objects.update(opted_out_at=db_now(), opt_out_source="inbound")


def the_provider_has_them(texts: Texts) -> None:
    TO_THE_FIRST_LOOK(texts)
    for text in texts.values():
        for attempt in text.attempts[-1:]:
            outgoing = Outgoing(
                attempt_id=attempt.pk,
                organization_id=text.store.organization_id,
                to=attempt.to,
                body=attempt.body,
                validity_seconds=900,
                still_mine=lambda: True,
            )
            provider_named("console").send(outgoing)
