"""Request and response bodies of signing in and out."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from services.auth.fields import Email, GivenPassword, Token
from services.auth.second_factor.schemas import Code

KeptInCookie = Annotated[
    bool,
    Field(
        strict=True,
        description="For browsers: the refresh token comes as a cookie that no script can read, "
        "and not in the body",
    ),
]


class Login(RequestBody):
    email: Email
    password: GivenPassword
    code: Code | None = Field(
        None,
        description="Of the second factor, where there is one: six digits of the authenticator "
        "app, or a recovery code",
    )
    cookie: KeptInCookie = False


class Refresh(RequestBody):
    refresh_token: Token | None = Field(None, description="Without one, the cookie's is used")


class Logout(RequestBody):
    refresh_token: Token | None = Field(
        None,
        description="Its session ends; without one, that of the cookie, or of the access token",
    )


class TokensOut(BaseModel):
    access_token: str = Field(description="A JWT for `Authorization: Bearer`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6749's word
    expires_in: int = Field(description="Seconds that the access token is good for")
    refresh_token: str | None = Field(
        None, description="Good once; answered with the next one. Absent where a cookie has it"
    )
