"""The response body of the dashboard."""

from pydantic import BaseModel, Field


class Money(BaseModel):
    amount: int = Field(description="In minor units")
    currency: str = Field(description="ISO 4217")


class DashboardOut(BaseModel):
    items: int
    inventory_entries: int
    units: int = Field(description="Sum of the quantities of all inventory entries in use")
    locations: int
    containers: int
    borrowers: int
    active_loans: int = Field(description="Not returned yet, or in part")
    overdue_loans: int = Field(description="Those of them that are past their due time")
    low_stock_items: int = Field(description="Items with fewer units than their minimum")
    expiring_entries: int = Field(
        description="Inventory entries in use that expire within 30 days, or have"
    )
    total_value: list[Money] = Field(
        description="Quantity times purchase price of all entries in use, per currency"
    )
