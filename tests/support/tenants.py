"""A workspace with one of everything."""

from typing import Any

from support.callers import Person
from support.sample_files import picture

MARK = "Secret"


async def furnish(
    owner: Person, mark: str = MARK, workspace_id: str | None = None
) -> dict[str, str]:
    """One of everything in a workspace of `owner`, the personal one by default, each with `mark`
    in its name; the ids by the names that paths and bodies give them."""
    where = workspace_id or owner.workspace_id

    async def add(path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        return await owner.add(path, body, where)

    item = await add("/items", {"name": f"{mark} drill"})
    category = await add("/categories", {"name": f"{mark} category"})
    label = await add("/labels", {"name": f"{mark} label"})
    company = await add("/companies", {"name": f"{mark} company"})
    field = await add("/custom-fields", {"name": f"{mark} field", "value_type": "text"})
    wish = await add("/wishlist", {"name": f"{mark} wish"})
    location = await add("/locations", {"name": f"{mark} shelf"})
    container = await add("/containers", {"name": f"{mark} box", "location_id": location["id"]})
    entry = await add(
        "/inventory", {"item_id": item["id"], "location_id": location["id"], "quantity": 3}
    )
    [movement] = (await owner.see(f"/movements?inventory_id={entry['id']}", where))["items"]
    stocktake = await add("/stocktakes", {"name": f"{mark} count", "location_id": location["id"]})
    [code] = (await add("/short-codes", {"kind": "entry", "id": entry["id"]}))["items"]
    attached = await owner.http.post(
        owner.at(f"/items/{item['id']}/attachments", where),
        files={"file": (f"{mark} photo.png", picture("PNG"))},
    )
    assert attached.status_code == 201, attached.text
    borrower = await add("/borrowers", {"name": f"{mark} borrower"})
    lent = await owner.http.post(
        owner.at("/loans", where), json={"inventory_id": entry["id"], "borrower_id": borrower["id"]}
    )
    about = {"inventory_id": entry["id"]}
    repair = await add("/repairs", {**about, "description": f"{mark} crack"})
    oiling = await add("/maintenance", {**about, "name": f"{mark} oiling", "every_days": 30})
    account = await add("/service-accounts", {"name": f"{mark} till"})
    invitation = await add("/invitations", {"email": f"{mark.lower()}@example.org"})
    assert lent.status_code in {201, 202}, lent.text  # 202: inventory's worker has only just begun
    return {
        "workspace_id": where,
        "user_id": owner.user_id,
        "item_id": item["id"],
        "category_id": category["id"],
        "label_id": label["id"],
        "company_id": company["id"],
        "field_id": field["id"],
        "wish_id": wish["id"],
        "location_id": location["id"],
        "container_id": container["id"],
        "inventory_id": entry["id"],
        "entry_id": entry["id"],
        "movement_id": movement["id"],
        "stocktake_id": stocktake["id"],
        "short_code": code["code"],
        "repair_id": repair["id"],
        "maintenance_id": oiling["id"],
        "attachment_id": attached.json()["id"],
        "borrower_id": borrower["id"],
        "account_id": account["id"],
        "invitation_id": invitation["id"],
        "loan_id": lent.json()["id"],
    }
