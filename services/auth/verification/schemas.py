"""Request and response bodies of verification."""

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from services.auth.fields import Email, GivenPassword, Token


class EmailVerification(RequestBody):
    token: Token = Field(description="What the mailed link carries")


class EmailChange(RequestBody):
    email: Email = Field(description="The new one; unique, whatever the case")
    password: GivenPassword = Field(description="Your current one")


class MailOnItsWay(BaseModel):
    message: str = Field(description="What to expect, in words")
