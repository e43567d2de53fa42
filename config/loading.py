"""Loading the program: what it makes stays to the end, so nothing of it is worth looking through for garbage.

Python looks again and again while more is made, which was a fifth of each start, and later at every thorough look.
"""

import gc


def begins() -> None:
    """From here on all that is made is there to stay."""
    gc.disable()


def is_over() -> None:
    """All is loaded: from now on only what is made from here on is looked through."""
    gc.freeze()
    gc.enable()
