"""Examples in a service's OpenAPI document, composed of its schemas.

A field's own example (`Field(examples=[...])`) comes first, then what its schema says by itself (a
constant, a default, the first of an enumeration, a format), then what fields of its name hold all
over Warehouse. A contract test wants one for every body, and wants it to fit.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_REFERENCE = "#/components/schemas/"

_ID = "019cad94-5b77-7c19-8e60-d4f2b6a81c07"
_TIME = "2026-03-02T08:05:00Z"
_FORMATS: dict[str, str] = {
    "uuid": _ID,
    "date-time": _TIME,
    "date": "2026-03-02",
    "email": "ada@example.org",
    "uri": "https://example.org/",
}
#: What fields of a name hold, whatever the schema.
BY_NAME: dict[str, Any] = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
    "actor": _ID,
    "actor_name": "Ada Lovelace",
    "alg": "EdDSA",
    "attributes": {"voltage": 18, "case": "blue"},
    "authorization_url": "https://accounts.example.org/authorize?client_id=warehouse&state=b7f3",
    "barcode": "0088381696722",
    "body": {"name": "Cordless drill"},
    "borrower_name": "Grace Hopper",
    "brand": "Makita",
    "category_name": "Tools",
    "code": "insufficient-stock",
    "color": "#1F7A4D",
    "condition": "good",
    "container_name": "Blue box",
    "count": 3,
    "crv": "Ed25519",
    "currency": "EUR",
    "current_password": "correct horse battery staple",
    "date_format": "YYYY-MM-DD",
    "description": "18 V, with two batteries and a charger.",
    "detail": "Fewer are free than you asked for.",
    "device": "Firefox on Linux",
    "due_at": "2030-01-15T12:00:00Z",
    "email": "ada@example.org",
    "entity_name": "Cordless drill",
    "expires_at": "2030-01-15T12:00:00Z",
    "expires_in": 600,
    "external_id": "inv-0042",
    "field": "name",
    "from": "Drill",
    "from_container_name": "Blue box",
    "from_location_name": "Workshop",
    "full_name": "Ada Lovelace",
    "id": "google",
    "if_match": '"3"',
    "inviter_name": "Ada Lovelace",
    "ip": "192.0.2.7",
    "iss": "https://accounts.example.org",
    "item_name": "Cordless drill",
    "item_sku": "DRILL-18V",
    "kid": "2026-11",
    "kty": "OKP",
    "language": "en",
    "link": f"/v1/workspaces/{_ID}/items/{_ID}",
    "location_name": "Workshop",
    "lot": "2026-11",
    "manufacturer": "Makita",
    "message": "Something is wrong with this field, and this is what is allowed.",
    "method": "PATCH",
    "model": "DHP484",
    "name": "Cordless drill",
    "new_password": "a long enough passphrase",
    "next_cursor": None,
    "notes": "Ask at the desk for the charger.",
    "outcome": None,
    "password": "correct horse battery staple",
    "path": f"/v1/workspaces/{_ID}/items/{_ID}",
    "phone": "+372 5555 0123",
    "provider": "google",
    "purchased_from_name": "Toolshop Ltd",
    "query": "",
    "reason": "Counted again",
    "recovery_codes": "k7qw-2m9p-x4td",
    "refresh_token": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "requester_name": "Grace Hopper",
    "secret": "JBSWY3DPEHPK3PXP",
    "serial_number": "SN-20417",
    "short_code": "K7QX2M",
    "sku": "DRILL-18V",
    "slug": "maker-club",
    "state": "b7f3xk2m9pq4tdw8",
    "status": "available",
    "summary": "Archive the item Cordless drill",
    "theme": "system",
    "time_format": "24h",
    "timezone": "Europe/Tallinn",
    "title": "Running low",
    "to": "Cordless drill",
    "to_container_name": "Blue box",
    "to_location_name": "Workshop",
    "token": "4hVJ0nq2Jm8mXkq0mHq3ZrJv1c2d3e4f5g6h7i8j9k0",
    "type": "warehouse.catalog.item.updated",
    "uri": "otpauth://totp/Warehouse:ada%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Warehouse",
    "use": "sig",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "version": 1,
    "warranty_details": "Three years, by the maker.",
    "website": "https://toolshop.example/",
    "workspace_name": "Maker club",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}


class NoExampleError(LookupError):
    """Text of a name that nobody gave an example for; the message says where."""


def example(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:  # noqa: ANN401
    """A value that fits `schema`, of a field called `name`; raises `NoExampleError`."""
    given = _given(schema)
    return given[0] if given else _composed(schema, schemas, name)


def _composed(schema: Schema, schemas: Mapping[str, Schema], name: str) -> Any:  # noqa: ANN401
    match schema:
        case {"$ref": reference}:
            return example(schemas[reference.removeprefix(_REFERENCE)], schemas, name)
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            return example(first, schemas, name)
        case {"properties": _}:
            return _of_fields(schema, schemas)
        case {"type": "array", "items": items}:
            return [example(items, schemas, name)]
        case {"format": "uuid"}:
            return _ID
    return BY_NAME[name] if name in BY_NAME else _by_type(schema, name)


def _given(schema: Schema) -> list[Any]:
    """What the schema itself gives."""
    said = [schema[key] for key in ("const", "default") if schema.get(key) is not None]
    return [*schema.get("examples", ()), *said, *schema.get("enum", ())[:1]]


def _by_type(schema: Schema, name: str) -> Any:  # noqa: ANN401
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    of_types = {"object": {}, "boolean": False, "integer": 1, "number": 1, "null": None}
    kind = schema.get("type")
    if kind not in of_types:
        raise NoExampleError(f"the field {name!r}: give it `Field(examples=[...])`")
    return max(1, schema["minimum"]) if "minimum" in schema else of_types[kind]


def _of_fields(schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The example of an object. One that is sent (no unknown field is allowed in it) leaves out
    the ids that it may: nobody has the thing that they would name."""
    required = set(schema.get("required", ()))
    sent = schema.get("additionalProperties") is False
    found: dict[str, Any] = {}
    for field, part in schema["properties"].items():
        if sent and field not in required and _is_id(part):
            continue
        try:
            found[field] = example(part, schemas, field)
        except NoExampleError as error:
            raise NoExampleError(f"{schema.get('title', '')}: {error}") from None
    return found


def _is_id(schema: Schema) -> bool:
    options = schema.get("anyOf", (schema,))
    return any(option.get("format") == "uuid" for option in options)
