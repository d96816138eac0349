"""Which service owns an address: by what the services say, and by rules of its own."""

from typing import Any

import pytest

from chassis.problems import BadRequest, MethodNotAllowed, NotFound
from gateway import contracts
from gateway.routing import RateClass, Route, Routes, ServiceName, operations

WORKSPACE = "0190c0de-0000-7000-8000-00000000abcd"
W = f"/v1/workspaces/{WORKSPACE}"
PUBLIC: dict[str, Any] = {"security": []}


def document(paths: dict[str, Any]) -> dict[str, Any]:
    return {"paths": paths}


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes(contracts.read())


@pytest.fixture(scope="module")
def made() -> Routes:
    """A table of its own: words beside parameters, public routes, extensions."""
    return Routes(
        {
            ServiceName.AUTH: document(
                {
                    "/v1/invitations/{token}": {"get": PUBLIC, "delete": {}},
                    "/v1/invitations/mine": {"get": {}},
                    "/v1/auth/oidc/{provider}/callback": {"post": PUBLIC},
                    "/v1/auth/logout": {"post": PUBLIC | {"x-heeds-token": True}},
                    "/v1/workspaces/{workspace_id}/public": {"get": PUBLIC},
                    "/internal/memberships": {"get": {}},
                    "/healthz": {"get": PUBLIC},
                }
            ),
            ServiceName.CATALOG: document(
                {
                    "/v1/workspaces/{workspace_id}/items/{item_id}": {"patch": {}, "get": {}},
                    "/v1/workspaces/{w}/items/export": {"get": {"x-rate-class": "writes"}},
                    "/v1/workspaces/{w}/items/{item_id}/files": {"post": {"x-max-body": 9}},
                    "/v1/workspaces/{w}/items/export/runs": {"get": {}},
                    "/v1/workspaces/{w}/favorites/{item_id}": {"put": {"x-personal": True}},
                }
            ),
        }
    )


def test_every_route_of_every_service_is_found(routes: Routes) -> None:
    for service, documented in contracts.read().items():
        for path, method, operation in operations(documented):
            given = path.replace("{workspace_id}", WORKSPACE).replace("{", "").replace("}", "")
            route = routes.resolve(method, given.encode())
            assert (route.service, route.public) == (service, operation["security"] == []), path
            assert route.workspace == (WORKSPACE if "{workspace_id}" in path else None)


@pytest.mark.parametrize(
    ("method", "path", "public"),
    [
        ("POST", "/v1/auth/login", True),
        ("POST", "/v1/auth/register", True),
        ("POST", "/v1/auth/refresh", True),
        ("POST", "/v1/auth/logout", True),
        ("POST", "/v1/auth/password-reset", True),
        ("POST", "/v1/auth/password-reset/confirm", True),
        ("POST", "/v1/auth/verify-email", True),
        ("POST", "/v1/me/verify-email", False),
        ("GET", "/.well-known/jwks.json", True),
        ("HEAD", "/.well-known/jwks.json", True),
        ("GET", "/v1/me", False),
        ("HEAD", "/v1/me", False),
    ],
)
def test_public_is_what_signs_people_in(
    routes: Routes, method: str, path: str, public: bool
) -> None:
    assert routes.resolve(method, path.encode()).public is public


def test_signing_out_heeds_a_token(routes: Routes) -> None:
    assert routes.resolve("POST", b"/v1/auth/logout").heeds_token
    assert not routes.resolve("POST", b"/v1/auth/login").heeds_token


def test_public_may_have_parameters(made: Routes) -> None:
    assert made.resolve("GET", b"/v1/invitations/abc").public
    assert made.resolve("POST", b"/v1/auth/oidc/google/callback").public
    assert not made.resolve("DELETE", b"/v1/invitations/abc").public


def test_a_word_goes_before_a_parameter_whatever_follows(made: Routes) -> None:
    assert not made.resolve("GET", b"/v1/invitations/mine").public
    assert made.resolve("GET", f"{W}/items/export".encode()).rate is RateClass.WRITES
    assert made.resolve("PATCH", f"{W}/items/export".encode()).service is ServiceName.CATALOG
    assert made.resolve("POST", f"{W}/items/export/files".encode()).max_body == 9


def test_what_is_the_callers_own_is_told_apart(made: Routes) -> None:
    assert made.resolve("PUT", f"{W}/favorites/x".encode()).personal
    assert not made.resolve("PATCH", f"{W}/items/x".encode()).personal


def test_what_requests_are_counted_as(made: Routes) -> None:
    assert made.resolve("GET", f"{W}/items/x".encode()).rate is RateClass.READS
    assert made.resolve("PATCH", f"{W}/items/x".encode()).rate is RateClass.WRITES
    assert made.resolve("GET", b"/v1/invitations/abc").rate is RateClass.READS
    assert made.resolve("POST", b"/v1/auth/oidc/x/callback").rate is RateClass.LOGIN


def test_a_workspace_id_is_one_however_it_is_written(routes: Routes) -> None:
    path = W.upper().replace("/V1/WORKSPACES", "/v1/workspaces").encode()
    assert routes.resolve("GET", path) == Route(ServiceName.AUTH, workspace=WORKSPACE)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/invitations/mine", "DELETE, GET, HEAD, OPTIONS"),
        ("/v1/auth/logout", "OPTIONS, POST"),
        (f"{W}/items/export", "GET, HEAD, OPTIONS, PATCH"),
    ],
)
def test_another_method_of_a_known_address(made: Routes, path: str, allowed: str) -> None:
    """The methods of every route that the address may mean."""
    for method in ("PUT", "TRACE", ""):
        with pytest.raises(MethodNotAllowed) as refused:
            made.resolve(method, path.encode())
        assert refused.value.headers == {"Allow": allowed}
    assert made.allowed(path.encode()) == allowed


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v2/me", "/internal/memberships", "/v1/internal", "/v1/unknown", "/healthz"),
        *("/v1/workspaces/7/items", f"{W}/unknown", f"{W}/internal", "/v1/workspaces/x", "/V1/me"),
        *("/v1/ME", "/v1/me;x=1", "/v1/me/sessions/x/y", "/v1/auth", "/metrics", "/v1/auth/Login"),
    ],
)
def test_what_nobody_owns_is_not_found(routes: Routes, path: str) -> None:
    with pytest.raises(NotFound) as refused:
        routes.resolve("GET", path.encode())
    assert refused.value.detail
    with pytest.raises(NotFound):
        routes.allowed(path.encode())


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/../internal/x", "/v1/./me", "/v1//me", "//v1/me", "/v1/me/", "/v1/%2e%2e/internal"),
        *("/v1/%2E%2e/x", "/v1/me%2fx", "/v1/me%2Fx", "/v1/me%5cx", "/v1/me\\x", "/v1/me%00"),
        *("/v1/me%0d%0ax", "/v1/me%zz", "/v1/me%252e", "/v1/.hidden", "v1/me", "", "/", "*"),
        *("/v1/m e", "/v1/é", f"{W}/items/..", f"{W}/items/%2e%2e/%2e%2e", f"{W}/items\n"),
        *("/.well-known/other", "/v1/%6de", "/v1/m%65", "/v1/me%2dx", "/v1/%5fme", "/v1/%30"),
    ],
)
def test_ambiguous_addresses_are_refused(routes: Routes, path: str) -> None:
    with pytest.raises(BadRequest):
        routes.resolve("GET", path.encode())


@pytest.mark.parametrize(
    ("path", "off"),
    [
        ("/v1/me/", "the slash at its end"),
        ("/v1//me", "between two slashes"),
        ("/v1/../me", "a dot"),
        ("/v1/me%2fx", "escape"),
        ("/v1/me%zz", "escape"),
        ("/v1/%6de", "needs no escape"),
        ("/v1/m e", "percent-encode"),
    ],
)
def test_what_is_off_about_an_address_is_told(routes: Routes, path: str, off: str) -> None:
    with pytest.raises(BadRequest) as refused:
        routes.resolve("GET", path.encode())
    assert off in refused.value.detail


def test_plain_escapes_pass(routes: Routes) -> None:
    route = routes.resolve("GET", f"{W}/items/%C3%A9~a'(b)!%40%20%7B%7e".encode())
    assert route.service is ServiceName.CATALOG


def test_two_owners_of_one_route_are_an_error() -> None:
    mine, yours = document({"/v1/a/{b}": {"get": {}}}), document({"/v1/a/{c}": {"get": {}}})
    with pytest.raises(ValueError, match="both"):
        Routes({ServiceName.AUTH: mine, ServiceName.LOANS: yours})


def test_an_unknown_rate_class_is_an_error() -> None:
    with pytest.raises(ValueError, match="sometimes"):
        Routes({ServiceName.AUTH: document({"/v1/a": {"get": {"x-rate-class": "sometimes"}}})})
