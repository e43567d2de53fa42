"""How long things about a text may take."""

from typing import Final

NOT_AFTER_MINUTES: Final = 30
TOO_LATE_HOURS: Final = 24
# So long the link to a customer's own page opens it, counted from the text that brought it.
PAGE_DAYS: Final = 30
# §6.3 of the design: the settle time is the safety, and these must stay in this order.
LEASE_SECONDS: Final = 60
DEADLINE_SECONDS: Final = 20
CONNECT_TIMEOUT_SECONDS: Final = 3
READ_TIMEOUT_SECONDS: Final = 10
# From the start of an attempt; only then does "the provider has no such text" mean that it never will have.
SETTLE_SECONDS: Final = 180
# A text in doubt is sent again once by itself, and by a person's word as long as it was not twice: the database
# refuses more.
MOST_RESENDS: Final = 2
# When the provider is asked about a doubt, after the deadline of its attempt; then at the last of these steps again.
LOOKS_SECONDS: Final = (15, 60, 180, 600)
# When a provider that tells no receipts is asked for one, after the posting: carriers answer within 72 hours or never.
RECEIPT_MINUTES: Final = (1, 5, 15, 60, 240, 720, 1440, 2880, 4380)
# After so long without any answer a person is asked.
GIVE_UP_LOOKING_HOURS: Final = 24
