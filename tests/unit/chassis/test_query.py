"""Query parameters that a route does not know, or gets twice, are refused by name."""

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.routing import APIRoute

from chassis.direct import Direct
from chassis.pages import Paging, paging
from chassis.problems import Problem
from chassis.query import PREFIXES


async def get_straight(
    page: Annotated[Paging, Depends(paging)], q: Annotated[str, Query(alias="words")] = ""
) -> Response:
    return Response(f"{page.limit} {q}")


async def get_several(code: Annotated[list[str] | None, Query()] = None) -> Response:
    return Response(",".join(code or ()))


async def get_prefixed(request: Request) -> Response:
    return Response(str(request.query_params))


async def change(name: str = "") -> Response:
    return Response(name)


@pytest.fixture
async def client() -> httpx.AsyncClient:
    router = APIRouter()
    router.get("/straight")(get_straight)
    router.get("/several")(get_several)
    router.get("/prefixed", openapi_extra={PREFIXES: ["attribute."]})(get_prefixed)
    router.post("/change")(change)
    app = FastAPI()
    app.include_router(router)

    async def told(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return Response("; ".join(f"{e.field} {e.code}: {e.message}" for e in error.errors), 422)

    app.add_exception_handler(Problem, told)
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    app.router.middleware_stack = Direct(app.router.middleware_stack, routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("straight", "50 "),
        ("straight?limit=7&words=x&_=1699", "7 x"),
        ("several?code=a&code=b", "a,b"),
        ("prefixed?attribute.volt=18&attribute.volt=20", "attribute.volt=18&attribute.volt=20"),
    ],
)
async def test_what_a_route_knows_is_taken(
    client: httpx.AsyncClient, path: str, answer: str
) -> None:
    async with client:
        assert (await client.get(f"/{path}")).text == answer


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        (
            *("GET", "straight?limti=7"),
            "limti unknown: There is no such query parameter here; there are cursor, limit, words.",
        ),
        (
            "GET",
            "straight?limit=7&limit=8",
            "limit repeated: It is given more than once; give it once.",
        ),
        (
            "GET",
            "straight?q=x",
            "q unknown: There is no such query parameter here; there are cursor, limit, words.",
        ),
        (
            "GET",
            "prefixed?attribut.volt=1",
            "attribut.volt unknown: There is no such query parameter here; there are none.",
        ),
        (
            "POST",
            "change?nmae=x",
            "nmae unknown: There is no such query parameter here; there are name.",
        ),
    ],
)
async def test_what_a_route_does_not_know_is_refused_by_name(
    client: httpx.AsyncClient, method: str, path: str, told: str
) -> None:
    async with client:
        answer = await client.request(method, f"/{path}")
        assert (answer.status_code, answer.text) == (422, told)


async def test_an_answer_is_no_hundred_times_what_was_asked(client: httpx.AsyncClient) -> None:
    async with client:
        many = "&".join(f"x{n}=" for n in range(2000))
        answer = await client.get(f"/straight?{many}")
        assert (answer.status_code, answer.text.count("unknown")) == (422, 20)
