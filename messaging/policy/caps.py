"""How often one number is texted by itself."""

from datetime import datetime, timedelta

from messaging.contract.purposes import AUTOMATED, THANKS
from messaging.models import MAY_HAVE_LEFT_TOO, Message
from messaging.policy.terms import Terms


def is_capped(message: Message, *, terms: Terms, now: datetime) -> bool:
    """A number gets one automated text in so many hours, counting whatever may have left; thanks may follow any other
    text, but not thanks."""
    if not terms.cap or message.group not in AUTOMATED:
        return False
    lately = Message.objects.filter(
        MAY_HAVE_LEFT_TOO,
        contact_id=message.contact_id,
        group__in=AUTOMATED,
        posted_at__gt=now - timedelta(hours=terms.cap_hours),
    ).exclude(pk=message.pk)
    if message.purpose in THANKS:
        lately = lately.filter(purpose__in=THANKS)
    return lately.exists()
