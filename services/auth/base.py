"""The metadata of auth's tables."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The base of auth's tables."""
