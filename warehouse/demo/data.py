"""The tool library of the demo: our own data, named so that things refer to each other.

The first word of a line is the record's external_id. Prices are in minor units of EUR.
"""

from dataclasses import dataclass, field

WORKSPACE = {
    "name": "Riverside Tool Library",
    "description": "Tools, tents and party things that the neighbourhood shares.",
    "currency": "EUR",
    "timezone": "Europe/Tallinn",
}
COLLEAGUE_EMAIL, COLLEAGUE_NAME = "robin@warehouse.example", "Robin Rivers"
OWNER_NAME = "Dana Rivers"


@dataclass(frozen=True)
class Node:
    """A location or a category, under another one of its kind."""

    key: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Box:
    key: str
    name: str
    location: str
    capacity: int


@dataclass(frozen=True)
class Thing:
    """An item and the stock of it: where, how many, and what one cost."""

    key: str
    name: str
    category: str
    place: str  # a location's key, or a container's
    quantity: int = 1
    price: int = 0
    condition: str = "GOOD"
    more: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Lending:
    """A loan by days from now: when it began and is due, and whether it came back."""

    thing: str
    borrower: str
    began: int
    due: int
    quantity: int = 1
    returned: bool = False
    notes: str | None = None


LOCATIONS = (
    Node("library", "Mill Street 12"),
    Node("desk", "Front desk", "library"),
    Node("workshop", "Workshop", "library"),
    Node("wall", "Tool wall", "workshop"),
    Node("bench", "Under the bench", "workshop"),
    Node("store", "Store room", "library"),
    Node("shelf-a", "Shelf A", "store"),
    Node("shelf-b", "Shelf B", "store"),
    Node("shed", "Garden shed"),
    Node("rack", "Tall rack", "shed"),
)
CATEGORIES = (
    Node("hand", "Hand tools"),
    Node("measuring", "Measuring", "hand"),
    Node("power", "Power tools"),
    Node("drilling", "Drilling", "power"),
    Node("sawing", "Sawing and sanding", "power"),
    Node("garden", "Garden"),
    Node("decorating", "Decorating"),
    Node("camping", "Camping"),
    Node("party", "Kitchen and party"),
)
CONTAINERS = (
    Box("bits-box", "Bits and blades", "bench", 200),
    Box("measuring-box", "Measuring box", "wall", 12),
    Box("party-crate", "Party crate", "shelf-b", 120),
)
THINGS = (
    Thing(
        "drill", "Cordless drill 18 V", "drilling", "bench", 4, 12_900, "GOOD", {"brand": "Tamm"}
    ),
    Thing("hammer-drill", "Hammer drill", "drilling", "bench", 2, 17_500),
    Thing("drill-press", "Bench drill press", "drilling", "workshop", 1, 28_900),
    Thing("bit-set", "Wood drill bit set", "drilling", "bits-box", 6, 1_490),
    Thing("masonry-bits", "Masonry bit set", "drilling", "bits-box", 5, 1_890),
    Thing("circular-saw", "Circular saw", "sawing", "bench", 2, 14_900),
    Thing("jigsaw", "Jigsaw", "sawing", "bench", 2, 8_900, "FAIR"),
    Thing("mitre-saw", "Mitre saw", "sawing", "workshop", 1, 23_900),
    Thing("belt-sander", "Belt sander", "sawing", "bench", 1, 9_900),
    Thing("orbital-sander", "Orbital sander", "sawing", "bench", 3, 6_500),
    Thing("saw-blades", "Saw blades, assorted", "sawing", "bits-box", 14, 990),
    Thing("claw-hammer", "Claw hammer", "hand", "wall", 6, 1_900),
    Thing("mallet", "Rubber mallet", "hand", "wall", 3, 1_200),
    Thing("screwdrivers", "Screwdriver set", "hand", "wall", 5, 2_400),
    Thing("socket-set", "Socket set", "hand", "wall", 2, 6_900, "EXCELLENT"),
    Thing("pliers", "Combination pliers", "hand", "wall", 5, 1_700),
    Thing("clamps", "Bar clamps, pair", "hand", "wall", 8, 2_200),
    Thing("chisels", "Wood chisels", "hand", "wall", 2, 3_900),
    Thing("spirit-level", "Spirit level 120 cm", "measuring", "wall", 2, 3_400),
    Thing("laser-level", "Cross-line laser level", "measuring", "measuring-box", 1, 11_900),
    Thing("tape", "Tape measure 8 m", "measuring", "measuring-box", 6, 900),
    Thing("detector", "Cable detector", "measuring", "measuring-box", 1, 4_500),
    Thing("lawn-mower", "Electric lawn mower", "garden", "shed", 2, 21_900),
    Thing("hedge-trimmer", "Hedge trimmer", "garden", "rack", 2, 9_400),
    Thing("wheelbarrow", "Wheelbarrow", "garden", "shed", 2, 5_900, "FAIR"),
    Thing("spade", "Spade", "garden", "rack", 5, 2_600),
    Thing("rake", "Leaf rake", "garden", "rack", 4, 1_600),
    Thing("loppers", "Loppers", "garden", "rack", 2, 2_900),
    Thing("ladder", "Extension ladder 6 m", "decorating", "rack", 1, 18_900),
    Thing("step-ladder", "Step ladder", "decorating", "store", 3, 6_400),
    Thing("paste-table", "Pasting table", "decorating", "store", 2, 3_200),
    Thing("steamer", "Wallpaper steamer", "decorating", "shelf-a", 1, 5_200),
    Thing("rollers", "Paint roller set", "decorating", "shelf-a", 6, 1_300),
    Thing(
        "dust-sheets",
        "Dust sheets",
        "decorating",
        "shelf-a",
        quantity=3,
        price=700,
        condition="FAIR",
        more={
            "min_stock_level": 8,
            "description": "Some never come back. Buy more when they run low.",
        },
    ),
    Thing("tent", "Tent for four", "camping", "shelf-a", 2, 16_900),
    Thing("stove", "Camping stove", "camping", "shelf-a", 3, 3_800),
    Thing("sleeping-mats", "Sleeping mat", "camping", "shelf-a", 8, 2_100),
    Thing("cool-box", "Cool box 30 l", "camping", "shelf-b", 2, 4_900),
    Thing("glasses", "Glasses, box of 12", "party", "party-crate", 8, 1_800),
    Thing("fairy-lights", "Fairy lights 20 m", "party", "party-crate", 4, 1_500),
    Thing("gazebo", "Gazebo 3 x 3 m", "party", "store", 1, 9_800),
    Thing("raclette", "Raclette grill", "party", "shelf-b", 2, 5_500, "EXCELLENT"),
)
# Name, e-mail, phone; numbers and addresses that are nobody's.
BORROWERS = (
    ("aino", "Aino Kask", "aino@neighbours.example", "555 0101"),
    ("bruno", "Bruno Okafor", "bruno@neighbours.example", "555 0102"),
    ("chiara", "Chiara Neri", "chiara@neighbours.example", None),
    ("dmitri", "Дмитрий Орлов", "dmitri@neighbours.example", "555 0104"),
    ("elif", "Elif Çelik", None, "555 0105"),
    ("felix", "Felix Grün", "felix@neighbours.example", None),
    ("grace", "Grace Mbeki", "grace@neighbours.example", "555 0107"),
    ("hana", "花 Sato", "hana@neighbours.example", None),
    ("ivo", "Ivo Saar", None, "555 0109"),
    ("jana", "Jana Nováková", "jana@neighbours.example", "555 0110"),
    ("school", "Riverside School", "office@school.example", "555 0111"),
    ("choir", "Mill Street Choir", "sing@choir.example", None),
)
LENDINGS = (
    Lending("ladder", "bruno", -20, -6, notes="Knocked at the door, nobody in."),
    Lending("drill", "aino", -3, 4),
    Lending("masonry-bits", "aino", -3, 4),
    Lending("tent", "elif", -1, 6),
    Lending("glasses", "choir", 0, 3, quantity=6),
    Lending("circular-saw", "dmitri", -12, -5, returned=True, notes="Blade is new."),
)
