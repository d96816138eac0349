"""The metadata of loans' tables."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """The base of loans' tables."""
