"""The one way to say no: raised anywhere, rendered once as RFC 9457 problem details by `config/errors.py`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Problem(Exception):
    """A refusal with its HTTP status, a code for programs and a sentence for people.

    `extra` members stand beside the standard ones in the answer (for example `retry_after_seconds`).
    """

    status: int
    code: str
    detail: str
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


def not_found() -> Problem:
    """One answer for what does not exist and for what is somebody else's: the two must look the same."""
    return Problem(404, "not_found", "There is nothing here for you.")
