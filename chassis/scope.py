"""Scopes: whose rows a statement sees, by what the server was told before it. Row-level security
holds them (`chassis.migrations.isolate`)."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows a session sees: a workspace's, a user's own, or (for the relay, projections and
    schedules) the whole service's."""

    workspace_id: UUID | None = None
    user_id: UUID | None = None
    system: bool = False

    def settings(self) -> tuple[str, str, str]:
        return (
            str(self.workspace_id or ""),
            str(self.user_id or ""),
            "system" if self.system else "",
        )

    def statement(self) -> str:
        """Sets it for a whole connection."""
        # Ids and a constant: nothing here needs quoting, and a plain statement is one round trip.
        workspace_id, user_id, system = self.settings()
        return (
            f"SET warehouse.workspace_id = '{workspace_id}'; "
            f"SET warehouse.user_id = '{user_id}'; SET warehouse.scope = '{system}'"
        )


SYSTEM = Scope(system=True)
