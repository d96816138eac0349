"""The keys of access tokens, in auth's database: looked at, rotated, retired."""

import contextlib
import os
from collections.abc import AsyncIterator

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import Database, TenantSession
from chassis.sealing import Sealer
from services.auth.keys import rotation
from services.auth.keys.rotation import KeyReport, RotationError
from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.operating.addresses import Addresses

SEALING = "AUTH_ENCRYPTION_KEYS"


async def listed(where: Addresses) -> list[KeyReport]:
    async with _auth(where) as session:
        return await rotation.report(session)


async def rotate(where: Addresses, *, hurry: bool) -> KeyReport:
    sealer = _sealer(where)
    async with _auth(where) as session:
        return await rotation.rotate(session, sealer, hurry=hurry)


async def retire(where: Addresses, kid: str, *, compromised: bool) -> list[KeyReport]:
    sealer = _sealer(where)
    async with _auth(where) as session:
        return await rotation.retire(session, sealer, kid, compromised=compromised)


@contextlib.asynccontextmanager
async def _auth(where: Addresses) -> AsyncIterator[TenantSession]:
    """A session in auth's database that commits when all went well; what went wrong there is
    raised as an `OperatorError`."""
    database = Database(where.database("auth"), name="warehouse-operator", pool_size=1)
    try:
        async with database.system() as session:
            yield session
    except RotationError as error:
        raise OperatorError(str(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError, OSError) as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise OperatorError(
            f"Nothing was changed: auth's database answered {why}. `warehouse migrate auth` brings "
            "it up to date."
        ) from error
    finally:
        await database.stop()


def _sealer(where: Addresses) -> Sealer:
    """What private keys are sealed with: auth's own keys, or no replica could open them."""
    home = Home(where.home)
    running = home.secrets() if home.is_running() else {}
    keys = os.environ.get(SEALING) or str(running.get(SEALING, ""))
    if not keys:
        raise OperatorError(
            f"Private keys are sealed with auth's {SEALING}. Set it as auth has it."
        )
    try:
        return Sealer(keys)
    except ValueError as error:
        raise OperatorError(f"{SEALING} holds no such keys: {error}.") from error
