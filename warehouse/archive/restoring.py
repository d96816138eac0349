"""An archive into a workspace, over the public API."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from warehouse.archive import catalog, comparing, finishing, inventory, lending
from warehouse.archive.api import FileClient
from warehouse.archive.kinds import NOT_RESTORED
from warehouse.archive.loading import Reader
from warehouse.archive.making import Maker, Report
from warehouse.archive.progress import Progress
from warehouse.archive.staging import Staging
from warehouse.errors import OperatorError
from warehouse.importing.client import RefusedError
from warehouse.importing.workspaces import choose

_REMEMBERED = timedelta(hours=23)  # what was sent twice is known for 24 hours


@dataclass
class Restore:
    """One restore of an archive that `staging` holds, checked."""

    client: FileClient
    reader: Reader
    staging: Staging
    progress: Progress
    jobs: int = 12
    workspace_id: str = ""

    async def run(self, *, name: str | None, into: str | None) -> Report:
        """Make everything again in a new workspace, or go on in one that a restore of the same
        archive began."""
        workspace = await (self._go_on(into) if into else self._begin(name))
        self.workspace_id = workspace["id"]
        self.staging.note_id(self.reader.manifest.workspace.id, self.workspace_id)
        me = await self.client.get("/v1/me")
        maker = Maker(
            client=self.client,
            workspace_id=self.workspace_id,
            user_id=me["id"],
            reader=self.reader,
            staging=self.staging,
            progress=self.progress,
            jobs=self.jobs,
        )
        self.report = maker.report
        for part in (catalog, inventory, lending, finishing):
            await part.restore(maker)
        for kind in sorted(NOT_RESTORED):
            if count := self.staging.count(kind):
                self.report.told[f"{kind}: kept in the archive alone"] += count
        settings = self.reader.manifest.workspace.settings
        if settings != workspace["settings"]:
            await self.client.call(
                "PATCH", f"/v1/workspaces/{self.workspace_id}", {"settings": settings}
            )
        return self.report

    async def verify(self) -> list[comparing.Difference]:
        """Export what was restored and compare; what differs, besides what was told."""
        return await comparing.verify(
            self.client, self.workspace_id, self.reader.manifest, self.staging, self.progress
        )

    async def _begin(self, name: str | None) -> dict[str, Any]:
        old = self.reader.manifest.workspace
        body: dict[str, Any] = {
            "name": name or old.name,
            "description": old.description,
            "currency": old.currency,
            "timezone": old.timezone,
        }
        key = secrets.token_hex()
        if name is None:
            try:
                return await self._make({**body, "slug": old.slug}, key)
            except RefusedError as refused:
                if "slug" not in {field for field, _, _ in refused.errors}:
                    raise
        return await self._make(body, f"{key}-other-slug")

    async def _make(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        made: dict[str, Any] = (await self.client.post("/v1/workspaces", body, key=key)).body
        return made

    async def _go_on(self, into: str) -> dict[str, Any]:
        chosen = await choose(self.client, into)
        workspace: dict[str, Any] = await self.client.get(f"/v1/workspaces/{chosen.id}")
        if workspace["role"] not in ("owner", "admin"):
            raise OperatorError(
                f"Your role in {chosen.name} is {workspace['role']}; to restore takes an "
                "owner's or an admin's."
            )
        made_at = datetime.fromisoformat(workspace["created_at"])
        if datetime.now(UTC) - made_at > _REMEMBERED:
            page = await self.client.get(f"/v1/workspaces/{chosen.id}/changes/catalog", limit=1)
            if page["items"]:
                raise OperatorError(
                    f"{chosen.name} was begun more than a day ago: what went in then is not known "
                    "to be the same any more, and would come in twice. Delete it, and restore "
                    "without --into."
                )
        return workspace
