"""Which service owns an address."""

import pytest

from chassis.problems import BadRequest, NotFound
from gateway.routing import Route, ServiceName, resolve

WORKSPACE = "0190c0de-0000-7000-8000-00000000abcd"
W = f"/v1/workspaces/{WORKSPACE}"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/me", "auth"),
        ("/v1/me/sessions", "auth"),
        ("/v1/me/notification-preferences", "notify"),
        ("/v1/workspaces", "auth"),
        ("/v1/invitations/abc", "auth"),
        ("/v1/notifications", "notify"),
        ("/v1/r/AB12", "inventory"),
    ],
)
def test_addresses_outside_of_workspaces(path: str, service: str) -> None:
    assert resolve("GET", path.encode()) == Route(ServiceName(service))


@pytest.mark.parametrize(
    ("rest", "service"),
    [
        ("", "auth"),
        ("/members/x", "auth"),
        ("/invitations", "auth"),
        ("/items/x", "catalog"),
        ("/categories", "catalog"),
        ("/locations", "inventory"),
        ("/inventory/x/move", "inventory"),
        ("/loans/x/return", "loans"),
        ("/borrowers", "loans"),
        ("/webhooks", "notify"),
        ("/stream", "notify"),
        ("/analytics/most-lent-items", "analytics"),
        ("/activity", "analytics"),
    ],
)
def test_addresses_in_a_workspace_need_a_role_there(rest: str, service: str) -> None:
    assert resolve("GET", f"{W}{rest}".encode()) == Route(ServiceName(service), workspace=WORKSPACE)


def test_a_workspace_id_is_one_however_it_is_written() -> None:
    assert resolve("GET", W.upper().replace("/V1/WORKSPACES", "/v1/workspaces").encode()) == Route(
        ServiceName.AUTH, workspace=WORKSPACE
    )


@pytest.mark.parametrize(
    ("method", "path", "public"),
    [
        ("POST", "/v1/auth/login", True),
        ("POST", "/v1/auth/register", True),
        ("POST", "/v1/auth/refresh", True),
        ("POST", "/v1/auth/logout", True),
        ("GET", "/.well-known/jwks.json", True),
        ("GET", "/v1/auth/login", False),
        ("POST", "/v1/auth/password", False),
        ("GET", "/v1/me", False),
    ],
)
def test_public_is_what_signs_people_in(method: str, path: str, public: bool) -> None:
    assert resolve(method, path.encode()).public is public


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v2/me", "/internal/memberships", "/v1/internal", "/v1/unknown"),
        *("/v1/workspaces/7/items", f"{W}/unknown", f"{W}/internal", "/v1/workspaces/x"),
    ],
)
def test_what_nobody_owns_is_not_found(path: str) -> None:
    with pytest.raises((NotFound, BadRequest)):
        resolve("GET", path.encode())


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/../internal/x", "/v1/./me", "/v1//me", "//v1/me", "/v1/me/", "/v1/%2e%2e/internal"),
        *("/v1/%2E%2e/x", "/v1/me%2fx", "/v1/me%2Fx", "/v1/me%5cx", "/v1/me\\x", "/v1/me%00"),
        *(
            "/v1/me%0d%0ax",
            "/v1/me%zz",
            "/v1/me%252e",
            "/v1/.hidden",
            "v1/me",
            "",
            "/v1/m e",
            "/v1/é",
        ),
        *(f"{W}/items/..", f"{W}/items/%2e%2e/%2e%2e", f"{W}/items\n", "/.well-known/other", "*"),
    ],
)
def test_ambiguous_addresses_are_refused(path: str) -> None:
    with pytest.raises(BadRequest):
        resolve("GET", path.encode())


@pytest.mark.parametrize(
    ("path", "off"),
    [
        ("/v1/me/", "the slash at its end"),
        ("/v1//me", "between two slashes"),
        ("/v1/../me", "a dot"),
        ("/v1/me%2fx", "escape"),
        ("/v1/me%zz", "escape"),
        ("/v1/m e", "percent-encode"),
    ],
)
def test_what_is_off_about_an_address_is_told(path: str, off: str) -> None:
    with pytest.raises(BadRequest) as refused:
        resolve("GET", path.encode())
    assert off in refused.value.detail


@pytest.mark.parametrize("path", ["/v1/unknown", f"{W}/unknown", "/v1/workspaces/x/items"])
def test_what_is_not_found_says_more_than_that(path: str) -> None:
    with pytest.raises(NotFound) as refused:
        resolve("GET", path.encode())
    assert refused.value.detail


def test_plain_escapes_pass() -> None:
    assert resolve("GET", f"{W}/items/%C3%A9~a'(b)!".encode()).service is ServiceName.CATALOG
