"""The key by which a text points at what it is about, so that texts need not know visits."""

from uuid import UUID

_PREFIX = "visit:"
_CONVERSATION = "conversation:"


def subject_of(visit_id: UUID) -> str:
    """The subject of every text about a visit."""
    return f"{_PREFIX}{visit_id}"


def subject_of_conversation(conversation_id: UUID) -> str:
    """The subject of every answer that a person gives in a conversation."""
    return f"{_CONVERSATION}{conversation_id}"


def visit_of(subject: str) -> UUID | None:
    """The visit that a text is about; none for an answer in a conversation."""
    return UUID(subject.removeprefix(_PREFIX)) if subject.startswith(_PREFIX) else None
