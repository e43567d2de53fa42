"""Words that a person writes instead of the template's, while the text still waits."""

from typing import Final
from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from crm.contract import Language
from crm.problems import Problem
from messaging import arrows
from messaging.contract.states import STILL_OURS
from messaging.models import Message, Template
from messaging.planning.deciding import values_of
from messaging.sending import routing
from messaging.wording import Rendered, by_hand, render, words_alone

# Ruling 11: free wording may be this much longer than the template's.
_MORE_SEGMENTS: Final = 1


def edit(*, message: Message, words: str, version: int, actor_id: UUID | None) -> Message:
    """Staff may word a text anew until it is being posted; the brand and how to opt out are added by us.

    The words may cost one segment more than the template's. Raises a 409 Problem when the text is on its way, ended,
    or was changed since the version that the editor saw, and a 422 one for words that cannot be sent. Call it in a
    transaction.
    """
    seq = next_seq(message.store_id)
    fresh = _waiting(message.pk)
    if fresh.version != version and fresh.state in STILL_OURS:
        raise Problem(409, "text_changed", "This text has changed meanwhile. Please look at it again.")
    text = _checked(fresh, words)
    now = db_now()
    changes = {"body": text.body, "segments": text.segments, "edited_at": now, "token": None, "lease_until": None}
    # A worker that has claimed it misses its next arrow, and it is claimed anew with these words.
    if not arrows.move(fresh, to="scheduled", seq=seq, now=now, why="edited", actor_id=actor_id, **changes):
        raise arrows.Raced
    return fresh


def words_of(message: Message) -> str:
    """The words of a text without what we add to every one: what an editor shows."""
    return words_alone(
        body=message.body,
        language=_language(message),
        brand=message.organization.brand,
        country=message.contact.country if message.contact else "",
    )


def preview(*, message: Message, words: str) -> tuple[Rendered, int]:
    """A text in these words as it would be read, and how many segments it may have.

    Raises a 409 Problem for what nothing here can word anew: a text that never had words, and a person's own answer,
    to which nothing is added.
    """
    if message.template is None:
        raise _nothing_to_edit()
    text = by_hand(
        words=words,
        language=_language(message),
        brand=message.organization.brand,
        country=message.contact.country if message.contact else "",
    )
    return text, _most_segments(message, message.template)


def _checked(message: Message, words: str) -> Rendered:
    text, most = preview(message=message, words=words)
    if not words.strip():
        raise Problem(422, "text_empty", "The text has no words. To send none, cancel it.")
    if text.segments > most:
        raise Problem(422, "text_too_long", "This text is too long.", {"segments": text.segments, "most": most})
    country = message.contact.country if message.contact else ""
    if not routing.can_send(organization_id=message.organization_id, country=country, body=text.body):
        raise Problem(422, "text_not_registered", "The text provider sends registered wording alone to this country.")
    return text


def _waiting(pk: UUID) -> Message:
    message = Message.objects.select_related("organization", "contact", "customer", "staff", "template").get(pk=pk)
    if message.state in STILL_OURS:
        return message
    if message.may_have_left:
        raise Problem(409, "already_on_its_way", "This text is already being sent.")
    raise _nothing_to_edit()


def _nothing_to_edit() -> Problem:
    return Problem(409, "nothing_to_edit", "There is no text to edit.")


def _most_segments(message: Message, template: Template) -> int:
    store = message.store
    planned = render(
        template=template.body,
        language=_language(message),
        values=values_of(store=store, customer=message.customer, signer=message.staff),
        country=message.contact.country if message.contact else "",
    )
    return planned.segments + _MORE_SEGMENTS


def _language(message: Message) -> Language:
    return message.language  # type: ignore[return-value]  # the database holds only languages
