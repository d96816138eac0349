"""Request and response bodies of users."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, RequestBody
from services.auth.fields import DisplayName, Email, GivenPassword, NewPassword, Timezone

Language = Literal["en", "et", "ru"]
DateFormat = Literal["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY"]
TimeFormat = Literal["24h", "12h"]
Theme = Literal["system", "light", "dark"]


class Registration(RequestBody):
    email: Email = Field(description="Unique, whatever the case")
    password: NewPassword = Field(description="At least 10 characters, and not a common one")
    full_name: DisplayName


class UserPatch(RequestBody):
    """Only the fields that are sent change."""

    full_name: DisplayName = OMITTED
    language: Language = OMITTED
    timezone: Timezone = OMITTED
    date_format: DateFormat = OMITTED
    time_format: TimeFormat = OMITTED
    theme: Theme = OMITTED


class PasswordChange(RequestBody):
    current_password: GivenPassword
    new_password: NewPassword


class PasswordGiven(RequestBody):
    password: GivenPassword = Field(description="Your current one")


class UserOut(BaseModel):
    id: UUID
    email: str
    full_name: str
    is_active: bool
    language: str
    timezone: str
    date_format: str
    time_format: str
    theme: str
    email_verified_at: datetime | None = Field(description="Null: not, or not yet")
    version: int
    created_at: datetime
    updated_at: datetime
