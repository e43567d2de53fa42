"""Chance that falls the same way each time: what is made up today is made up again from the same words."""

from datetime import datetime
from random import Random
from uuid import UUID

_SEED = "sendoff"


def dice(*about: object) -> Random:
    """Dice for one thing: the same words throw the same numbers on every machine."""
    return Random("/".join(map(str, (_SEED, *about))))  # noqa: S311  (hides nothing)


def new_id(dice: Random, at: datetime) -> UUID:
    """A version 7 UUID of that moment, its random part thrown."""
    return id_at(dice, int(at.timestamp() * 1000))


def id_at(dice: Random, milliseconds: int) -> UUID:
    """As `new_id`, of a moment in milliseconds since 1970."""
    value = (milliseconds << 80) | dice.getrandbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))
