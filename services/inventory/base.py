"""The metadata of inventory's tables."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The base of inventory's tables."""
