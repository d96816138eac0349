"""How a change of a user is published: what is no part of the event, such as a password's hash,
is no part of its `changes` either."""

from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.outbox import stage
from services.auth.users.events import UserUpdated
from services.auth.users.models import User


def publish(session: TenantSession, user: User) -> None:
    """Tell what the unflushed edits to the user change, if anything."""
    published = UserUpdated.model_fields
    if changes := {name: pair for name, pair in changes_of(user).items() if name in published}:
        touch(user)
        stage(session, UserUpdated.of(user, changes=changes))
