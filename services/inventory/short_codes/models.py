"""The short codes table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.inventory.base import Base
from services.inventory.short_codes.kinds import State, Thing


class ShortCode(Aggregate, Base):
    """A code is its workspace's for as long as that is there. `kind` and `target_id` say what it is
    on. An item has one code of its own at most, and may have additional ones."""

    __tablename__ = "short_codes"

    code: Mapped[str]
    is_made: Mapped[bool]
    state: Mapped[str]
    kind: Mapped[str | None]
    target_id: Mapped[UUID | None]
    is_additional: Mapped[bool]

    def claim(self, kind: Thing, target_id: UUID, *, additional: bool = False) -> None:
        self.state, self.kind, self.target_id = State.CLAIMED.value, kind.value, target_id
        self.is_additional = additional

    def release(self) -> None:
        self.state, self.kind, self.target_id = State.UNUSED.value, None, None
        self.is_additional = False
