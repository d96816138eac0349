"""What the worker of imports does with a job that it can't begin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.catalog.imports import repository, service
from services.catalog.imports.worker import ImportWorker


@asynccontextmanager
async def _nothing(*_: object) -> AsyncIterator[Any]:
    yield None


async def _none(*_: object) -> None:
    return None


@pytest.mark.parametrize("away", [False, True])
async def test_a_job_that_can_not_be_begun_ends_unless_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Tried again and again, it would keep all others waiting; what passes is tried again."""
    job = SimpleNamespace(requested_by=uuid4(), id=uuid4(), rows_read=0)
    ended: list[UUID] = []

    async def lease(*_: object) -> Any:  # noqa: ANN401 - whatever a job has to have here
        return job

    async def fail(import_id: UUID, *_: object) -> None:
        ended.append(import_id)

    def form_of(_: object) -> None:
        raise ConnectionError("away") if away else TypeError("no such form")

    monkeypatch.setattr(service, "lease", lease)
    monkeypatch.setattr(service, "begin", lambda *_: None)
    monkeypatch.setattr(service, "form_of", form_of)
    monkeypatch.setattr(repository, "part", _none)
    worker = ImportWorker(SimpleNamespace(tenant=_nothing), timedelta(seconds=9))  # type: ignore[arg-type] # all that is asked of it
    monkeypatch.setattr(worker, "_fail", fail)
    if away:
        with pytest.raises(ConnectionError):
            await worker._begin(job.id, uuid4())
    else:
        await worker._begin(job.id, uuid4())
    assert ended == ([] if away else [job.id])
