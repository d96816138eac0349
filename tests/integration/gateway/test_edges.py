"""What browsers are told: other origins, caching, compression, how safe to be."""

import json

import httpx
import pytest
from integration.gateway.rig import Auth, Echo, Start, served

APP = "https://app.example.org"


async def test_a_named_origin_may_use_the_api(start_gateway: Start, auth: Auth, echo: Echo) -> None:
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog, cors_origins=f"{APP}, http://other:1")
        asked = {"Origin": APP, "Access-Control-Request-Method": "POST"}
        preflight = await gateway.options(auth.path(), headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == APP
        assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
        assert "If-Match" in preflight.headers["access-control-allow-headers"]
        assert preflight.headers["access-control-max-age"] == "7200"
        answer = await gateway.get(auth.path(), headers=auth.bearer() | {"Origin": APP})
        assert answer.headers["access-control-allow-origin"] == APP
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        refused = await gateway.get(auth.path(), headers={"Origin": APP})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == APP
        assert echo.seen[0].values("origin") == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{APP}.evil.example", None])
async def test_no_other_origin_may(start_gateway: Start, auth: Auth, origin: str | None) -> None:
    gateway = await start_gateway(cors_origins=APP)
    headers = {"Origin": origin} if origin else {}
    for answer in (
        await gateway.options(auth.path(), headers=headers),
        await gateway.get("/v1/me", headers=auth.bearer() | headers),
    ):
        assert not any(name.startswith("access-control-") for name in answer.headers)
        assert answer.headers["vary"] == "Origin"


async def test_any_origin_if_so_configured(start_gateway: Start, auth: Auth) -> None:
    gateway = await start_gateway(cors_origins="*")
    answer = await gateway.get("/v1/me", headers=auth.bearer() | {"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "vary" not in answer.headers
    with pytest.raises(ValueError, match="credentials"):
        await start_gateway(cors_origins="*", cors_credentials=True)
    with pytest.raises(ValueError, match="no origin"):
        await start_gateway(cors_origins="app.example.org")


async def test_without_configuration_there_is_no_cors(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    answer = await client.get(auth.path(), headers=auth.bearer() | {"Origin": APP})
    assert not any(name.startswith("access-control-") for name in answer.headers)
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_long_json_is_compressed(client: httpx.AsyncClient, auth: Auth, echo: Echo) -> None:
    document = {"items": [{"name": f"item {number}"} for number in range(9000)]}
    echo.content = json.dumps(document).encode()
    echo.headers = {"Content-Type": "application/json", "ETag": '"3"'}
    answer = await client.get(auth.path(), headers=auth.bearer() | {"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == '"3"'
    assert int(answer.num_bytes_downloaded) < len(echo.content) / 4
    assert answer.json() == document
    plain = await client.get(auth.path(), headers=auth.bearer() | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == document
    head = await client.head(auth.path(), headers=auth.bearer())
    assert head.headers["content-length"] == str(len(echo.content))


async def test_conditional_requests_pass(client: httpx.AsyncClient, auth: Auth, echo: Echo) -> None:
    echo.status, echo.content, echo.headers = 304, b"", {"ETag": '"3"'}
    answer = await client.get(auth.path(), headers=auth.bearer() | {"If-None-Match": '"3"'})
    assert (answer.status_code, answer.headers["etag"]) == (304, '"3"')
    assert answer.headers["cache-control"] == "private, no-cache"
    assert echo.seen[0].values("if-none-match") == ['"3"']


async def test_refusals_are_kept_by_nobody(client: httpx.AsyncClient, auth: Auth) -> None:
    for path in ("/v1/unknown", auth.path()):
        assert (await client.get(path)).headers["cache-control"] == "no-store"


async def test_https_is_insisted_on_where_it_is_spoken(start_gateway: Start) -> None:
    gateway = await start_gateway(hsts_seconds=31536000)
    answer = await gateway.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await (await start_gateway()).get("/docs")).headers


async def test_only_hosts_that_are_served(start_gateway: Start, auth: Auth) -> None:
    """Health is told to whoever asks, whatever they call us."""
    gateway = await start_gateway(allowed_hosts="api.example.org")
    assert (await gateway.get("/healthz")).status_code == 200
    refused = await gateway.get("/v1/me", headers=auth.bearer())
    assert (refused.status_code, refused.json()["code"]) == (421, "misdirected")
    served_here = auth.bearer() | {"Host": "api.example.org:8000"}
    assert (await gateway.get("/v1/me", headers=served_here)).status_code == 404
