"""Whether a text that a provider shows is the text that we gave it."""

import re
import unicodedata
from typing import Final

# Providers put plain signs in place of typographic ones, to keep a text in the cheaper alphabet.
_PLAIN: Final = str.maketrans(
    dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′`", "'") | dict.fromkeys("‐‑‒–—―−", "-")
)
# A trial account's texts begin with a sentence of the provider's own.
_TRIAL: Final = re.compile(r"^Sent from your Twilio trial account ?- ?")
# The link to a customer's own page is only in the text that was sent: we keep its place, and its hash.
_LINK: Final = re.compile(r"/c/(_{16}|[0-9A-Za-z]{16})")


def same_words(theirs: str, ours: str) -> bool:
    """Two texts are the same if they differ in nothing but spaces, typographic signs, a trial account's notice
    and where the link to the customer's own page leads."""
    return _bare(_TRIAL.sub("", theirs)) == _bare(ours)


def _bare(body: str) -> str:
    body = _LINK.sub("/c/", body)
    return " ".join(unicodedata.normalize("NFKC", body.translate(_PLAIN)).translate(_PLAIN).split())
