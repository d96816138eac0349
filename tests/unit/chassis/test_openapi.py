"""What a service's OpenAPI document says of a route that says nothing of it by itself."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.access import declare
from chassis.examples import NoExampleError, example
from chassis.fields import RequestBody
from chassis.openapi import DocumentedApp
from chassis.requests import ExpectedVersion, Member

router = APIRouter()


class ThingCreate(RequestBody):
    name: str
    shelf_id: UUID | None = None
    colour: str = Field(examples=["green"])


class ThingOut(BaseModel):
    id: UUID
    name: str
    parts: list[str] = Field(examples=[["lid"]])


class Odd(BaseModel):
    zyzzyva: str


@router.put(
    "/v1/workspaces/{workspace_id}/things/{thing_id}",
    responses={409: {"description": "It is broken."}},
)
async def put_thing(
    thing_id: UUID, body: ThingCreate, tenant: Member, version: ExpectedVersion
) -> ThingOut:
    raise NotImplementedError


@router.post("/v1/public")
async def go_in(body: ThingCreate) -> Odd:
    raise NotImplementedError


@router.get("/v1/public")
async def look() -> None:
    raise NotImplementedError


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    routes = [route for route in router.routes if hasattr(route, "dependant")]
    for route in routes:
        declare(route)
    app = DocumentedApp(routes_told=routes, title="Test")
    app.include_router(router)
    return app.openapi()


def test_errors_follow_from_what_a_route_asks_for(document: dict[str, Any]) -> None:
    """A role: 401 and 403; an id: 404; a version: 412; a body: 413 and 415; a change: 409."""
    of_thing = document["paths"]["/v1/workspaces/{workspace_id}/things/{thing_id}"]["put"]
    always = {"400", "414", "422", "429", "503"}
    expected = always | {"200", "401", "403", "404", "409", "412", "413", "415"}
    assert set(of_thing["responses"]) == expected
    public = document["paths"]["/v1/public"]
    assert set(public["get"]["responses"]) == always | {"200"}
    assert {"401", "403", "409"} <= set(public["post"]["responses"])


def test_an_error_that_a_route_tells_of_by_itself_is_a_problem_document(
    document: dict[str, Any],
) -> None:
    of_thing = document["paths"]["/v1/workspaces/{workspace_id}/things/{thing_id}"]["put"]
    told = of_thing["responses"]["409"]
    assert told["description"] == "It is broken."
    assert told["content"]["application/problem+json"]["example"]["status"] == 409


def test_bodies_have_examples_of_their_fields(document: dict[str, Any]) -> None:
    """A field's own, else what fields of its name hold; an id that may be left out is."""
    schemas = document["components"]["schemas"]
    assert schemas["ThingCreate"]["examples"] == [{"name": "Cordless drill", "colour": "green"}]
    [out] = schemas["ThingOut"]["examples"]
    assert (UUID(out["id"]).version, out["parts"]) == (7, ["lid"])


def test_a_field_without_an_example_is_named_and_spoils_nothing(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "examples" not in schemas["Odd"]
    with pytest.raises(NoExampleError, match="Odd: the field 'zyzzyva'"):
        example(schemas["Odd"], schemas)
