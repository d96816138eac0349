"""What mails say: what happened, from where, what to do, and what to do if it was not the reader.

The texts are by language, one module each; a language that has none reads English. Names in them
are other people's words: they are kept to one line, short, and can neither be a link nor end one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from string import Template as Text
from urllib.parse import quote

from services.notify.mail import english, estonian, russian
from services.notify.mail.texts import Texts, Words

LONGEST_NAME = 80
LANGUAGES: Mapping[str, Texts] = {
    "en": english.TEXTS,
    "et": estonian.TEXTS,
    "ru": russian.TEXTS,
}
_JOINERS = "\u200c\u200d"  # invisible, and part of how some scripts and names are written
_LINKING = re.compile(r"(?<=\S)([.:/@])(?=\S)")


class Template(StrEnum):
    """Which mail it is."""

    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a template, no secret
    INVITATION = "invitation"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a letter is about, and who reads it. `token` is the one for its link."""

    template: Template
    language: str
    full_name: str
    facts: Mapping[str, str]
    token: str | None
    expires_at: datetime | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words before they are a message: paragraphs, of which one may be a link (its words
    and where it goes)."""

    language: str
    subject: str
    before: tuple[str, ...]
    link: tuple[str, str] | None
    after: tuple[str, ...]
    footer: str


def write(about: Subject, public_url: str) -> Letter:
    """The letter in the reader's language; `public_url` is where links lead."""
    language = about.language if about.language in LANGUAGES else "en"
    texts = LANGUAGES[language]
    words = _words(texts, about)
    facts = {
        "workspace": named(about.facts.get("workspace_name", "")) or texts.a_workspace,
        "inviter": named(about.facts.get("inviter_name", "")) or texts.somebody,
        "role": texts.roles.get(about.facts.get("role", ""), texts.roles["member"]),
        "url": public_url,
    }
    name = named(about.full_name)
    path, call = _destination(about)
    link = (_fill(words.label, facts), public_url + path) if words.label and path else None
    from_where = [_network_address(about.facts), named(about.facts.get("device", ""))]
    before = [
        _fill(texts.greeting, {"name": name}) if name else texts.greeting_nameless,
        _fill(words.happened, facts),
        _fill(
            texts.when_and_where if any(from_where) else texts.when,
            {"time": _time(about.happened_at), "where": ", ".join(filter(None, from_where))},
        ),
    ]
    after = []
    if link and about.expires_at:
        after.append(_fill(texts.good_until, {"time": _time(about.expires_at)}))
    if link:
        after.append(_fill(texts.by_api, {"call": call}))
    after.append(_fill(words.otherwise, facts))
    return Letter(
        language=language,
        subject=_fill(words.subject, facts),
        before=tuple(before),
        link=link,
        after=tuple(after),
        footer=_fill(texts.footer, facts),
    )


def named(words: str) -> str:
    """Somebody's own words as a letter may quote them: one line, and nothing that a mail program
    would make a link of."""
    return _LINKING.sub("\\1\u2060", one_line(words))


def one_line(words: str) -> str:
    """Somebody's own words, printable, on one line and not too long."""
    printable = "".join(c if c.isprintable() or c in _JOINERS else " " for c in words)
    line = " ".join(printable.split())
    if len(line) > LONGEST_NAME:
        line = line[: LONGEST_NAME - 1].rstrip() + "…"
    return line


def _words(texts: Texts, about: Subject) -> Words:
    match about.template:
        case Template.VERIFY_EMAIL:
            return texts.verify_email
        case Template.PASSWORD_RESET:
            return texts.password_reset
        case Template.INVITATION:
            return texts.invitation
        case Template.SECURITY:
            return texts.security.get(about.facts.get("what", ""), texts.security_other)


def _destination(about: Subject) -> tuple[str, str]:
    """Where the letter's link leads, and the call that does the same; empty without a token."""
    if about.token is None:
        return "", ""
    token, in_body = quote(about.token, safe=""), f'"token": "{about.token}"'
    match about.template:
        case Template.VERIFY_EMAIL:
            return (
                f"/verify-email?token={token}",
                f"POST /v1/auth/verify-email {{{in_body}}}",
            )
        case Template.PASSWORD_RESET:
            return (
                f"/password-reset?token={token}",
                f'POST /v1/auth/password-reset/confirm {{{in_body}, "password": "…"}}',
            )
        case Template.INVITATION:
            return f"/invitations/{token}", f"POST /v1/invitations/{token}/accept"
        case Template.SECURITY:
            return "", ""


def _network_address(facts: Mapping[str, str]) -> str:
    address = facts.get("address", "")
    try:
        return str(ip_address(address))
    except ValueError:
        return named(address)


def _fill(text: str, facts: Mapping[str, str]) -> str:
    return Text(text).substitute(facts)


def _time(time: datetime) -> str:
    """The same in every language, and not to be misread."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
