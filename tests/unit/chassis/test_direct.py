"""The straight way of reads: the same answers as FastAPI's, and its own where anything differs."""

from typing import Annotated, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute

from chassis.direct import Direct, handler_of
from chassis.pages import Paging, paging
from chassis.unit_of_work import Handler, UnitOfWork

HERE = UUID(int=7)
asked: list[str] = []


class Noting(UnitOfWork):
    def around(self, handler: Handler) -> Handler:
        inner = super().around(handler)

        async def handle(request: Request) -> Response:
            asked.append(request.path_params["thing_id"])
            return await inner(request)

        return handle


async def shared(request: Request, thing_id: UUID) -> str:
    asked.append("shared")
    if thing_id.int == 0:
        raise LookupError
    return f"{request.method} {thing_id.int}"


async def dependent(one: Annotated[str, Depends(shared)]) -> str:
    asked.append("dependent")
    return one.lower()


async def get_thing(
    thing_id: UUID,
    first: Annotated[str, Depends(dependent)],
    second: Annotated[str, Depends(shared)],
    page: Annotated[Paging, Depends(paging)],
    kind: Literal["a", "b"] | None = None,
    words: Annotated[str, Query(alias="q", max_length=5)] = "none",
) -> Response:
    return Response(f"{thing_id.int} {first} {second} {page.limit} {kind} {words}")


async def get_other() -> Response:
    return Response("other")


async def get_document() -> dict[str, str]:
    return {}


async def get_listed(ids: Annotated[list[int], Query()]) -> Response:
    return Response(str(ids))


async def get_header(x_given: Annotated[str, Header()] = "") -> Response:
    return Response(x_given)


def plain(_request: Request) -> str:
    return "a thread's"


async def get_threaded(one: Annotated[str, Depends(plain)]) -> Response:
    return Response(one)


def make_router() -> APIRouter:
    router = APIRouter(prefix="/things", route_class=Noting)
    router.add_api_route("/other/{thing_id}", get_other, methods=["GET"])
    router.add_api_route("/{thing_id}/more", get_thing, methods=["GET"])
    router.add_api_route("/{thing_id}/more", get_other, methods=["PUT"])
    return router


def routes_of(router: APIRouter) -> list[APIRoute]:
    return [route for route in router.routes if isinstance(route, APIRoute)]


def make_app(*, direct: bool) -> FastAPI:
    app, router = FastAPI(), make_router()
    app.include_router(router)

    @app.exception_handler(LookupError)
    async def lost(_request: Request, _error: Exception) -> Response:
        return Response("lost", 404)

    if direct:

        async def never(*_: object) -> None:
            raise AssertionError("FastAPI's way")

        app.router.middleware_stack = Direct(never, routes_of(router))
    return app


async def ask(app: FastAPI, path: str, method: str = "GET") -> tuple[int, str, list[str]]:
    asked.clear()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)
    return answer.status_code, answer.text, [*asked]


@pytest.mark.parametrize(
    "path",
    [
        f"/things/{HERE}/more",
        f"/things/{HERE}/more?limit=3&q=x&kind=b",
        f"/things/{HERE}/more?q=",
        f"/things/{UUID(int=0)}/more",
        "/things/other/1",
        "/things/other/%20x",
    ],
)
async def test_it_answers_as_fastapi_does(path: str) -> None:
    """With the same calls, each made once, what is around them included."""
    expected = await ask(make_app(direct=False), path)
    assert await ask(make_app(direct=True), path) == expected
    assert expected[0] in {200, 404}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"/things/{HERE}/more"),
        ("GET", f"/things/{HERE}/more?limit=no"),
        ("GET", f"/things/{HERE}/more?kind=c"),
        ("GET", f"/things/{HERE}/more?q=too+long"),
        ("GET", "/things/x/more"),
        ("GET", "/nothing"),
    ],
)
async def test_what_is_not_ordinary_goes_fastapis_way_before_anything_is_called(
    method: str, path: str
) -> None:
    with pytest.raises(AssertionError, match="FastAPI's way"):
        await ask(make_app(direct=True), path, method)
    assert "shared" not in asked


@pytest.mark.parametrize("endpoint", [get_document, get_listed, get_header, get_threaded])
def test_a_route_that_needs_more_has_no_straight_way(endpoint: Handler) -> None:
    router = APIRouter(route_class=UnitOfWork)
    router.add_api_route("/known", get_other)
    router.add_api_route("/more", endpoint)
    assert [handler_of(route) is None for route in routes_of(router)] == [False, True]
