"""What an archive has: each kind of record, where it comes from and what it refers to."""

from dataclasses import dataclass, field

FORMAT = "warehouse-workspace"
VERSION = 1  # of the format; an archive of another one is refused


@dataclass(frozen=True)
class Reference:
    """A field that names a record of another kind; a `loose` one may name what is not there."""

    kind: str
    loose: bool = False


@dataclass(frozen=True)
class Kind:
    """Records of one kind: a file or sheet of the archive.

    `feed` is which feed of changes has them and what they are called there; `identity` the field
    that tells them apart. `unset` are the fields that the API sets by itself, so that what is
    restored has others there.
    """

    name: str
    feed: tuple[str, str] | None = None
    identity: str = "id"
    references: dict[str, Reference] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()
    is_tree: bool = False


def _kind(
    name: str, service: str, called: str, unset: tuple[str, ...] = (), **references: Reference
) -> Kind:
    tree = "parent_id" in references
    return Kind(
        name,
        (service, called),
        references=references,
        unset=frozenset(unset),
        is_tree=tree,
    )


# In the order in which they are restored.
KINDS: tuple[Kind, ...] = (
    _kind("categories", "catalog", "category", parent_id=Reference("categories")),
    _kind("labels", "catalog", "label"),
    _kind("companies", "catalog", "company"),
    _kind(
        *("items", "catalog", "item"),
        category_id=Reference("categories"),
        purchased_from=Reference("companies"),
    ),
    _kind("custom_fields", "catalog", "custom_field", category_id=Reference("categories")),
    _kind("attachments", "catalog", "attachment", item_id=Reference("items")),
    _kind("wishes", "catalog", "wish", item_id=Reference("items")),
    Kind(
        "favorites", None, "item_id", {"item_id": Reference("items")}, frozenset({"favorited_at"})
    ),
    _kind("locations", "inventory", "location", parent_id=Reference("locations")),
    _kind(
        *("containers", "inventory", "container"),
        location_id=Reference("locations"),
        parent_id=Reference("containers"),
    ),
    _kind(
        *("entries", "inventory", "stock"),
        item_id=Reference("items"),
        location_id=Reference("locations"),
        container_id=Reference("containers"),
        merged_into=Reference("entries"),
    ),
    Kind(
        "short_codes",
        ("inventory", "short_code"),
        "code",
        {},
        frozenset({"id", "is_made", "path"}),
    ),
    _kind("borrowers", "loans", "borrower", ("user_id",)),
    _kind(
        *("loans", "loans", "loan", ("returned_at", "returns.returned_at")),
        inventory_id=Reference("entries", loose=True),
        borrower_id=Reference("borrowers"),
    ),
    _kind(
        *("repairs", "inventory", "repair"),
        (
            *("opened_at", "started_at", "completed_at", "cancelled_at"),
            *("repaired_inventory_id", "loan_id", "maintenance_id"),
        ),
        inventory_id=Reference("entries"),
    ),
    _kind("maintenance", "inventory", "maintenance", inventory_id=Reference("entries")),
    _kind("stocktakes", "inventory", "stocktake", location_id=Reference("locations", loose=True)),
)
BY_NAME = {kind.name: kind for kind in KINDS}
BY_FEED = {kind.feed: kind for kind in KINDS if kind.feed}
FEEDS = ("catalog", "inventory", "loans")

#: Kept in the archive for the record; no call of the API makes them what they were.
NOT_RESTORED = frozenset({"stocktakes"})
#: Of whatever was made anew.
ALWAYS_NEW = frozenset({"workspace_id", "version", "created_at", "updated_at"})
