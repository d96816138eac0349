"""What the committed OpenAPI documents promise of every route."""

import json
from pathlib import Path

# They repeat harmlessly, or must not be repeated from memory: their answers are secrets.
WITHOUT = {"/v1/auth/login", "/v1/auth/refresh", "/v1/auth/logout", "/v1/me/password"}


def test_every_post_takes_an_idempotency_key_and_says_so(repository: Path) -> None:
    silent = set()
    for file in sorted((repository / "contracts/openapi").glob("*.json")):
        for path, operations in json.loads(file.read_text())["paths"].items():
            named = {one["name"] for one in operations.get("post", {}).get("parameters", ())}
            if "post" in operations and "Idempotency-Key" not in named:
                silent.add(path)
    assert silent == WITHOUT
