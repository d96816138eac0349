"""The metadata of catalog's tables."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The base of catalog's tables."""
