"""Bodies of the published keys."""

from pydantic import BaseModel, Field


class KeyOut(BaseModel):
    """A public Ed25519 key as a JWK (RFC 8037)."""

    kty: str
    crv: str
    x: str = Field(description="The raw public key, base64url")
    kid: str
    alg: str
    use: str


class KeySet(BaseModel):
    keys: list[KeyOut]
