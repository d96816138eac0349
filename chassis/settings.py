"""The settings every service has, read once at its composition root.

A service subclasses `ServiceSettings` in its own `settings.py` with `env_prefix` set, so that
`CATALOG_DATABASE_URL` is catalog's and nobody else's. Settings shared by the platform (Kafka, the
key that identity tokens are verified with) keep one name everywhere.
"""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Role(StrEnum):
    """Which half of a service a process runs: HTTP, events and schedules, or both."""

    ALL = "all"
    API = "api"
    WORKER = "worker"

    @property
    def serves(self) -> bool:
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        return self is not Role.API


class ProcessSettings(BaseSettings):
    """What any process that listens needs: where, and how it logs."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    log_format: str = Field("json", validation_alias="WAREHOUSE_LOG_FORMAT")
    log_level: str = Field("INFO", validation_alias="WAREHOUSE_LOG_LEVEL")


class ServiceSettings(ProcessSettings):
    """What any service needs beside: its database, Kafka, and the gateway's public key.

    `database_url` is the app role (row-level security holds), `database_owner_url` the role that
    migrates. `identity_public_key` is the raw 32-byte Ed25519 key, base64url without padding.
    """

    database_url: str
    database_owner_url: str = ""
    database_pool_size: int = Field(8, ge=1)
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    identity_public_key: str = Field(validation_alias="WAREHOUSE_IDENTITY_PUBLIC_KEY")
    replay_seconds: float = Field(
        0,
        ge=0,
        validation_alias="WAREHOUSE_REPLAY_SECONDS",
        description="How far back the relay sends published rows again, once, at its start",
    )
    outbox_days: int = Field(
        7,
        ge=1,
        validation_alias="WAREHOUSE_OUTBOX_DAYS",
        description="Days that published events stay in the outbox, for `warehouse replay`",
    )
    clock_interval: float = Field(
        15.0, gt=0, description="Seconds between looks at what has come due"
    )
