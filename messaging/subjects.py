"""The key by which a text points at its visit, so that texts need not know visits."""

from uuid import UUID

_PREFIX = "visit:"


def subject_of(visit_id: UUID) -> str:
    """The subject of every text about a visit."""
    return f"{_PREFIX}{visit_id}"


def visit_of(subject: str) -> UUID:
    """The visit that a text is about."""
    return UUID(subject.removeprefix(_PREFIX))
