"""What every service's bodies and queries take for a time, a date and a truth."""

import pkgutil
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel, TypeAdapter, ValidationError

import services
from chassis.fields import RequestBody
from services.catalog.attachments.schemas import AttachmentUpload
from services.catalog.batches.schemas import BatchIn
from services.inventory.batches.schemas import EntryBatchIn


def modules(name: str) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(services.__path__, "services."):
        if found.name.endswith(f".{name}"):
            yield import_module(found.name)


def bodies(of: type[BaseModel] = RequestBody) -> Iterator[type[BaseModel]]:
    for one in of.__subclasses__():
        if one.__module__.startswith("services."):
            yield one
        yield from bodies(one)


@pytest.fixture(scope="module")
def fields() -> dict[str, TypeAdapter[object]]:
    """Every field of a body that a client sends as JSON."""
    assert len(list(modules("schemas"))) > 20
    return {
        f"{body.__name__}.{name}": TypeAdapter(Annotated[field.annotation, *field.metadata, name])
        for body in (*bodies(), BatchIn, EntryBatchIn)
        if body is not AttachmentUpload  # which comes in a query or a form, as text
        for name, field in body.model_fields.items()
    }


def read(field: TypeAdapter[object], value: object) -> object:
    try:
        return field.validate_python(value)
    except ValidationError:
        return None


@pytest.mark.parametrize("value", [2026, 0, -1.5, "2026", "0", "1764140000", "2026-11-30 "])
def test_no_field_takes_a_number_for_a_time(
    fields: dict[str, TypeAdapter[object]], value: object
) -> None:
    """Nor one in quotes: times and dates are written as RFC 3339 has them."""
    assert [name for name, field in fields.items() if isinstance(read(field, value), date)] == []


def test_fields_take_times_as_they_are_documented(
    fields: dict[str, TypeAdapter[object]],
) -> None:
    assert isinstance(read(fields["LoanExtend.due_at"], "2026-11-30T12:00:00.5+02:00"), date)
    assert isinstance(read(fields["EntryCreate.date_acquired"], "2026-11-30"), date)
    assert read(fields["EntryCreate.date_acquired"], "2026-11-31") is None


@pytest.mark.parametrize("value", ["yes", "true", "off", 1, 0])
def test_no_field_takes_anything_else_for_true_or_false(
    fields: dict[str, TypeAdapter[object]], value: object
) -> None:
    read_as = {name: read(field, value) for name, field in fields.items()}
    assert [name for name, found in read_as.items() if isinstance(found, bool)] == []


def test_no_query_takes_a_number_for_a_time() -> None:
    lax, times = set(), 0
    for module in modules("routes"):
        for route in routes_of(module):
            for field in parameters(route.dependant):
                times += isinstance(field.validate("2026-11-30T12:00:00Z")[0], date)
                if isinstance(field.validate("2026")[0], date):
                    lax.add(f"{route.path} {field.alias}")
    assert lax == set()
    assert times > 10


def routes_of(module: ModuleType) -> Iterator[APIRoute]:
    for router in vars(module).values():
        if isinstance(router, APIRouter):
            yield from (route for route in router.routes if isinstance(route, APIRoute))


def parameters(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for one in dependant.dependencies:
        yield from parameters(one)
