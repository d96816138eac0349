"""What mails say."""

from datetime import UTC, datetime
from string import Template as Text

import pytest

from services.notify.mail.letters import LANGUAGES, Letter, Subject, Template, named, write
from services.notify.mail.texts import Texts, Words

URL = "https://warehouse.example"
TIME = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
WHAT = (
    "password_changed",
    "refresh_token_reused",
    "email_changed",
    "second_factor_enabled",
    "second_factor_disabled",
    "recovery_code_used",
    "token_created",
    "account_deactivated",
)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def letter(template: Template, language: str = "en", **changes: object) -> Letter:
    with_link = template is not Template.SECURITY
    facts = {
        "full_name": "Dana Rivers",
        "facts": {"address": "203.0.113.7", "device": "Firefox on Linux"},
        "token": "one+time" if with_link else None,
        "expires_at": TIME.replace(hour=9, minute=30) if with_link else None,
        "happened_at": TIME,
    }
    return write(Subject(template, language, **facts | changes), f"{URL}")  # type: ignore[arg-type]


def names(words: Words) -> set[str]:
    """The placeholders of a mail's texts."""
    texts = (words.subject, words.happened, words.otherwise, words.label)
    return {name for text in texts for name in Text(text).get_identifiers()}


def mails(texts: Texts) -> dict[str, Words]:
    own = {
        "verify_email": texts.verify_email,
        "password_reset": texts.password_reset,
        "invitation": texts.invitation,
        "security_other": texts.security_other,
    }
    return own | dict(texts.security)


@each_language
def test_every_language_says_the_same(language: str) -> None:
    """The same mails, with the same names in them, links where the others have links."""
    english, texts = LANGUAGES["en"], LANGUAGES[language]
    assert set(texts.security) == set(WHAT)
    assert set(texts.roles) == {"owner", "admin", "member", "viewer"}
    for name, words in mails(texts).items():
        assert names(words) == names(mails(english)[name]), name
        assert bool(words.label) == bool(mails(english)[name].label), name


@each_language
def test_a_letter_tells_when_and_from_where(language: str) -> None:
    told = "\n".join(letter(Template.PASSWORD_RESET, language).before)
    assert "Dana Rivers" in told
    assert "2026-03-02 08:05 UTC" in told
    assert "203.0.113.7, Firefox on Linux" in told


@each_language
@pytest.mark.parametrize(
    ("template", "path", "call"),
    [
        (Template.VERIFY_EMAIL, "/verify-email?token=one%2Btime", "POST /v1/auth/verify-email"),
        (
            Template.PASSWORD_RESET,
            "/password-reset?token=one%2Btime",
            '{"token": "one+time", ',
        ),
        (Template.INVITATION, "/invitations/one%2Btime", "POST /v1/invitations/one%2Btime/accept"),
    ],
)
def test_a_link_says_where_it_leads_until_when_and_how_else(
    language: str, template: Template, path: str, call: str
) -> None:
    written = letter(template, language)
    assert written.link is not None
    assert written.link[1] == URL + path
    after = "\n".join(written.after)
    assert "2026-03-02 09:30 UTC" in after
    assert call in after


@each_language
@pytest.mark.parametrize("what", WHAT)
def test_a_security_letter_names_what_happened(language: str, what: str) -> None:
    """Each its own words, and no link that a thief would imitate."""
    written = letter(Template.SECURITY, language, facts={"what": what})
    other = letter(Template.SECURITY, language, facts={"what": "something_new"})
    assert written.subject != other.subject
    assert written.link is None
    assert written.after[-1] == Text(LANGUAGES[language].security[what].otherwise).safe_substitute(
        url=URL
    )


def test_an_invitation_names_who_where_and_as_what() -> None:
    facts = {"workspace_name": "Makerspace", "inviter_name": "Robin", "role": "admin"}
    written = letter(Template.INVITATION, facts=facts)
    assert written.subject == "Robin invites you to Makerspace"
    assert "You would be: admin." in written.before[1]
    assert letter(Template.INVITATION, "et", facts=facts).subject == "Robin kutsub sind: Makerspace"


def test_an_unknown_language_reads_english() -> None:
    assert letter(Template.VERIFY_EMAIL, "xx").language == "en"
    assert letter(Template.VERIFY_EMAIL, full_name="").before[0] == "Hello,"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Õnne  Žukov", "Õnne Žukov"),
        ("St. Mary", "St. Mary"),
        ("Dana\r\nBcc: all@example.com", "Dana Bcc: all@\u2060example.\u2060com"),
        ("http://evil.example/x", "http:\u2060/\u2060/\u2060evil.\u2060example/\u2060x"),
        ("right\u202eto left", "right to left"),
        ("x" * 90, "x" * 79 + "…"),
        ("\x00\t\n", ""),
        ("$price", "$price"),
    ],
)
def test_names_are_words_and_no_more(words: str, kept: str) -> None:
    """One line, readable, and nothing that a mail program makes a link of."""
    assert named(words) == kept
    assert kept in letter(Template.VERIFY_EMAIL, full_name=words).before[0]
