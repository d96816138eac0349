"""What short codes are made of.

Made ones are written in Crockford's base 32, which has no letters I, L, O and U: what looks like a
digit in them is one, and is read as one however it is typed. Chosen ones are taken as they are.
"""

import secrets
from collections.abc import Callable
from typing import Annotated

from pydantic import StringConstraints

MIN_LENGTH, MAX_LENGTH = 4, 12
MADE_LENGTH = 6  # 32^6 are a thousand million
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")

ShortCode = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9]{4,12}$")
]

Draw = Callable[[int], str]


def draw(length: int) -> str:
    """A code of so many characters, which nobody can guess from others."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def readings(typed: str) -> tuple[str, str]:
    """What somebody may have meant by what they typed or scanned: a code as it stands there, and a
    made one whose digits they took for letters."""
    exact = typed.strip().upper()
    return exact, exact.translate(_LOOK_ALIKES)
