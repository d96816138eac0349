"""`docs/permissions.md`: who may do what, as the tests read it.

`python -m support.permissions` (in `tests`) adds the rows that the table lacks, and guesses their
roles from the scopes: look at each.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.identity import AccessScope, MemberRole

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/permissions.md"
METHODS = ("get", "post", "put", "patch", "delete")
YES, NO, SELF, WITHIN, ALIKE = "✓", "✗", "self", "within", "-"
PUBLIC, SESSION = "public", "session"
_ROW = re.compile(r"\| `([A-Z]+) (\S+)` \| (.+) \|")


@dataclass(frozen=True)
class Row:
    """One operation: whether each role may, a member who is restricted to locations, and what a
    token takes to reach it."""

    method: str
    path: str
    roles: Mapping[MemberRole, str]
    restricted: str
    takes: str  # a scope, `session` or `public`

    def allows(self, role: MemberRole) -> bool:
        return self.roles[role] != NO

    def allows_token(self, scopes: frozenset[AccessScope]) -> bool:
        return self.takes == PUBLIC or self.takes in scopes


def rows() -> list[Row]:
    """The table, in its order."""
    found = []
    for method, path, cells in _ROW.findall(PAGE.read_text()):
        *roles, restricted, takes = (cell.strip() for cell in cells.split("|"))
        by_role = dict(zip(MemberRole, roles, strict=True))
        assert set(by_role.values()) <= {YES, NO, SELF}, (method, path)
        assert restricted in {YES, NO, WITHIN, ALIKE}, (method, path)
        assert takes in {*AccessScope, PUBLIC, SESSION}, (method, path)
        found.append(Row(method, path, by_role, restricted, takes))
    return found


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Service, method, path and operation of all that the contract has."""
    for file in sorted((ROOT / "contracts/openapi").glob("*.json")):
        for path, methods in json.loads(file.read_text())["paths"].items():
            for method, operation in methods.items():
                if method in METHODS:
                    yield file.stem, method.upper(), path, operation


def takes(operation: dict[str, Any]) -> str:
    """What the contract says that a token takes."""
    security = operation["security"]
    return security[0]["bearer"][0] if security else PUBLIC


def example(service: str, operation: dict[str, Any]) -> dict[str, Any] | None:
    """A body that fits, from the contract; None for an operation that takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    name = content["schema"]["$ref"].rpartition("/")[2]
    document = json.loads((ROOT / f"contracts/openapi/{service}.json").read_text())
    found: dict[str, Any] = document["components"]["schemas"][name]["examples"][0]
    return found


def query_of(operation: Mapping[str, Any]) -> dict[str, str]:
    """The query parameters that a read can't do without, as their examples have them."""
    return {
        each["name"]: str(each["schema"]["examples"][0])
        for each in operation.get("parameters", ())
        if each["in"] == "query" and each.get("required") and each["schema"].get("examples")
    }


def file_of(operation: dict[str, Any]) -> bytes | None:
    """A file that fits, where the body may be any: the contract's example if it has one."""
    content = operation.get("requestBody", {}).get("content", {})
    kind = content.get("application/octet-stream")
    return None if kind is None else str(kind.get("example", "text")).encode()


def guessed(method: str, path: str, operation: dict[str, Any]) -> str:
    """A row to look at."""
    needed = takes(operation)
    lowest = {
        AccessScope.WRITE.value: MemberRole.MEMBER,
        AccessScope.ADMIN.value: MemberRole.ADMIN,
    }.get(needed, MemberRole.VIEWER)
    if "{workspace_id}" not in path:
        lowest = MemberRole.VIEWER
    cells = [YES if role.allows(lowest) else NO for role in MemberRole]
    cells += [YES if "{workspace_id}" in path and YES in cells[1] else ALIKE, needed]
    return f"| `{method} {path}` | {' | '.join(cells)} |"


def add(method: str, path: str, operation: dict[str, Any]) -> None:
    """A guessed row, among those of its section, by path."""
    lines = PAGE.read_text().split("\n")
    found = [(number, _ROW.fullmatch(line)) for number, line in enumerate(lines)]
    ours = [(n, row[2]) for n, row in found if row and _is_inside(row[2]) == _is_inside(path)]
    after = [n for n, other in ours if other <= path]
    lines.insert(max(after) + 1 if after else ours[0][0], guessed(method, path, operation))
    PAGE.write_text("\n".join(lines))


def _is_inside(path: str) -> bool:
    return path.startswith("/v1/workspaces/{workspace_id}/")


if __name__ == "__main__":
    known = {(row.method, row.path) for row in rows()}
    for _, method, path, operation in operations():
        if (method, path) not in known:
            add(method, path, operation)
            print(guessed(method, path, operation))
