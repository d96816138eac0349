"""The providers as the operator configures them."""

import json
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)
from pydantic.functional_validators import AfterValidator
from pydantic_settings import NoDecode


class ProviderConfiguration(BaseModel):
    """One provider: `issuer` is where its discovery document is found, `client_id` and
    `client_secret` what it knows this platform by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    issuer: str
    client_id: Annotated[str, StringConstraints(min_length=1)]
    client_secret: SecretStr
    scopes: tuple[str, ...] = ("openid", "email", "profile")

    @field_validator("issuer")
    @classmethod
    def _safe(cls, issuer: str) -> str:
        if not is_safe(issuer):
            raise ValueError("it has to be https, except on this machine")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _complete(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        return scopes if "openid" in scopes else ("openid", *scopes)


def is_safe(url: str) -> bool:
    """Whether a provider may be reached here: by https, or on this machine."""
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _from_json(value: Any) -> Any:  # noqa: ANN401 - any setting
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.strip() else []


def _each_once(
    providers: tuple[ProviderConfiguration, ...],
) -> tuple[ProviderConfiguration, ...]:
    ids = [provider.id for provider in providers]
    if len(set(ids)) < len(ids):
        raise ValueError("two providers have the same id")
    return providers


def _listed(value: Any) -> Any:  # noqa: ANN401 - any setting
    if not isinstance(value, str):
        return value
    return [uri.strip() for uri in value.split(",") if uri.strip()]


# An empty variable, which is what compose passes on for an unset one, is as good as none.
ProviderList = Annotated[
    tuple[ProviderConfiguration, ...],
    NoDecode,
    BeforeValidator(_from_json),
    AfterValidator(_each_once),
    Field(description="JSON"),
]
RedirectUris = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
