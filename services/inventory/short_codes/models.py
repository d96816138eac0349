"""The short codes table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.inventory.base import Base
from services.inventory.short_codes.kinds import State, Thing


class ShortCode(Aggregate, Base):
    """A code is its workspace's for good. `kind` and `target_id` say what it is on."""

    __tablename__ = "short_codes"

    code: Mapped[str]
    is_made: Mapped[bool]
    state: Mapped[str]
    kind: Mapped[str | None]
    target_id: Mapped[UUID | None]

    def claim(self, kind: Thing, target_id: UUID) -> None:
        self.state, self.kind, self.target_id = State.CLAIMED.value, kind.value, target_id

    def release(self) -> None:
        self.state, self.kind, self.target_id = State.UNUSED.value, None, None
