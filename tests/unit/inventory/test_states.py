"""Which states let units be lent."""

from services.inventory.stock.states import Status


def test_only_what_is_at_hand_can_be_held() -> None:
    """Available and in use; not what is missing, gone or on the way."""
    assert {status for status in Status if status.can_be_held} == {
        Status.AVAILABLE,
        Status.IN_USE,
    }
