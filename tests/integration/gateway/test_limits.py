"""How much one caller may ask, as they see it."""

from uuid import uuid4

import httpx
from integration.gateway.rig import Auth, Echo, Start, served


async def test_over_the_limit_is_429_that_says_when_to_come_back(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog, rate_limits="reads=0.01/2")
        headers = auth.bearer()
        passed = [await gateway.get(auth.path(), headers=headers) for _ in range(2)]
        assert [one.headers["ratelimit"] for one in passed] == [
            '"reads";r=1;t=100',
            '"reads";r=0;t=200',
        ]
        refused = await gateway.get(auth.path(), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert 90 < int(refused.headers["retry-after"]) <= 100
        assert refused.headers["ratelimit-policy"] == '"reads";q=2;w=200'
        # Neither other classes nor other people are held up.
        assert (await gateway.post(auth.path(), headers=headers)).status_code == 200
        auth.user = str(uuid4())
        auth.roles[auth.workspace, auth.user] = "member"
        assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 200
    assert len(echo.seen) == 4


async def test_attempts_count_against_their_address(start_gateway: Start, auth: Auth) -> None:
    """Whether they try a password or make up a token; good tokens of that address still pass."""
    gateway = await start_gateway(rate_limits="login=0.01/2")
    made_up = {"Authorization": "Bearer made-up"}
    assert (await gateway.post("/v1/auth/login", json={})).status_code == 200
    assert (await gateway.get("/v1/me", headers=made_up)).status_code == 401
    assert (await gateway.get("/v1/me", headers=made_up)).status_code == 429
    assert (await gateway.post("/v1/auth/login", json={})).status_code == 429
    assert (await gateway.get("/v1/me", headers=auth.bearer())).status_code == 404
    assert (await gateway.get("/v1/me")).status_code == 401
    assert len(auth.identities) == 1


async def test_what_is_refused_counts_as_well(start_gateway: Start, auth: Auth) -> None:
    """Workspaces that one is no member of each cost auth a question."""
    gateway = await start_gateway(rate_limits="reads=0.01/2")
    headers = auth.bearer()
    answers = [
        await gateway.get(f"/v1/workspaces/{uuid4()}/items", headers=headers) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    assert auth.lookups == 2


async def test_a_trusted_proxy_says_whom_it_speaks_for(start_gateway: Start) -> None:
    gateway = await start_gateway(trusted_proxies="127.0.0.0/8, ::1/128", rate_limits="login=1/1")

    async def login(forwarded: str) -> httpx.Response:
        headers = {"X-Forwarded-For": forwarded}
        return await gateway.post("/v1/auth/login", json={}, headers=headers)

    assert (await login("1.1.1.1, 192.0.2.1")).json() == {"address": "192.0.2.1"}
    assert (await login("2.2.2.2, 192.0.2.1")).status_code == 429
    assert (await login("192.0.2.2")).json() == {"address": "192.0.2.2"}


async def test_nobody_else_does(start_gateway: Start) -> None:
    gateway = await start_gateway(trusted_proxies="10.0.0.0/8")
    answer = await gateway.post(
        "/v1/auth/login", json={}, headers={"X-Forwarded-For": "192.0.2.1", "X_Forwarded_For": "x"}
    )
    assert answer.json() == {"address": "127.0.0.1"}


async def test_no_limits_no_fields(start_gateway: Start, auth: Auth) -> None:
    gateway = await start_gateway(rate_limits="off")
    answer = await gateway.get("/v1/me", headers=auth.bearer())
    assert "ratelimit" not in answer.headers
