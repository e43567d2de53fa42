"""The link to a customer's own page: short enough for a text, and known to nobody but who was texted.

It is made when a text is posted, not when it is planned: a text is planned again with every fact that comes in and
must then be the same text, and what is planned is read by staff and kept, which the link must not be. Until then, and
for ever after in what we keep of the text, blanks of the same length stand in its place.
"""

import secrets
import string
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from crm.clock import db_now
from crm.models import ContactPoint
from crm.tokens import token_hash
from messaging.contract.times import PAGE_DAYS
from messaging.models import PageLink

_LENGTH: Final = 16
# Phones make a link of letters and digits to their very end; a hyphen or an underscore at the end they may leave out.
_ALPHABET: Final = string.ascii_letters + string.digits
_BLANKS: Final = "/c/" + "_" * _LENGTH


def planned_link() -> str:
    """What stands for the link in a text that is not posted yet; nothing where nobody could open it."""
    return settings.PUBLIC_BASE_URL + _BLANKS if settings.PUBLIC_BASE_URL else ""


def with_link(*, body: str, contact: ContactPoint, now: datetime) -> str:
    """The words as they leave us: with a fresh link where one was planned, and every earlier link of this number void.

    The caller holds the number's lock.
    """
    planned = planned_link()
    if not planned or planned not in body:
        return body
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    link = PageLink(contact=contact, token_hash=token_hash(token), expires_at=now + timedelta(days=PAGE_DAYS))
    PageLink.objects.bulk_create(
        [link], update_conflicts=True, unique_fields=["contact"], update_fields=["token_hash", "expires_at"]
    )
    return body.replace(planned, f"{settings.PUBLIC_BASE_URL}/c/{token}")


def contact_behind(token: str) -> ContactPoint | None:
    """Whose page a link opens; None for one that never was, was replaced by a later one, or has ended."""
    links = PageLink.objects.select_related("contact__organization")
    found = links.filter(token_hash=token_hash(token), expires_at__gt=db_now()).first()
    return found.contact if found is not None else None
