"""HTTP in for the keys that access tokens are verified with."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from services.auth.keys.schedule import MAX_AGE
from services.auth.keys.schemas import KeySet
from services.auth.keys.service import Keyring

router = APIRouter(tags=["keys"])


async def keyring_of(request: Request) -> Keyring:
    """The keys as they were a second ago at the most."""
    keyring: Keyring = request.app.state.keyring
    await keyring.refresh()
    return keyring


Keys = Annotated[Keyring, Depends(keyring_of)]


@router.get("/.well-known/jwks.json", response_model=KeySet)
async def get_keys(keyring: Keys) -> JSONResponse:
    """The public keys of access tokens, by `kid` (RFC 7517)."""
    return JSONResponse(keyring.key_set, headers={"cache-control": f"public, max-age={MAX_AGE}"})
