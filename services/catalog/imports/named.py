"""What items refer to by name: categories in their tree, labels and companies."""

from chassis.bulk import Table
from chassis.named_rows import Names
from chassis.tree_paths import Tree
from chassis.tree_rows import TreeRows
from services.catalog.categories.events import CategoryCreated, CategoryUpdated
from services.catalog.categories.models import Category
from services.catalog.categories.schemas import CategoryCreate, CategoryPatch
from services.catalog.companies.events import CompanyCreated, CompanyUpdated
from services.catalog.companies.models import Company
from services.catalog.companies.schemas import CompanyCreate, CompanyPatch
from services.catalog.labels.events import LabelCreated, LabelUpdated
from services.catalog.labels.models import Label
from services.catalog.labels.schemas import LabelCreate, LabelPatch

CATEGORIES = Tree(
    Table(Category),
    ("category", "categories"),
    CategoryCreated,
)
CATEGORY_ROWS = TreeRows(
    "categories",
    CATEGORIES,
    create=CategoryCreate,
    patch=CategoryPatch,
    created=CategoryCreated,
    happened=lambda _: CategoryUpdated,
)
_KEYS = {"external_id": False, "name": True}
LABELS = Names(
    "labels",
    "label",
    Table(Label),
    _KEYS,
    create=LabelCreate,
    patch=LabelPatch,
    created=LabelCreated,
    updated=LabelUpdated,
)
COMPANIES = Names(
    "companies",
    "company",
    Table(Company),
    _KEYS,
    create=CompanyCreate,
    patch=CompanyPatch,
    created=CompanyCreated,
    updated=CompanyUpdated,
)
