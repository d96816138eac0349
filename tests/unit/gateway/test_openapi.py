"""The merged document."""

from typing import Any

import pytest

from gateway.openapi import merge
from gateway.routing import ServiceName

CATALOG, LOANS, AUTH = ServiceName.CATALOG, ServiceName.LOANS, ServiceName.AUTH
W = "/v1/workspaces/{workspace_id}"


def document(paths: dict[str, Any], **schemas: object) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {}, "paths": paths, "components": {"schemas": schemas}}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def operation(name: str, **more: object) -> dict[str, Any]:
    content = {"application/json": {"schema": reference(name)}}
    return {"responses": {"200": {"description": "", "content": content}}, **more}


def schema_of(merged: dict[str, Any], path: str) -> str:
    content = merged["paths"][path]["get"]["responses"]["200"]["content"]
    return str(content["application/json"]["schema"]["$ref"]).rsplit("/", 1)[1]


def test_the_same_schema_of_two_services_is_one() -> None:
    error = {"type": "object", "title": "ValidationError"}
    merged = merge(
        {CATALOG: document({}, ValidationError=error), LOANS: document({}, ValidationError=error)},
        version="1",
    )
    assert merged["components"]["schemas"]["ValidationError"] == error


def test_one_name_for_two_things_gets_the_services_in_front() -> None:
    merged = merge(
        {
            CATALOG: document({f"{W}/items": {"get": operation("Row")}}, Row={"title": "an item"}),
            LOANS: document({f"{W}/loans": {"get": operation("Row")}}, Row={"title": "a loan"}),
        },
        version="1",
    )
    schemas = merged["components"]["schemas"]
    assert "Row" not in schemas
    assert schemas[schema_of(merged, f"{W}/items")] == {"title": "an item"}
    assert schemas[schema_of(merged, f"{W}/loans")] == {"title": "a loan"}


def test_equal_schemas_that_refer_to_different_things_are_different() -> None:
    page = {"properties": {"items": {"type": "array", "items": reference("Row")}}}
    merged = merge(
        {
            CATALOG: document({f"{W}/items": {"get": operation("Page")}}, Page=page, Row={"a": 1}),
            LOANS: document({f"{W}/loans": {"get": operation("Page")}}, Page=page, Row={"a": 2}),
        },
        version="1",
    )
    schemas = merged["components"]["schemas"]
    assert schema_of(merged, f"{W}/loans") == "LoansPage"
    assert schemas["LoansPage"]["properties"]["items"]["items"] == reference("LoansRow")
    assert schemas["CatalogPage"]["properties"]["items"]["items"] == reference("CatalogRow")


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/internal/memberships/{a}/{b}", "/openapi.json"]
)
def test_only_what_clients_reach_is_in_it(path: str) -> None:
    merged = merge({CATALOG: document({path: {"get": operation("X")}})}, version="1")
    assert merged["paths"] == {}


def test_operations_say_whether_they_need_a_token() -> None:
    merged = merge(
        {
            AUTH: document(
                {
                    "/v1/auth/login": {"post": operation("X", security=[])},
                    "/v1/me": {"get": operation("X", security=[{"bearer": ["read"]}])},
                }
            ),
            CATALOG: document({f"{W}/items": {"get": operation("X")}}),
        },
        version="1",
    )
    assert merged["paths"]["/v1/auth/login"]["post"]["security"] == []
    me = merged["paths"]["/v1/me"]["get"]
    assert me["security"] == [{"bearer": ["read"]}]
    assert {"401"} == {status for status in me["responses"] if status[0] == "4"}
    items = merged["paths"][f"{W}/items"]["get"]
    assert {"401", "404"} == {status for status in items["responses"] if status[0] == "4"}
    assert merged["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_tags_name_service_and_domain() -> None:
    paths = {
        f"{W}/items": {"get": operation("X", tags=["items"])},
        f"{W}/labels": {"get": operation("X")},
    }
    merged = merge({CATALOG: document(paths)}, version="1")
    assert merged["paths"][f"{W}/items"]["get"]["tags"] == ["catalog/items"]
    assert [tag["name"] for tag in merged["tags"]] == ["catalog", "catalog/items"]


def test_the_identity_header_is_not_the_clients_business() -> None:
    parameters = [
        {"name": "X-Warehouse-Identity", "in": "header"},
        {"name": "limit", "in": "query"},
    ]
    paths = {f"{W}/items": {"get": operation("X", parameters=parameters)}}
    merged = merge({CATALOG: document(paths)}, version="1")
    assert merged["paths"][f"{W}/items"]["get"]["parameters"] == [parameters[1]]


def test_operation_ids_are_distinct() -> None:
    merged = merge(
        {
            CATALOG: document({f"{W}/items": {"get": operation("X", operationId="list")}}),
            LOANS: document({f"{W}/loans": {"get": operation("X", operationId="list")}}),
        },
        version="1",
    )
    ids = [item["get"]["operationId"] for item in merged["paths"].values()]
    assert len(set(ids)) == 2
