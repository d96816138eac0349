"""Request bodies of recovery."""

from pydantic import Field

from chassis.fields import RequestBody
from services.auth.fields import Email, NewPassword, Token


class ResetRequest(RequestBody):
    email: Email


class Reset(RequestBody):
    token: Token = Field(description="What the mailed link carries")
    password: NewPassword = Field(description="The new one")
