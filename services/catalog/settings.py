"""Catalog's own environment."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CATALOG_")

    port: int = 8102

    attachments_url: str = Field(
        default_factory=lambda: Path(".warehouse/attachments").absolute().as_uri(),
        pattern=r"^(file:///|s3://)",
        description="Where attachments are kept: file:///folder or s3://bucket/prefix",
    )
    attachments_s3_endpoint: str = Field("", description="Of another S3 than Amazon's")
    attachments_s3_region: str = "us-east-1"
    attachments_s3_access_key: str = Field("", description="None: as the machine's role may")
    attachments_s3_secret_key: SecretStr = SecretStr("")
    max_attachment_bytes: int = Field(25 * 1024 * 1024, ge=1, le=1024**3, description="Of one file")
    attachments_quota_bytes: int = Field(
        5 * 1024**3, ge=0, description="Of all attachments of a workspace"
    )
    attachments_per_item: int = Field(50, ge=1, le=200)
    max_picture_pixels: int = Field(
        64_000_000, ge=1, le=89_478_485, description="Width times height of a picture"
    )
    attachments_at_once: int = Field(
        2, ge=1, description="Files that are looked into and made small at a time"
    )
    barcode_lookup_url: str = Field(
        "",
        description="Where products are looked up by barcode, with {code} for it; empty: nowhere",
    )
    import_max_bytes: int = Field(
        50_000_000, ge=1, le=100_000_000, description="Of a file that is imported"
    )
    import_lease: float = Field(
        15.0,
        ge=0.5,
        description="Seconds after which others go on with the imports of a worker that died",
    )
    import_days: int = Field(
        30, ge=1, description="Days that an import is kept after its end, with what was wrong"
    )

    @field_validator("barcode_lookup_url")
    @classmethod
    def _has_place(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and not (parts.scheme in {"http", "https"} and parts.hostname and "{code}" in url):
            raise ValueError("an http or https address with {code} in it")
        return url
