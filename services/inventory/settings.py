"""Inventory's own environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`item_wait`: seconds that a new entry waits for news of an item it has not heard of."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_")

    port: int = 8103
    item_wait: float = Field(2.0, ge=0)
