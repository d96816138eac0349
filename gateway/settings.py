"""The gateway's environment: where the services are, what it signs with, what it bounds."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from chassis.settings import ProcessSettings
from gateway.addresses import Network
from gateway.cors import ANY, ORIGIN
from gateway.limits import DEFAULTS, Limit, read_limits
from gateway.routing import RateClass, ServiceName

Addresses = Annotated[tuple[str, ...], NoDecode]
Words = Annotated[tuple[str, ...], NoDecode]
Networks = Annotated[tuple[Network, ...], NoDecode]
RateLimiting = Annotated[dict[RateClass, Limit], NoDecode]


class GatewaySettings(ProcessSettings):
    """`<service>_url` holds one `http://host:port` for each replica, separated by commas."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", populate_by_name=True)

    auth_url: Addresses
    catalog_url: Addresses
    inventory_url: Addresses
    loans_url: Addresses
    notify_url: Addresses
    analytics_url: Addresses

    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    identity_private_key: str = Field(validation_alias="WAREHOUSE_IDENTITY_PRIVATE_KEY")

    contracts: Path | None = Field(None, description="Folder of the services' OpenAPI documents")
    issuer: str = "warehouse-auth"
    audience: str = "warehouse"
    role_lifetime: float = Field(5.0, gt=0, description="Seconds a resolved role is trusted")
    remembered: int = Field(20_000, ge=1, description="Entries each cache holds at most")
    response_timeout: float = Field(30.0, gt=0, description="Seconds until response headers")
    body_timeout: float = Field(15.0, gt=0, description="Seconds between parts of a request body")
    idle_timeout: float = Field(60.0, gt=0, description="Seconds between parts of a response")
    total_timeout: float = Field(600.0, gt=0, description="Seconds that an exchange may take")
    connect_timeout: float = Field(2.0, gt=0, description="Seconds to reach a service in")
    upstream_connections: int = Field(512, ge=1, description="Connections to each replica")
    max_body_bytes: int = Field(1024 * 1024, ge=0)
    rate_limits: RateLimiting = Field(
        DEFAULTS, description="`off`, or what differs: `reads=500/1000 writes=… login=…`"
    )
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65535, description="Where Prometheus reads; 0: nowhere")
    cors_origins: Words = Field(
        (), description="Origins whose pages may use the API, as https://app.example.org; `*`: any"
    )
    cors_credentials: bool = Field(False, description="Whether their requests may carry cookies")
    hsts_seconds: int = Field(
        0, ge=0, description="Seconds that browsers keep to HTTPS, which a proxy in front speaks"
    )
    allowed_hosts: Words = Field(
        (), description="Names that are served, `.example.org` with all below it; none for any"
    )
    trusted_proxies: Networks = Field(
        (), description="Networks of proxies in front, whose X-Forwarded-For is believed"
    )
    docs_sign_in: str = Field(
        "", description="email:password that /docs shows and fills in, of a demonstration alone"
    )

    @field_validator(
        "auth_url",
        "catalog_url",
        "inventory_url",
        "loans_url",
        "notify_url",
        "analytics_url",
        "allowed_hosts",
        "cors_origins",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("rate_limits", mode="before")
    @classmethod
    def _read_limits(cls, value: object) -> object:
        return read_limits(value) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != ANY and ORIGIN.fullmatch(origin) is None:
                raise ValueError(f"no origin, as https://app.example.org, nor {ANY}: {origin!r}")
        return value

    @property
    def urls(self) -> dict[ServiceName, tuple[str, ...]]:
        """Each service's addresses."""
        return {
            ServiceName.AUTH: self.auth_url,
            ServiceName.CATALOG: self.catalog_url,
            ServiceName.INVENTORY: self.inventory_url,
            ServiceName.LOANS: self.loans_url,
            ServiceName.NOTIFY: self.notify_url,
            ServiceName.ANALYTICS: self.analytics_url,
        }
