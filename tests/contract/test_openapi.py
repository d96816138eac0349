"""What the committed OpenAPI documents promise of every route."""

from support.openapi import operations

# They repeat harmlessly, or must not be repeated from memory: their answers are secrets.
WITHOUT = {
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
    "/v1/auth/oidc/{provider_id}/callback",
    "/v1/auth/password-reset",
    "/v1/auth/password-reset/confirm",
    "/v1/me/password",
    "/v1/me/deactivate",
    "/v1/me/second-factor",
    "/v1/me/second-factor/confirm",
    "/v1/me/second-factor/recovery-codes",
    "/v1/me/tokens",
    "/v1/workspaces/{workspace_id}/service-accounts/{account_id}/tokens",
}
# Who signs in has no token yet, and whoever verifies one needs none.
PUBLIC = {
    "POST /v1/auth/register",
    "POST /v1/auth/login",
    "POST /v1/auth/refresh",
    "POST /v1/auth/logout",
    "POST /v1/auth/password-reset",
    "POST /v1/auth/password-reset/confirm",
    "POST /v1/auth/verify-email",
    "GET /v1/auth/oidc",
    "GET /v1/auth/oidc/{provider_id}/start",
    "POST /v1/auth/oidc/{provider_id}/callback",
    "GET /.well-known/jwks.json",
    # The invitation's token is in the address.
    "GET /v1/invitations/{token}",
    "POST /v1/invitations/{token}/decline",
}


def test_every_post_takes_an_idempotency_key_and_says_so() -> None:
    silent = set()
    for one in operations():
        named = {parameter["name"] for parameter in one.document.get("parameters", ())}
        if one.method == "POST" and "Idempotency-Key" not in named:
            silent.add(one.path)
    assert silent == WITHOUT


def test_every_route_says_which_scope_it_asks_for() -> None:
    """Or that it asks for none: a route that somebody forgot to guard shows here."""
    scopes = {one.name: one.scope for one in operations()}
    assert {name for name, scope in scopes.items() if scope is None} == PUBLIC
    assert set(scopes.values()) - {None} == {"read", "write", "admin", "session"}


def test_what_guards_an_account_is_out_of_any_tokens_reach() -> None:
    guarded = ("/v1/me/tokens", "/v1/me/identities")
    for one in operations():
        if one.path.startswith(guarded):
            assert one.scope == "session", one.name


def test_what_changes_something_asks_for_more_than_read() -> None:
    """A token that may read alone changes nothing anywhere."""
    for one in operations():
        if one.method != "GET":
            assert one.scope != "read", one.name
