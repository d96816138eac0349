"""What the services say of their HTTP APIs: the committed `contracts/openapi/`, which is beside the
packages in a checkout and in the image."""

import json
from pathlib import Path
from typing import Any

from gateway.routing import ServiceName

_ROOTS = (Path(__file__).resolve().parents[1], Path.cwd())
_FOLDER = Path("contracts") / "openapi"


def read(folder: Path | None = None) -> dict[ServiceName, dict[str, Any]]:
    """Every service's document, from `folder` or from where they usually are; raises
    `FileNotFoundError` where one is missing."""
    chosen = folder or _found()
    return {
        service: json.loads((chosen / f"{service}.json").read_text(encoding="utf-8"))
        for service in ServiceName
    }


def _found() -> Path:
    for root in _ROOTS:
        if (root / _FOLDER).is_dir():
            return root / _FOLDER
    raise FileNotFoundError(
        f"{_FOLDER} is neither beside the packages nor in this folder; name it by GATEWAY_CONTRACTS"
    )
