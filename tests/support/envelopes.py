"""Events as a consumer has read them, without Kafka."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from chassis.envelope import Envelope


def envelope(
    type_: str,
    workspace_id: UUID | None,
    version: int = 1,
    **data: Any,  # noqa: ANN401
) -> Envelope:
    """An event of `type_` whose payload is `data` and the version."""
    value = json.dumps(data | {"version": version}, default=str).encode()
    return Envelope(
        record=SimpleNamespace(value=value),
        id=uuid4(),
        type=type_,
        subject=str(data.get("id", "")),
        time=datetime.now(UTC),
        version=version,
        workspace_id=workspace_id,
        actor="system",
        traceparent=None,
        data=value,
    )
