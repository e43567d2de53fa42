"""What a few of the demo's customers wrote back: one waits for an answer, one has had it, one wants no more texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from crm.changes import next_seq
from crm.contract import Language
from crm.models import ContactPoint, Staff, Store
from funnel.demo.dice import dice, new_id
from funnel.demo.shops import Shop, is_first
from funnel.demo.texts import Texts
from messaging.contract.purposes import QUICK_REPLIES
from messaging.contract.times import NOT_AFTER_MINUTES
from messaging.conversations import hearing
from messaging.followups import following
from messaging.inbound import optingout, optout
from messaging.models import Conversation, FollowUp, InboundText, Message
from messaging.subjects import subject_of_conversation
from messaging.wording.segments import segments

_LOOKS_BACK: Final = timedelta(days=3)
_WAITS: Final = timedelta(minutes=6)
# Asked of the shop so long after the text, and answered so long after that.
_ASKS_AFTER: Final = timedelta(minutes=34)
_STOPS_AFTER: Final = timedelta(minutes=3)
_ANSWERED_AFTER: Final = timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said in the three conversations of a brand."""

    waits: str
    asks: str
    answer: str
    stops: str


_WORDS: Final[dict[Language, _Words]] = {
    "en": _Words(
        waits="Hi, could you put the oval one aside until Saturday? I would like to bring my sister.",
        asks="Thank you! Do you resize rings as well, and how long does it take?",
        answer="We do, and the first time is on us. It takes about a week, you can leave it with us any day.",
        stops="STOP",
    ),
    "zh": _Words(
        waits="你好，那张橡木餐桌能帮我留到周六吗？想带家里人再看看。",
        asks="谢谢！沙发可以换面料吗？大概要等多久？",
        answer="可以的，店里有四十多种面料。下单后三周左右送到，随时欢迎来挑。",
        stops="退订",
    ),
}


def talk(*, shop: Shop, store: Store, staff: list[Staff], now: datetime) -> None:
    """The first shop of each brand has three conversations with customers of the last days. Once it has any, what is
    said there is its people's own."""
    if not is_first(shop) or Conversation.objects.filter(store=store).exists():
        return
    words, texted = _WORDS[shop.brand.language], _texted(store, shop.brand.language, now)
    lately, *earlier = [next(texted, None) for _ in range(3)]
    if lately is not None:
        _says(lately, words.waits, at=now - _WAITS)
    asked, gone = earlier
    if asked is not None and asked.posted_at is not None:
        asked_at = asked.posted_at + _ASKS_AFTER
        _answers(_says(asked, words.asks, at=asked_at), asked, words.answer, staff, at=asked_at + _ANSWERED_AFTER)
    if gone is not None and gone.posted_at is not None:
        _says(gone, words.stops, at=gone.posted_at + _STOPS_AFTER)


def _texted(store: Store, language: Language, now: datetime) -> Iterator[Message]:
    """The last texts that arrived, one for each number, early enough for all that is said after them."""
    upto = now - _ASKS_AFTER - 2 * _ANSWERED_AFTER
    # Of these somebody is to be called: an answer would end that.
    called = FollowUp.objects.filter(store=store, state="running").values("customer__contact")
    arrived = Message.objects.filter(
        store=store,
        group="departure",
        state="delivered",
        language=language,
        contact__opted_out_at=None,
        contact__unreachable_reason="",
        posted_at__range=(now - _LOOKS_BACK, upto),
    ).exclude(contact__in=called)
    seen = set()
    for text in arrived.select_related("contact", "customer", "staff").order_by("-posted_at"):
        if text.contact_id not in seen and not Message.objects.filter(
            contact=text.contact, posted_at__gt=text.posted_at
        ):
            seen.add(text.contact_id)
            yield text


def _says(text: Message, body: str, *, at: datetime) -> Conversation:
    """A customer's words take effect as they do when they come from a provider, at a moment that is past."""
    assert text.contact_id is not None, "it arrived somewhere"
    contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=text.contact_id)
    sid = f"console-{new_id(dice(text.pk, body), at).hex}"
    verdict = optout.read(text=body, number=contact.e164)
    InboundText.objects.create(
        provider=text.provider,
        digest=sha256(sid.encode()).hexdigest(),
        sid=sid,
        sender=contact.e164,
        to="",
        body=body,
        verdict=verdict,
        organization_id=contact.organization_id,
        contact=contact,
        received_at=at,
    )
    stops = verdict == "stop"
    following.end_plans(contact_id=contact.pk, why="opted_out" if stops else "replied", now=at)
    if stops:
        optingout.opt_out(contact=contact, source="inbound", method="text", words=body, now=at)
    talk = hearing.note(contact=contact, verdict=verdict, now=at)
    assert talk is not None, "a text came from a store"
    return talk


def _answers(talk: Conversation, text: Message, body: str, staff: list[Staff], *, at: datetime) -> None:
    """Whoever served has answered, and all is said."""
    assert text.contact is not None, "it arrived somewhere"
    throw = dice(text.pk, "answers")
    message = Message(
        id=new_id(throw, at),
        organization_id=text.organization_id,
        store_id=text.store_id,
        subject=subject_of_conversation(talk.pk),
        closing=0,
        group="conversation",
        purpose=QUICK_REPLIES[0],
        customer=text.customer,
        contact=text.contact,
        staff=text.staff,
        language=text.language,
        body=body,
        segments=segments(body),
        left_at=at,
        received_at=at,
        send_at=at,
        not_after=at + timedelta(minutes=NOT_AFTER_MINUTES),
        planned_at=at,
    )
    texts = Texts.of(talk.store, staff)
    texts.arrives(message, text.contact, throw)
    texts.save(seq=next_seq(text.store_id))
    Conversation.objects.filter(pk=talk.pk).update(
        unread=0, waiting_since=None, last_at=at, talked_at=None, assigned_to=text.staff
    )
