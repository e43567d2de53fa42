"""What every schema of the API is made of: unknown fields refused, one text type, one bounded integer type.

For edges only: topic modules take and give plain typed values.
"""

import unicodedata
from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field


def unaltered(text: str) -> str:
    """Text that must stay as it was typed, such as a password; raises ValueError for what cannot be stored at all."""
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text) or "\x00" in text:
        raise ValueError("the text holds a character that cannot be stored")
    return text


def readable(text: str) -> str:
    """Text that every database and every screen can hold: NFC, no control characters but line breaks and tabs, no
    lone surrogates, none of the marks that turn the reading direction around.

    Raises ValueError for what cannot be stored at all.
    """
    kept = (
        c for c in unaltered(text) if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _BIDI)
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")

# A code that rows are looked up by; one that is not known finds nothing.
Code = Annotated[str, Field(max_length=40), AfterValidator(unaltered)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(readable)]
Int = Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]


class In(Schema):
    """A body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class PageOf(In):
    """What is asked of a list that `crm.paging.take_page` pages: how many at most, and after which one."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=300)] | None = None


class Out(Schema):
    """An answer: explicit, so that nothing is shown by accident."""


class ProblemFieldOut(Out):
    pointer: str
    code: str
    detail: str


class ProblemOut(Out):
    """RFC 9457 problem details, as `config/errors.py` writes them."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: list[ProblemFieldOut] | None = None
    retry_after_seconds: int | None = None
    wipe: bool | None = None
