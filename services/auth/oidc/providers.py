"""The providers that people may sign in with, found by discovery (OpenID Connect Discovery 1.0)."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote_plus, urlencode

import httpx
from pydantic import BaseModel, ValidationError, model_validator

from chassis.logging import get_logger
from chassis.problems import NotFound, Unauthenticated
from services.auth.oidc import id_tokens
from services.auth.oidc.configuration import ProviderConfiguration, is_safe
from services.auth.oidc.fetching import ProviderUnavailable, client, fetch
from services.auth.oidc.id_tokens import Claims, InvalidIdTokenError, Jwk, UnknownKeyError

KEPT = 3600.0  # seconds that a provider's documents are good for
FRESH = 10.0  # seconds within which its keys are not fetched again for an unknown one
PAUSE = 5.0  # seconds within which a provider that did not answer is not asked again
_DISCOVERY = "/.well-known/openid-configuration"

log = get_logger(__name__)
T = TypeVar("T")


class SignInFailed(Unauthenticated):
    code, title = "sign-in-failed", "This sign-in did not work"


class Metadata(BaseModel):
    """What of a provider's discovery document is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: Sequence[str] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @model_validator(mode="after")
    def _safe(self) -> "Metadata":
        urls = [self.authorization_endpoint, self.token_endpoint, self.jwks_uri]
        urls += [self.userinfo_endpoint] if self.userinfo_endpoint else []
        # A provider elsewhere has no business with what listens on this machine.
        schemes = ("https:",) if self.issuer.startswith("https:") else ("https:", "http:")
        if not all(is_safe(url) and url.startswith(schemes) for url in urls):
            raise ValueError("an endpoint that is not https")
        return self


class _Kept(Generic[T]):
    """A document that is fetched once for all who ask, and again when it is old; one that could not
    be fetched is left for a while."""

    def __init__(self, load: Callable[[], Awaitable[T]]) -> None:
        self._load = load
        self._value: T | None = None
        self._loaded_at = self._failed_at = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self, *, not_older: float = KEPT) -> T:
        async with self._lock:
            if self._value is None or time.monotonic() - self._loaded_at > not_older:
                # Those who waited for one that failed would each wait for their own otherwise.
                if time.monotonic() - self._failed_at < PAUSE:
                    raise ProviderUnavailable
                try:
                    self._value = await self._load()
                except ProviderUnavailable:
                    self._failed_at = time.monotonic()
                    raise
                self._loaded_at = time.monotonic()
            return self._value


class Provider:
    """One provider. Raises `ProviderUnavailable` from any call that needs it while it is away."""

    def __init__(self, configuration: ProviderConfiguration, http: httpx.AsyncClient) -> None:
        self.id, self.name = configuration.id, configuration.name
        self._configuration = configuration
        self._http = http
        self._metadata = _Kept(self._discover)
        self._keys = _Kept(self._load_keys)

    async def authorization_url(
        self, *, redirect_uri: str, state: str, nonce: str, code_challenge: str
    ) -> str:
        """Where to send somebody to sign in (section 3.1.2.1, and RFC 7636 section 4.3)."""
        endpoint = (await self._metadata.get()).authorization_endpoint
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._configuration.client_id,
                "redirect_uri": redirect_uri,
                "scope": " ".join(self._configuration.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": code_challenge,
                "code_challenge_method": "S256",
            }
        )
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def check_issuer(self, issuer: str | None) -> None:
        """Raise `SignInFailed` for an answer that another provider gave (RFC 9207)."""
        metadata = await self._metadata.get()
        needed = metadata.authorization_response_iss_parameter_supported
        if (issuer is None and needed) or (issuer is not None and issuer != metadata.issuer):
            raise SignInFailed("The answer is not this provider's; send its `iss` as it came.")

    async def claims(
        self, code: str, *, redirect_uri: str, code_verifier: str, nonce_hash: bytes
    ) -> Claims:
        """Who signed in, for the code they came back with. Raises `SignInFailed`."""
        tokens = await self._exchange(code, redirect_uri, code_verifier)
        try:
            claims = await self._verified(tokens.get("id_token"), nonce_hash)
        except InvalidIdTokenError as error:
            log.warning("oidc.id_token_refused", provider=self.id, error=str(error))
            raise SignInFailed("Begin again; if it stays, tell us.") from error
        if "email" not in claims:
            claims |= await self._user_info(tokens.get("access_token"), claims["sub"])
        return id_tokens.read(claims)

    async def _exchange(
        self, code: str, redirect_uri: str, code_verifier: str
    ) -> Mapping[str, object]:
        metadata = await self._metadata.get()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        id_ = self._configuration.client_id
        secret = self._configuration.client_secret.get_secret_value()
        headers = {}
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # Form-encoded first, as RFC 6749 section 2.3.1 has it.
            pair = f"{quote_plus(id_)}:{quote_plus(secret)}".encode()
            headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            form |= {"client_id": id_, "client_secret": secret}
        status, answer = await fetch(
            self._http, "POST", metadata.token_endpoint, data=form, headers=headers
        )
        if status == 200:
            return answer
        log.warning("oidc.code_refused", provider=self.id, error=str(answer.get("error"))[:80])
        if answer.get("error") in ("invalid_client", "unauthorized_client"):
            raise ProviderUnavailable("It does not know this platform; tell who runs it.")
        raise SignInFailed("The provider did not take the code; begin again.")

    async def _verified(self, token: object, nonce_hash: bytes) -> dict[str, Any]:
        if not isinstance(token, str):
            raise InvalidIdTokenError("none")
        issuer, client_id = (await self._metadata.get()).issuer, self._configuration.client_id
        for not_older in (KEPT, FRESH):
            keys = await self._keys.get(not_older=not_older)
            try:
                return id_tokens.verify(
                    token, keys, issuer=issuer, client_id=client_id, nonce_hash=nonce_hash
                )
            except UnknownKeyError:
                if not_older == FRESH:
                    raise
        raise AssertionError("unreachable")

    async def _user_info(self, access_token: object, subject: str) -> dict[str, Any]:
        """More claims of the same subject (section 5.3), for providers that keep the e-mail out of
        the ID token."""
        endpoint = (await self._metadata.get()).userinfo_endpoint
        if endpoint is None or not isinstance(access_token, str):
            return {}
        headers = {"authorization": f"Bearer {access_token}"}
        status, claims = await fetch(self._http, "GET", endpoint, headers=headers)
        if status != 200 or claims.get("sub") != subject:
            return {}
        return claims

    async def _discover(self) -> Metadata:
        url = self._configuration.issuer.rstrip("/") + _DISCOVERY
        status, document = await fetch(self._http, "GET", url)
        try:
            metadata = Metadata.model_validate(document)
        except ValidationError as error:
            log.warning("oidc.discovery_refused", url=url, status=status, error=repr(error))
            raise ProviderUnavailable from error
        if metadata.issuer != self._configuration.issuer:
            log.warning("oidc.discovery_refused", url=url, issuer=metadata.issuer)
            raise ProviderUnavailable
        return metadata

    async def _load_keys(self) -> list[Jwk]:
        url = (await self._metadata.get()).jwks_uri
        _, document = await fetch(self._http, "GET", url)
        keys = document.get("keys")
        if not isinstance(keys, list):
            log.warning("oidc.keys_refused", url=url)
            raise ProviderUnavailable
        return [key for key in keys if isinstance(key, dict)]


class Providers:
    """All of them, by id, over one client that lives as long as the process."""

    def __init__(
        self,
        configurations: Sequence[ProviderConfiguration],
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._http = http or client()
        self._providers = {one.id: Provider(one, self._http) for one in configurations}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._providers.values())

    def of(self, id_: str) -> Provider:
        """The provider by this id. Raises `NotFound`."""
        if id_ not in self._providers:
            raise NotFound("There is no such provider; see /v1/auth/oidc.")
        return self._providers[id_]

    async def start(self) -> None:
        """Nothing to start: a provider is asked when somebody signs in with it."""

    async def stop(self) -> None:
        await self._http.aclose()
