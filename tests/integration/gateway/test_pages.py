"""What the gateway answers itself."""

import re
from contextlib import AsyncExitStack

import httpx
from integration.gateway.rig import Echo, Start, served
from support.waiting import eventually

SERVICES = ("catalog", "inventory", "loans", "notify", "analytics")


async def _whole_platform(
    stack: AsyncExitStack, start_gateway: Start, echoes: dict[str, Echo]
) -> httpx.AsyncClient:
    urls = {
        f"{name}_url": await stack.enter_async_context(served(echo))
        for name, echo in echoes.items()
    }
    return await start_gateway(**urls)


async def test_ready_only_when_every_service_is(start_gateway: Start) -> None:
    echoes = {name: Echo() for name in SERVICES}
    async with AsyncExitStack() as stack:
        gateway = await _whole_platform(stack, start_gateway, echoes)

        async def ready() -> bool:
            answer = await gateway.get("/readyz")
            document = answer.json()
            assert answer.status_code == (200 if document["ready"] else 503)
            return bool(document["ready"])

        await eventually(ready)
        echoes["loans"].ready = False

        async def loans_is_not() -> bool:
            checks = (await gateway.get("/readyz")).json()["checks"]
            return {name for name, holds in checks.items() if not holds} == {"loans"}

        await eventually(loans_is_not)


async def test_alive_whatever_the_services_do(start_gateway: Start) -> None:
    gateway = await start_gateway()
    assert (await gateway.get("/healthz")).status_code == 200
    ready = await gateway.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["catalog"] is False


async def test_one_document_of_all_services(start_gateway: Start) -> None:
    """Of a gateway whose services are all away, too."""
    gateway = await start_gateway()
    answer = await gateway.get("/openapi.json")
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/v1/auth/login"]["post"]["security"] == []
    assert document["paths"]["/v1/me"]["get"]["security"] == [{"bearer": ["read"]}]
    again = await gateway.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_the_topics_are_described_to_everyone(start_gateway: Start) -> None:
    """Without a token, from a gateway whose services are all away, and cacheable."""
    gateway = await start_gateway()
    answer = await gateway.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["asyncapi"] == "3.0.0"
    assert "warehouse.loans.loan.v1" in document["channels"]
    tag = answer.headers["etag"]
    again = await gateway.get("/asyncapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_page_needs_no_other_host(start_gateway: Start) -> None:
    gateway = await start_gateway()
    page = await gateway.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in page.text
    for part in page.text.split('"'):
        if part.startswith("/docs/"):
            assert (await gateway.get(part)).status_code == 200, part
    assert (await gateway.get("/", follow_redirects=True)).text == page.text
    assert (await gateway.post("/docs")).status_code == 405


async def test_pages_are_compressed_for_those_who_accept_it(start_gateway: Start) -> None:
    gateway = await start_gateway()
    for path in ("/openapi.json", "/docs/swagger-ui-bundle.js"):
        small = await gateway.get(path, headers={"Accept-Encoding": "gzip"})
        whole = await gateway.get(path, headers={"Accept-Encoding": "identity"})
        assert small.headers["content-encoding"] == "gzip"
        assert small.headers["vary"] == "Accept-Encoding"
        assert small.num_bytes_downloaded < len(whole.content) / 2
        assert small.content == whole.content


async def test_the_page_signs_in_by_itself(start_gateway: Start) -> None:
    """It has a form for e-mail and password, empty but where a demonstration fills it in; what was
    typed is sent by its script alone, to this host."""
    plain = (await (await start_gateway()).get("/docs")).text
    assert 'name="email" type="email" autocomplete="username" required value=""' in plain
    assert plain.count("<script src=") == plain.count("<script") == 3
    assert " on" not in re.sub(r'autocomplete="on"', "", plain)  # no inline handlers
    demo = (await (await start_gateway(docs_sign_in='demo@x.org:a"b:c')).get("/docs")).text
    assert 'value="demo@x.org"' in demo
    assert 'value="a&quot;b:c"' in demo
    assert "demo@x.org / a&quot;b:c" in demo


async def test_an_unknown_address_is_a_problem(start_gateway: Start) -> None:
    gateway = await start_gateway()
    for path in ("/asyncapi", "/v1/unknown", "/docs/unknown.js", "/internal/x"):
        answer = await gateway.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["instance"] == path
