"""Names as a text may carry them: whatever a customer typed, nothing in it is live."""

import re
import unicodedata
from typing import Final

# Needed inside the words of several scripts and inside emoji; every other invisible mark goes.
_JOINERS: Final = frozenset("\u200c\u200d")
# What a phone would turn into a link, or a screen into markup. Dots of other scripts are links on some phones too.
_LIVE: Final = re.compile(r"://|\bwww\b|@|[<>{}\[\]|`\\]|&#?\w+;|[^\W_][.．。｡][A-Za-z]{2}|\d[\d\s().\-]{5,}\d")


def plain(text: str) -> str:
    """Text in NFC on one line, without control characters and without marks that turn the reading direction."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = (c for c in spaced if not is_invisible(c))
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def is_invisible(character: str) -> bool:
    """A control character, or a mark that turns, hides or joins what stands beside it without being seen."""
    return unicodedata.category(character).startswith("C") and character not in _JOINERS


def safe_name(text: str, *, longest: int) -> str:
    """A name of at most `longest` characters, or nothing for one that holds a link, markup or a phone number."""
    # A curly apostrophe turns the whole text into UCS-2: 70 characters a segment, not 160.
    name = plain(text).replace("\u2019", "'").replace("\u2018", "'")
    if _LIVE.search(unicodedata.normalize("NFKC", name)) or not any(c.isalnum() for c in name):
        return ""
    return cut(name, longest=longest)


def cut(name: str, *, longest: int) -> str:
    """The beginning of a name, at most so many characters; no letter is cut in two."""
    if len(name) <= longest:
        return name
    end = longest
    # An accent or a joined emoji goes together with what it belongs to.
    while end and (unicodedata.category(name[end]).startswith("M") or _JOINERS & {name[end], name[end - 1]}):
        end -= 1
    return name[:end].rstrip()
