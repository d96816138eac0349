"""Borrowers by what files call them."""

from chassis.bulk import Table
from chassis.named_rows import Names
from services.loans.borrowers.events import BorrowerCreated, BorrowerUpdated
from services.loans.borrowers.models import Borrower
from services.loans.borrowers.schemas import BorrowerCreate, BorrowerPatch

BORROWERS = Names(
    "borrowers",
    "borrower",
    Table(Borrower),
    {"external_id": False, "email": True, "name": True},
    create=BorrowerCreate,
    patch=BorrowerPatch,
    created=BorrowerCreated,
    updated=BorrowerUpdated,
)
