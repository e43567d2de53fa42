"""What a body may be: JSON as RFC 8259 has it, read strictly, so that two readers can never understand two things."""

import json
import math
from typing import Any, Final

MOST_NESTED: Final = 32


def told_length(text: str | None) -> int:
    """A Content-Length is digits or nothing at all; ValueError for anything else, such as a sign or other scripts'."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no length")
    return int(text)


class Doubled(list[tuple[str, Any]]):
    """An object that names a key twice, as its pairs in the order they came: which of them was meant, nobody knows.

    No schema takes a list where an object belongs, so whoever judges the rows of a body refuses it by itself, and
    what is kept of it still has both values.
    """

    def last(self, key: str) -> Any:
        """What most other programs would have read."""
        return dict(self).get(key)


def read_json(body: bytes) -> Any:
    """A body is UTF-8 and one JSON value, nested at most 32 deep, without NaN and numbers that no double can hold.

    A doubled key is refused too, but for the rows of a list, which are judged one by one: there it stays as `Doubled`.
    Raises ValueError without repeating anything that was sent.
    """
    try:
        value = _DECODER.decode(body.decode())
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except ValueError as error:
        # json's own message is harmless, but the exception carries the whole document.
        raise ValueError("not JSON") from error
    if isinstance(value, dict):
        if any(type(member) is Doubled for member in value.values()):
            raise ValueError("a doubled key")
    elif type(value) is Doubled:
        raise ValueError("a doubled key")
    _refuse_deep(value)
    return value


def _refuse_deep(value: Any) -> None:
    # Level by level, since what is nested without end is exactly what recursion cannot walk through.
    level = [value] if type(value) in _NESTED else []
    for _ in range(MOST_NESTED):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) in _NESTED
        ]
        if not level:
            return
    raise ValueError("nested too deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Doubled:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(pairs)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("out of range")
    return number


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_NESTED: Final = {dict, list, Doubled, tuple}
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
