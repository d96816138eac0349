"""Inventory's own environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`item_wait`: seconds that a new entry waits for news of an item it has not heard of.
    `label_url` is what QR codes have before the short code; where it is empty, they lead to the
    gateway at `public_url`."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_")

    port: int = 8103
    item_wait: float = Field(2.0, ge=0)
    label_url: str = Field("", max_length=200, pattern=r"^(https?://\S+)?$")
    public_url: str = Field(
        "http://127.0.0.1:8000", validation_alias="WAREHOUSE_PUBLIC_URL", pattern=r"^https?://\S+$"
    )

    @property
    def labels_lead_to(self) -> str:
        """The address that QR codes hold, up to the short code."""
        return self.label_url or f"{self.public_url.rstrip('/')}/v1/r/"
