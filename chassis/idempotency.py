"""`Idempotency-Key`: the same key and body get the same answer, and there is one effect.

The key is claimed in the transaction of the effect: of several at once, the others wait for the
first to commit and then replay its answer. A key with another body is refused (422). Keys belong
to the caller in the workspace and are kept for a day.

A request that carries out an approved change has the approval for its key, whatever its method:
however often it is sent, the change is made once.
"""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import text

from chassis.database import TenantSession
from chassis.fields import storable
from chassis.problems import FieldError, Problem, invalid
from chassis.requests import identity_of

HEADER = "idempotency-key"
KEPT = "24 hours"
APPROVAL = "approval"  # the scope of keys that are approvals; no caller is called so
#: The header as OpenAPI describes it, for routes that take it.
PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Any text that is new for each new request. Repeated within a day with the same "
    "body it gets the same answer and has no second effect; with another body: 422",
}
_KEPT_HEADERS = ("location", "etag", "content-type")

_CLAIM = text("""
    INSERT INTO idempotency_keys (scope, key, request_hash) VALUES (:scope, :key, :hash)
    ON CONFLICT DO NOTHING RETURNING true
""")
_READ = text("""
    SELECT request_hash, resource_id, status, headers, body FROM idempotency_keys
    WHERE scope = :scope AND key = :key
""")
_KEEP = text("""
    UPDATE idempotency_keys SET status = :status, headers = CAST(:headers AS json), body = :body
    WHERE scope = :scope AND key = :key
""")
_POINT = text("""
    UPDATE idempotency_keys SET resource_id = :resource_id WHERE scope = :scope AND key = :key
""")
FORGET = f"DELETE FROM idempotency_keys WHERE created_at < now() - interval '{KEPT}'"


class KeyReused(Problem):
    status, code, title = 422, "idempotency-key-reused", "This key was used for another request"


@dataclass(frozen=True)
class Earlier:
    """What a key already stands for: a finished answer, or the resource whose outcome it awaits."""

    response: Response | None
    resource_id: UUID | None


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's key for one request."""

    scope: str
    key: str
    request_hash: bytes

    @classmethod
    async def of(
        cls, request: Request, caller: str, *, body: bytes | None = None
    ) -> "IdempotencyKey | None":
        """The key of `request`, if it carries one; `caller` is who the key belongs to, `body` what
        counts as the request's body where that is not all of it (a password never is)."""
        approval_id = identity_of(request).approval_id
        key = request.headers.get(HEADER)
        if approval_id is not None:
            caller, key = APPROVAL, str(approval_id)
        if key is None:
            return None
        if not 1 <= len(key) <= 255 or not storable(key):
            raise invalid("Idempotency-Key", "Give 1 to 255 characters.")
        digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
        digest.update(await request.body() if body is None else body)
        return cls(caller, key, digest.digest())

    async def claim(self, session: TenantSession) -> Earlier | None:
        """Take the key for this transaction; or tell what it already stands for. Raises
        `KeyReused` when it stands for another request."""
        mine = {"scope": self.scope, "key": self.key}
        if (await session.execute(_CLAIM, mine | {"hash": self.request_hash})).first():
            return None
        row = (await session.execute(_READ, mine)).one()
        if bytes(row.request_hash) != self.request_hash:
            raise KeyReused(
                "Use a new key for a new request; repeat a key only with the very same body.",
                errors=[FieldError("Idempotency-Key", "used before with another body", "reused")],
            )
        if row.status is None:
            return Earlier(None, row.resource_id)
        answer = Response(bytes(row.body), row.status, json.loads(row.headers))
        return Earlier(answer, row.resource_id)

    async def point(self, session: TenantSession, resource_id: UUID) -> None:
        """Let the key stand for a resource whose outcome is not known yet."""
        await session.execute(
            _POINT, {"scope": self.scope, "key": self.key, "resource_id": resource_id}
        )

    async def keep(self, session: TenantSession, response: Response) -> None:
        """Let the key stand for this answer from now on."""
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        await session.execute(
            _KEEP,
            {
                "scope": self.scope,
                "key": self.key,
                "status": response.status_code,
                "headers": json.dumps(headers),
                "body": bytes(response.body),
            },
        )
