"""Request and response bodies of the second factor."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from chassis.fields import RequestBody
from services.auth.fields import GivenPassword

Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=6, max_length=40),
    Field(description="Six digits of the authenticator app, or a recovery code"),
]


class Enrolment(RequestBody):
    password: GivenPassword = Field(description="Your current one")


class EnrolmentConfirmation(RequestBody):
    code: Code = Field(description="Six digits that the app shows now")


class PasswordAndCode(RequestBody):
    password: GivenPassword = Field(description="Your current one")
    code: Code


class SecondFactorOut(BaseModel):
    is_enabled: bool = Field(description="Whether signing in takes a code")
    confirmed_at: datetime | None
    recovery_codes_left: int


class EnrolmentOut(BaseModel):
    secret: str = Field(description="To type into an authenticator app, base32")
    uri: str = Field(description="The same as an otpauth URI, to show as a QR code")


class RecoveryCodesOut(BaseModel):
    recovery_codes: list[str] = Field(description="Each good once; shown this once alone")
