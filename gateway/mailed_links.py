"""The page that links in mails lead to: verify an address, set a new password, answer an
invitation.

One file for all three and for every token. Its script reads the token from its own address and
sends it to the API alone: the gateway looks at no token here, and puts none into what it answers.
Nothing happens by opening it, since programs that look through mails open links, too.
"""

import re
from importlib.resources import files

from gateway.docs import Asset, asset

# Scripts, styles and calls of this host alone.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PATHS = (b"/verify-email", b"/password-reset")
INVITATIONS = b"/invitations/"
_INVITATION = re.compile(rb"/invitations/[A-Za-z0-9_-]{16,100}")


def is_invitation(path: bytes) -> bool:
    """Whether this may be an invitation's address, by its form."""
    return _INVITATION.fullmatch(path) is not None


def page() -> Asset:
    return asset(
        (files("gateway") / "static" / "links.html").read_bytes(),
        b"text/html; charset=utf-8",
        (b"content-security-policy", POLICY),
        (b"referrer-policy", b"no-referrer"),
        cache=b"no-store",
    )
