"""The worker of imports, where files are worse than anybody thought of."""

from datetime import timedelta
from unittest.mock import AsyncMock, MagicMock
from uuid import uuid4

import pytest

from chassis.database import Database
from services.catalog.imports import worker
from services.catalog.imports.worker import ImportWorker


async def test_a_file_that_can_not_be_read_ends_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised: the job would be taken up again for ever, and keep those behind it."""
    reading, fail = MagicMock(), AsyncMock()
    reading.chunk.side_effect = MemoryError
    working = ImportWorker(MagicMock(spec=Database), timedelta(seconds=30))
    monkeypatch.setattr(working, "_fail", fail)
    job = worker._Open(uuid4(), uuid4(), reading)
    await working._go_on(job)
    fail.assert_awaited_once()
    assert fail.await_args is not None
    assert fail.await_args.args[:2] == (job.id, job.workspace_id)
