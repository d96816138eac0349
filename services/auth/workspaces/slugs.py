"""Slugs: a name in lower-case ASCII, for addresses that people read."""

import re
import secrets
import unicodedata

_MAX_LENGTH = 50  # leaves room for what makes it unique
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing to mistake


def slug_of(name: str) -> str:
    """A slug made from `name`; `workspace` when nothing of it is left in ASCII."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", ""))[:_MAX_LENGTH].strip("-")
    return slug if len(slug) > 1 else "workspace"


def another(slug: str) -> str:
    """A slug like this one that is hardly taken."""
    return f"{slug}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
