"""How asyncpg's connections pass columns: `json` as the bytes that it is, dates to the last day."""

from datetime import date
from typing import Any

_FIRST_DAY = date(2000, 1, 1).toordinal()  # from which PostgreSQL counts


async def pass_json_through(connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
    """Set a new connection up so."""
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
    )
    await connection.set_type_codec(
        "date", schema="pg_catalog", encoder=_days_of, decoder=_date_of, format="tuple"
    )


def _days_of(day: date) -> tuple[int]:
    """As PostgreSQL counts them. The driver itself takes the last day there is in Python, which
    many write for never, for `infinity`, and that is what would be read again."""
    return (day.toordinal() - _FIRST_DAY,)


def _date_of(days: tuple[int]) -> date:
    """The last day there is for `infinity`, as the driver has it."""
    return date.fromordinal(min(max(days[0] + _FIRST_DAY, 1), date.max.toordinal()))
