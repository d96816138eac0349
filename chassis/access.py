"""Which scope every route asks for, declared in the service's OpenAPI document.

It is read off the route's own dependencies, the ones that enforce it: a route that asks for a
`Viewer` and changes something is documented with the scope `write`, and so on. A route without any
of them is public.
"""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from chassis import requests
from chassis.identity import AccessScope
from chassis.requests import SAFE_METHODS

BEARER = "bearer"
#: What no access token reaches: the caller has to have signed in.
SESSION = "session"

_BY_METHOD = {requests.viewer, requests.overseer, requests.member, requests.user_id_of}
_ADMIN = {requests.admin, requests.owner}


def scope_of_route(route: APIRoute) -> str | None:
    """The scope that a route asks for; None for a public one."""
    calls = calls_of(route)
    if requests.signed_in_user_id_of in calls:
        return SESSION
    if not calls.isdisjoint(_ADMIN):
        return AccessScope.ADMIN.value
    if not calls.isdisjoint(_BY_METHOD):
        safe = route.methods is not None and route.methods <= SAFE_METHODS
        return (AccessScope.READ if safe else AccessScope.WRITE).value
    return None


def calls_of(route: APIRoute) -> set[object]:
    """All that a route depends on, at whatever depth."""
    return set(_calls(route.dependant))


def declare(route: APIRoute) -> None:
    """Say in the route's OpenAPI operation which scope it asks for."""
    scope = scope_of_route(route)
    security = [] if scope is None else [{BEARER: [scope]}]
    route.openapi_extra = {"security": security} | (route.openapi_extra or {})


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
