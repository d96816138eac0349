"""Which service owns an address, and what a caller must show to use it.

The table follows the resources, so that a new route of a known resource needs no change here.
Addresses that could be read in two ways (dot segments, encoded slashes, empty segments,
backslashes) are refused before they reach a table that might be fooled.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from chassis.problems import BadRequest, NotFound


class ServiceName(StrEnum):
    AUTH = "auth"
    CATALOG = "catalog"
    INVENTORY = "inventory"
    LOANS = "loans"
    NOTIFY = "notify"
    ANALYTICS = "analytics"


class Route(NamedTuple):
    """The owner of an address; `workspace` is set, in lower case, where a role is needed. A public
    one needs no token; where it `heeds_token`, a good one still says who asks."""

    service: ServiceName
    public: bool = False
    heeds_token: bool = False
    workspace: str | None = None


TOP_LEVEL = {
    b"auth": ServiceName.AUTH,
    b"me": ServiceName.AUTH,
    b"invitations": ServiceName.AUTH,
    b"r": ServiceName.INVENTORY,
    b"notifications": ServiceName.NOTIFY,
}

OF_A_WORKSPACE = {
    resource: service
    for service, resources in {
        ServiceName.AUTH: (b"members", b"invitations"),
        ServiceName.CATALOG: (
            b"items",
            b"categories",
            b"labels",
            b"companies",
            b"attachments",
            b"wishlist",
            b"favorites",
        ),
        ServiceName.INVENTORY: (
            b"locations",
            b"containers",
            b"inventory",
            b"movements",
            b"stocktakes",
            b"repairs",
            b"maintenance",
        ),
        ServiceName.LOANS: (b"borrowers", b"loans", b"reservations", b"waitlist", b"policies"),
        ServiceName.NOTIFY: (b"webhooks", b"stream"),
        ServiceName.ANALYTICS: (b"dashboard", b"analytics", b"activity"),
    }.items()
    for resource in resources
}

PUBLIC = {
    ("POST", b"/v1/auth/register"),
    ("POST", b"/v1/auth/login"),
    ("POST", b"/v1/auth/refresh"),
    ("POST", b"/v1/auth/logout"),
    ("GET", b"/.well-known/jwks.json"),
    ("HEAD", b"/.well-known/jwks.json"),
}

NO_WORKSPACE = "There is no such workspace, or you are no member of it."

NOTIFICATION_PREFERENCES = b"notification-preferences"

_BY_SERVICE = {service: Route(service) for service in ServiceName}
LOGOUT = b"/v1/auth/logout"
_PUBLIC_AUTH = Route(ServiceName.AUTH, public=True)
_LOGOUT = Route(ServiceName.AUTH, public=True, heeds_token=True)
# RFC 3986 path characters, no empty segment, no segment that starts with a dot.
_PLAIN = re.compile(rb"(?:/(?!\.)[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+")
# Escapes that are none, and those of dot, slash, backslash, percent and control characters.
_AMBIGUOUS = re.compile(rb"%(?![0-9a-f]{2})|%(?:2[ef5]|5c|[01][0-9a-f]|7f)", re.IGNORECASE)
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def resolve(method: str, path: bytes) -> Route:
    """The route of a raw (still percent-encoded) path.

    Raises `BadRequest` for a path that is not plain, `NotFound` for one that nobody owns.
    """
    if (method, path) in PUBLIC:
        return _LOGOUT if path == LOGOUT else _PUBLIC_AUTH
    if _PLAIN.fullmatch(path) is None or (b"%" in path and _AMBIGUOUS.search(path)):
        raise BadRequest(f"This address is not in its plain form: {_what_is_off(path)}.")
    segments = path.split(b"/")
    if len(segments) < 3 or segments[1] != b"v1":
        raise NotFound
    if segments[2] == b"workspaces":
        return _of_workspace(segments)
    service = TOP_LEVEL.get(segments[2])
    if service is None:
        raise NotFound
    if len(segments) > 3 and segments[2] == b"me" and segments[3] == NOTIFICATION_PREFERENCES:
        service = ServiceName.NOTIFY
    return _BY_SERVICE[service]


def _what_is_off(path: bytes) -> str:
    """What keeps a path from being plain, for its sender to put right."""
    if b"//" in path:
        return "leave out the empty part between two slashes"
    if path.endswith(b"/"):
        return "leave out the slash at its end"
    if b"/." in path:
        return "no part of it may begin with a dot"
    if _PLAIN.fullmatch(path):
        return (
            "a % begins an escape of two hexadecimal digits, and a dot, slash, backslash, percent "
            "sign or control character can't be escaped"
        )
    return "percent-encode what RFC 3986 does not allow in a path"


def _of_workspace(segments: list[bytes]) -> Route:
    if len(segments) == 3:
        return _BY_SERVICE[ServiceName.AUTH]
    workspace = segments[3].lower()
    if _UUID.fullmatch(workspace) is None:
        raise NotFound(NO_WORKSPACE)
    service = ServiceName.AUTH if len(segments) == 4 else OF_A_WORKSPACE.get(segments[4])
    if service is None:
        raise NotFound
    return Route(service, workspace=workspace.decode())
