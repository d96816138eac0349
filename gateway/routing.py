"""Which service owns an address, and what a caller must show to use it.

The table is read from what the services say of themselves (`contracts/openapi/`), so that a new
route needs no change here. Of an operation counts: its path and method, `security` (public when
it is `[]`), and

- `x-heeds-token: true`: public, but a good token still says who asks;
- `x-max-body`: bytes that its request body may have;
- `x-personal: true`: it changes what is the caller's own, and waits for no approval;
- `x-rate-class`: what its requests are counted as, where method and `security` do not say it.

Addresses that could be read in two ways (dot segments, encoded slashes, empty segments,
backslashes, needless escapes) are refused before they reach a table that might be fooled.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from chassis.problems import BadRequest, MethodNotAllowed, NotFound

Document = Mapping[str, Any]


class ServiceName(StrEnum):
    AUTH = "auth"
    CATALOG = "catalog"
    INVENTORY = "inventory"
    LOANS = "loans"
    NOTIFY = "notify"
    ANALYTICS = "analytics"


class RateClass(StrEnum):
    """What a request is counted as."""

    READS = "reads"
    WRITES = "writes"
    LOGIN = "login"  # what tries credentials, and all else that changes things without any


class Route(NamedTuple):
    """The owner of an address; `workspace` is set, in lower case, where a role is needed. A public
    one needs no token; where it `heeds_token`, a good one still says who asks. `max_body` is in
    bytes, None for the usual. A change of what is the caller's own is `personal`."""

    service: ServiceName
    public: bool = False
    heeds_token: bool = False
    workspace: str | None = None
    rate: RateClass = RateClass.READS
    max_body: int | None = None
    personal: bool = False


METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "PATCH"})
PREFIXES = ("/v1/", "/.well-known/")  # all else that a service has is not for clients

NO_WORKSPACE = "There is no such workspace, or you are no member of it."

_PATH_CHARACTERS = (  # RFC 3986
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/"
)
# Escapes that are none; those of dot, slash, backslash, percent and control characters; and those
# of letters, digits, - and _, which need none and would hide a word of the table.
_AMBIGUOUS = re.compile(
    rb"%(?![0-9a-f]{2})|%(?:2[def5]|5[cf]|[01][0-9a-f]|3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9af])",
    re.IGNORECASE,
)
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REMEMBERED = 4096
_WORKSPACES = [b"", b"v1", b"workspaces"]


class _Node:
    """One place in the tree of paths: what may come next, and what ends here."""

    __slots__ = ("children", "methods", "parameter")

    def __init__(self) -> None:
        self.children: dict[bytes, _Node] = {}
        self.parameter: _Node | None = None
        self.methods: dict[str, Route] = {}


class Routes:
    """Every address of the services, by path and method; raises `ValueError` for documents that
    contradict each other."""

    def __init__(self, documents: Mapping[ServiceName, Document]) -> None:
        self._root = _Node()
        self._whole: dict[bytes, _Node] = {}  # paths without parameters
        self._workspaces: dict[bytes, str] = {}
        for service, document in documents.items():
            for path, method, operation in operations(document):
                self._add(path, method, route_of(service, path, method, operation))

    def resolve(self, method: str, path: bytes) -> Route:
        """The route of a raw (still percent-encoded) path.

        Raises `BadRequest` for a path that is not plain, `NotFound` for one that nobody owns,
        `MethodNotAllowed` for a known one without this method.
        """
        whole = self._whole.get(path)
        if whole is not None:
            route = whole.methods.get(method)
            if route is not None:
                return route
        elif not _is_plain(path):
            raise BadRequest(f"This address is not in its plain form: {_what_is_off(path)}.")
        segments = path.split(b"/")
        route = self._first(segments, method) or self._other(segments, method)
        service, public, heeds_token, workspace, rate, max_body, personal = route
        if workspace is None:
            return route
        workspace = self._workspaces.get(segments[3]) or self._workspace(segments[3])
        return Route(service, public, heeds_token, workspace, rate, max_body, personal)

    def allowed(self, path: bytes) -> str:
        """The Allow field of a path (RFC 9110 section 10.2.1); raises as `resolve` does."""
        try:
            self.resolve("", path)
        except MethodNotAllowed as problem:
            return problem.headers["Allow"]
        raise NotFound

    def _workspace(self, segment: bytes) -> str:
        """The workspace that a segment names; those that come all the time are remembered."""
        workspace = _workspace(segment)
        if len(self._workspaces) < _REMEMBERED:
            self._workspaces[segment] = workspace
        return workspace

    def _first(self, segments: list[bytes], method: str) -> Route | None:
        """The usual case: words before parameters, without turning back."""
        node: _Node | None = self._root
        for segment in segments:
            assert node is not None  # noqa: S101 - for the type checker
            node = node.children.get(segment) or node.parameter
            if node is None:
                return None
        assert node is not None  # noqa: S101
        return node.methods.get(method)

    def _other(self, segments: list[bytes], method: str) -> Route:
        allowed: set[str] = set()
        for leaf in _leaves(self._root, segments, 0):
            route = leaf.methods.get(method)
            if route is not None:
                return route
            allowed |= leaf.methods.keys()
        if segments[:3] == _WORKSPACES and len(segments) > 3:
            _workspace(segments[3])
        if not allowed:
            raise NotFound
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))})

    def _add(self, path: str, method: str, route: Route) -> None:
        node = self._root
        for segment in path.split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.children.setdefault(segment.encode(), _Node())
        for name in (method, "HEAD") if method == "GET" else (method,):
            if name in node.methods:
                raise ValueError(f"{method} {path} is both {node.methods[name]} and {route}")
            node.methods[name] = route
        if "{" not in path:
            self._whole[path.encode()] = node


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and operation of all that clients reach."""
    for path, item in document.get("paths", {}).items():
        if path.startswith(PREFIXES):
            for method, operation in item.items():
                if method.upper() in METHODS:
                    yield path, method.upper(), operation


def route_of(service: ServiceName, path: str, method: str, operation: Document) -> Route:
    """What an operation says of itself; `workspace` is empty where a path names one."""
    public = operation.get("security") == []
    rate = RateClass.READS
    if method != "GET":
        rate = RateClass.LOGIN if public else RateClass.WRITES
    return Route(
        service,
        public,
        bool(operation.get("x-heeds-token", False)),
        "" if path.startswith("/v1/workspaces/{") else None,
        RateClass(operation.get("x-rate-class", rate)),
        operation.get("x-max-body"),
        bool(operation.get("x-personal", False)),
    )


def _leaves(node: _Node, segments: list[bytes], at: int) -> Iterator[_Node]:
    """Every node that a path may mean, words before parameters."""
    if at == len(segments):
        yield node
        return
    child = node.children.get(segments[at])
    if child is not None:
        yield from _leaves(child, segments, at + 1)
    if node.parameter is not None:
        yield from _leaves(node.parameter, segments, at + 1)


def _is_plain(path: bytes) -> bool:
    """Path characters alone, no empty segment, none that starts with a dot, no odd escape."""
    return not (
        path.translate(None, _PATH_CHARACTERS)
        or path[:1] != b"/"
        or path[-1:] == b"/"
        or b"//" in path
        or b"/." in path
        or (b"%" in path and _AMBIGUOUS.search(path))
    )


def _workspace(segment: bytes) -> str:
    workspace = segment.lower()
    if _UUID.fullmatch(workspace) is None:
        raise NotFound(NO_WORKSPACE)
    return workspace.decode("ascii")


def _what_is_off(path: bytes) -> str:
    """What keeps a path from being plain, for its sender to put right."""
    if b"//" in path:
        return "leave out the empty part between two slashes"
    if path.endswith(b"/"):
        return "leave out the slash at its end"
    if b"/." in path:
        return "no part of it may begin with a dot"
    if not path.translate(None, _PATH_CHARACTERS) and path[:1] == b"/":
        return (
            "a % begins an escape of two hexadecimal digits; a dot, slash, backslash, percent sign "
            "or control character can't be escaped, and a letter, digit, - or _ needs no escape"
        )
    return "percent-encode what RFC 3986 does not allow in a path"
