"""Which workspace is meant."""

import unicodedata
from dataclasses import dataclass

from warehouse.errors import OperatorError
from warehouse.importing.client import Client


@dataclass(frozen=True)
class Workspace:
    """Where things go; `currency` is what prices without one are in."""

    id: str
    name: str
    currency: str

    def path(self, resource: str) -> str:
        return f"/v1/workspaces/{self.id}/{resource}"


async def choose(client: Client, wanted: str | None) -> Workspace:
    """The caller's workspace of this id, slug or name, or the only one; raises `OperatorError`
    when none or several fit, or the caller may not change anything there."""
    mine = [each async for each in client.pages("/v1/workspaces")]
    fitting = mine
    if wanted is not None:
        for of in ("id", "slug", "name"):
            fitting = [each for each in mine if folded(str(each[of])) == folded(wanted)]
            if fitting:
                break
    if len(fitting) != 1:
        listed = "\n".join(f"  {each['id']}  {each['slug']}  {each['name']}" for each in mine)
        what = "Say which workspace" if len(fitting) > 1 else f"No workspace of yours is {wanted!r}"
        raise OperatorError(f"{what}: --workspace ID, slug or name. Yours are:\n{listed}")
    [chosen] = fitting
    if chosen["role"] == "viewer":
        raise OperatorError(
            f"Your role in {chosen['name']} is viewer; to import takes a member's, or higher."
        )
    return Workspace(chosen["id"], chosen["name"], chosen.get("currency") or "EUR")


def folded(name: str) -> str:
    """A name as it is compared: whatever the case, the blanks, the way accents are encoded."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
