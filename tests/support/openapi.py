"""The committed OpenAPI documents, operation by operation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

OPENAPI = Path(__file__).resolve().parents[2] / "contracts/openapi"
METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """One method of one path; `scope` is what it asks of a caller, None of a public one."""

    service: str
    method: str
    path: str
    document: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scope(self) -> str | None:
        security = self.document["security"]
        if not security:
            return None
        [requirement] = security
        [scope] = requirement["bearer"]
        return str(scope)


def operations(service: str = "*") -> Iterator[Operation]:
    """All operations of a service, or of all of them."""
    for file in sorted(OPENAPI.glob(f"{service}.json")):
        for path, methods in json.loads(file.read_text())["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield Operation(file.stem, method.upper(), path, methods[method])
