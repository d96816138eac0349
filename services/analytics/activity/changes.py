"""What an event says was changed, field by field, as the audit trail shows it."""

from collections.abc import Mapping
from typing import Any

Change = dict[str, Any]

_HELD = {"hold_placed": 1, "hold_released": -1}
# What a verb alone tells: the field, its value before and after. Only what was requested can be
# decided.
_SWITCHED: dict[str, tuple[str, object, object]] = {
    "archived": ("is_archived", False, True),
    "restored": ("is_archived", True, False),
    "activated": ("status", "requested", "active"),
    "rejected": ("status", "requested", "rejected"),
    "cancelled": ("status", "requested", "cancelled"),
}


def changes_of(type_: str, payload: Mapping[str, Any]) -> list[Change]:
    """`[{"field", "from", "to"}]` of an event: its `changes`, and what its verb itself changes."""
    found = [
        change
        for field, pair in _listed(payload.get("changes")).items()
        if isinstance(pair, list) and len(pair) == 2
        for change in _told(field, *pair)
    ]
    implied = _implied(type_.rpartition(".")[2], payload)
    told = {change["field"] for change in found}
    return found + [change for change in implied if change["field"] not in told]


def _told(field: str, before: object, after: object) -> list[Change]:
    """One line, or of what has fields of its own (an item's attributes, a workspace's settings) one
    for each that is another: who looks for what was changed does not compare all that was not."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [{"field": field, "from": before, "to": after}]
    return [
        {"field": f"{field}.{name}", "from": before.get(name), "to": after.get(name)}
        for name in dict.fromkeys((*before, *after))
        if _seen(before, name) != _seen(after, name)
    ]


def _seen(fields: Mapping[str, object], name: str) -> tuple[object, ...]:
    """Whether it is there, and as what: 1 is not true."""
    value = fields.get(name)
    return (name in fields, type(value), value)


def _implied(verb: str, payload: Mapping[str, Any]) -> list[Change]:
    if verb in _SWITCHED:
        field, before, after = _SWITCHED[verb]
        return [{"field": field, "from": before, "to": after}]
    if verb in _HELD:
        return _held(payload, _HELD[verb])
    return []


def _held(payload: Mapping[str, Any], sign: int) -> list[Change]:
    """Holds tell the quantity placed or released; the state tells what is held since."""
    held = payload.get("held_quantity")
    quantity = _listed(payload.get("hold")).get("quantity")
    if not isinstance(held, int) or not isinstance(quantity, int) or quantity == 0:
        return []
    return [{"field": "held_quantity", "from": held - sign * quantity, "to": held}]


def _listed(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
