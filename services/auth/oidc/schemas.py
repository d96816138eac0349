"""Request and response bodies of signing in at other providers."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from chassis.fields import RequestBody
from services.auth.credentials.schemas import KeptInCookie
from services.auth.second_factor.schemas import Code

Opaque = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ProviderOut(BaseModel):
    id: str
    name: str = Field(description="To show on the button")


class ProviderList(BaseModel):
    items: list[ProviderOut]


class StartOut(BaseModel):
    authorization_url: str = Field(description="Send the browser there")
    secret: str = Field(
        description="Keep it where only the page that began has it (`sessionStorage`), and send it "
        "with the callback: so nobody can be signed in with a link that another one made"
    )
    expires_at: datetime = Field(description="When it is too late to come back")


class Callback(RequestBody):
    """What the provider added to the redirect address, and the secret of the start."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    state: Opaque
    secret: Opaque
    iss: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        None, description="If the provider added one (RFC 9207)"
    )
    second_factor: Code | None = Field(
        None,
        description="The first time with a provider, of an account here that has a second factor: "
        "six digits of the authenticator app, or a recovery code",
        examples=["287082"],
    )
    cookie: KeptInCookie = False
