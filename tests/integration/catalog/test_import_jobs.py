"""What catalog does with an import as a whole, beside what others do with it at that moment."""

import asyncio
import contextlib
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.catalog.imports_rig import JOB, Stage
from support.import_rows import rows

from services.catalog.imports import service
from services.catalog.imports.files import Chunk, Reading, form_of
from services.catalog.imports.schemas import ImportRequest
from services.catalog.imports.stage import Applied


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_chunk_under_way_keeps_nobody_from_its_job(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    """An earlier chunk comes back meanwhile, and is counted; were the job cancelled, nothing of the
    chunk at hand would stay."""
    job_id, worker = uuid4(), uuid4()
    await stage.connection.execute(JOB, job_id, stage.workspace_id)
    await stage.connection.execute(
        "UPDATE imports SET state = 'running', kind = 'items', create_missing = true, key_field = "
        "NULL, dry_run = false, leased_by = $2, chunks_prepared = 1, ignored_columns = '[]' "
        "WHERE id = $1",
        *(job_id, worker),
    )
    await stage.connection.execute(
        "INSERT INTO import_chunks VALUES ($1, $2, 1, 7, NULL, true, false)",
        *(stage.workspace_id, job_id),
    )
    do = service.apply

    async def meanwhile(*given: Any) -> Applied:  # noqa: ANN401
        applied = await do(*given)
        async with asyncio.timeout(40), stage.database.tenant(stage.workspace_id) as session:
            if cancelled:
                await service.cancel(session, job_id, None)
            else:
                await service.come_back(session, job_id, 1, by="loans", tallies={}, faults=[])
        return applied

    monkeypatch.setattr(service, "apply", meanwhile)
    chunk = Chunk(rows=rows({"name": "Tent"}), cells={2: ["Tent"]})
    with pytest.raises(service.OvertakenError) if cancelled else contextlib.nullcontext():
        async with stage.database.tenant(stage.workspace_id) as session:
            job = await service.lease(session, job_id, worker, locked=False)
            assert job is not None
            await service.prepare(session, job, worker, chunk)
    [kept] = await stage.see("imports")
    counts = (kept["chunks_prepared"], kept["chunks_applied"], kept["rows_applied"])
    assert counts == ((1, 0, 0) if cancelled else (2, 1, 7))
    assert len(await stage.see("items")) == (0 if cancelled else 1)


async def test_files_that_come_at_once_are_no_more_than_may_wait(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not committed yet counts as well: whoever comes later waits for it."""
    monkeypatch.setattr(service, "MOST_UNFINISHED", 1)
    wanted = ImportRequest(kind="borrowers")
    content = b"name\nAda\n"
    form = form_of(io.BytesIO(content), most_unpacked=len(content))
    columns = Reading(io.BytesIO(content), form, wanted.wanted(None)).columns

    async def hand_in() -> UUID:
        async with stage.database.tenant(stage.workspace_id) as session:
            job = await service.request(
                session,
                wanted,
                requested_by=uuid4(),
                file=io.BytesIO(content),
                name="people.csv",
                form=form,
                columns=columns,
                wanted=wanted.wanted(None),
            )
            await asyncio.sleep(0.3)
            return job.id

    came = await asyncio.gather(hand_in(), hand_in(), hand_in(), return_exceptions=True)
    refused = [each for each in came if isinstance(each, service.TooMany)]
    assert len(refused) == 2, came
    [taken] = [each for each in came if isinstance(each, UUID)]
    async with stage.database.tenant(stage.workspace_id) as session:
        await service.cancel(session, taken, None, force=True)
