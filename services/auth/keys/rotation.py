"""The use cases of signing keys: begin with some, rotate, retire.

Each holds the one lock that replicas and operators share, and goes by the database's clock. What
they change, every replica of auth has read a second later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.database import TenantSession
from chassis.logging import get_logger
from chassis.sealing import Sealer
from services.auth.keys import repository
from services.auth.keys.models import SigningKey
from services.auth.keys.schedule import HURRIED_LEAD, LEAD, KeyState, Standing, standings
from services.auth.keys.signing import kid_of, public_of

log = get_logger(__name__)


class RotationError(Exception):
    """What can't be done to a key as it stands; the message says what can."""


@dataclass(frozen=True, slots=True)
class KeyReport:
    """A key as an operator sees it; `served_until` is None while nothing ends it."""

    kid: str
    state: KeyState
    created_at: datetime
    activates_at: datetime
    served_until: datetime | None
    compromised: bool


async def report(session: TenantSession) -> list[KeyReport]:
    """Every key there ever was, in the order in which they sign."""
    keys, at = await repository.everything(session)
    standing = standings(keys, at)
    return [_report(key, standing[key.kid]) for key in keys]


async def seed(session: TenantSession, sealer: Sealer, given: Sequence[Ed25519PrivateKey]) -> None:
    """See to it that a key signs: where none does, the first of those `given` begins and the others
    are published, as before keys were kept here; without any, a new one begins."""
    keys, at = await repository.lock(session)
    if KeyState.SIGNING in {each.state for each in standings(keys, at).values()}:
        return
    known = {key.kid for key in keys}
    fresh = [key for key in given if kid_of(public_of(key)) not in known]
    for number, private in enumerate(fresh or [Ed25519PrivateKey.generate()]):
        # The first signs: it is the last to have begun.
        _add(session, sealer, private, at, at - timedelta(seconds=number))
    log.info("signing_keys.begun", imported=len(fresh))


async def rotate(session: TenantSession, sealer: Sealer, *, hurry: bool = False) -> KeyReport:
    """Publish a new key, which signs once every verifier has had the time to fetch it; in a hurry,
    as soon as our own gateways have. Raises `RotationError` while another one waits already."""
    keys, at = await repository.lock(session)
    lead = HURRIED_LEAD if hurry else LEAD
    waiting = [key for key in keys if standings(keys, at)[key.kid].state is KeyState.WAITING]
    if waiting and not hurry:
        raise RotationError(
            f"{waiting[-1].kid} signs from {waiting[-1].activates_at:%Y-%m-%d %H:%M:%S} UTC on. "
            "Wait for it, or make it sign at once with --now."
        )
    if waiting:
        key = waiting[-1]
        key.activates_at = min(key.activates_at, at + lead)
    else:
        key = _add(session, sealer, Ed25519PrivateKey.generate(), at, at + lead)
    return _report(key, Standing(key.kid, KeyState.WAITING, None))


async def retire(
    session: TenantSession, sealer: Sealer, kid: str, *, compromised: bool
) -> list[KeyReport]:
    """Withdraw a key; it, and the new one if it signed. One that somebody else may hold is
    withdrawn at once, and its tokens are good no more. Any other goes when its last token has
    expired, by itself, so that only one that waits is withdrawn here. Raises `RotationError` for a
    key that is not there, or that has to go on."""
    keys, at = await repository.lock(session)
    standing = standings(keys, at)
    key = next((each for each in keys if each.kid == kid), None)
    if key is None:
        raise RotationError(f"There is no key {kid}; `warehouse keys list` names them.")
    state = standing[kid].state
    if not compromised and state is KeyState.SIGNING:
        raise RotationError(
            f"{kid} signs. `warehouse keys rotate` replaces it, and it goes by itself; if "
            "somebody else may hold it, use --compromised."
        )
    if not compromised and state is KeyState.VERIFYING:
        raise RotationError(
            f"Tokens that {kid} signed are still out: it goes by itself at "
            f"{standing[kid].served_until:%Y-%m-%d %H:%M:%S} UTC. If somebody else may hold it, "
            "use --compromised."
        )
    key.compromised = key.compromised or compromised
    key.withdrawn_at = standing[kid].served_until if state is KeyState.WITHDRAWN else at
    key.sealed = None
    changed = [key]
    if state is KeyState.SIGNING:
        changed.append(_add(session, sealer, Ed25519PrivateKey.generate(), at, at))
    after = standings([*(each for each in keys if each is not key), *changed], at)
    return [_report(each, after[each.kid]) for each in changed]


async def maintain(
    session: TenantSession, sealer: Sealer, given: Sequence[Ed25519PrivateKey], *, days: int
) -> None:
    """Rotate when the newest key is `days` old, and forget the private halves of those that are
    withdrawn."""
    await seed(session, sealer, given)
    await session.flush()
    keys, at = await repository.everything(session)
    for each in standings(keys, at).values():
        if each.state is KeyState.WITHDRAWN:
            key = next(key for key in keys if key.kid == each.kid)
            key.withdrawn_at, key.sealed = each.served_until, None
    newest = max(key.created_at for key in keys if key.withdrawn_at is None)
    if newest <= at - timedelta(days=days):
        made = await rotate(session, sealer)
        log.info("signing_key.rotated", kid=made.kid, signs_from=made.activates_at.isoformat())


def _add(
    session: TenantSession,
    sealer: Sealer,
    private: Ed25519PrivateKey,
    created_at: datetime,
    activates_at: datetime,
) -> SigningKey:
    public = public_of(private)
    key = SigningKey(
        kid=kid_of(public),
        public=public,
        sealed=sealer.seal(private.private_bytes_raw()),
        created_at=created_at,
        activates_at=activates_at,
        withdrawn_at=None,
        compromised=False,
    )
    session.add(key)
    return key


def _report(key: SigningKey, standing: Standing) -> KeyReport:
    return KeyReport(
        kid=key.kid,
        state=standing.state,
        created_at=key.created_at,
        activates_at=key.activates_at,
        served_until=standing.served_until,
        compromised=key.compromised,
    )
