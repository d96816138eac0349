"""What a language has to say. Texts are `string.Template`s: `$name` stands for a name.

In `Words` there are `$workspace`, `$inviter`, `$role` and `$url`, where this Warehouse is.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One mail: what `happened` and what to do; `label` names the link, where it has one;
    `otherwise` is what to do if it was not the reader."""

    subject: str
    happened: str
    otherwise: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything that mails say in one language."""

    greeting: str  # $name
    greeting_nameless: str
    when: str  # $time
    when_and_where: str  # $time, $where
    good_until: str  # $time
    by_api: str  # $call
    footer: str
    somebody: str
    a_workspace: str
    roles: Mapping[str, str]
    verify_email: Words
    password_reset: Words
    invitation: Words
    security: Mapping[str, Words]
    security_other: Words
