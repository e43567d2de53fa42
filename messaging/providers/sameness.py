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


def same_words(theirs: str, ours: str) -> bool:
    """Two texts are the same if they differ in nothing but spaces, typographic signs and a trial account's notice."""
    return _bare(_TRIAL.sub("", theirs)) == _bare(ours)


def _bare(body: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", body.translate(_PLAIN)).translate(_PLAIN).split())
