"""What a user is."""

from enum import StrEnum


class UserKind(StrEnum):
    """A person, or a service account: a member of one workspace that nobody signs in as."""

    PERSON = "person"
    SERVICE = "service"
