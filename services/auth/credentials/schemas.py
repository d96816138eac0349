"""Request and response bodies of signing in and out."""

from typing import Literal

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from services.auth.fields import Email, GivenPassword, Token


class Login(RequestBody):
    email: Email
    password: GivenPassword


class Refresh(RequestBody):
    refresh_token: Token


class Logout(RequestBody):
    refresh_token: Token | None = Field(
        None, description="Ends its session; without one, the session of the access token ends"
    )


class TokensOut(BaseModel):
    access_token: str = Field(description="A JWT for `Authorization: Bearer`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6749's word
    expires_in: int = Field(description="Seconds that the access token is good for")
    refresh_token: str = Field(description="Good once; answered with the next one")
