"""How a provider is asked: by discovery, with PKCE, within bounds."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from pydantic import ValidationError

from services.auth.oidc import fetching
from services.auth.oidc.configuration import ProviderConfiguration
from services.auth.oidc.fetching import ProviderUnavailable
from services.auth.oidc.id_tokens import Claims, hashed
from services.auth.oidc.providers import Provider, Providers, SignInFailed

ISSUER, NONCE = "https://id.example", "nonce"
CONFIGURATION = ProviderConfiguration.model_validate(
    {
        "id": "example",
        "name": "Example",
        "issuer": ISSUER,
        "client_id": "ware house",
        "client_secret": "s:cret",
    }
)
KEYS = {kid: rsa.generate_private_key(65537, 2048) for kid in ("old", "new")}


class Elsewhere:
    """A provider as it answers over HTTP; what a test changes, it changes in the answers."""

    def __init__(self) -> None:
        self.kid = "old"
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
        }
        self.claims: dict[str, Any] = {"email": "a@b.example", "email_verified": True}
        self.user_info: dict[str, Any] = {}
        self.answers: dict[str, httpx.Response] = {}
        self.asked: list[str] = []
        self.form: dict[str, str] = {}
        self.authorization: str | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer, still to be read, as it is off a socket."""
        ready = self._answer(request)
        stream = httpx.ByteStream(ready.content)
        return httpx.Response(ready.status_code, headers=ready.headers, stream=stream)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.metadata)
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(KEYS[self.kid].public_key()))
            return httpx.Response(200, json={"keys": [public | {"kid": self.kid}]})
        if path == "/me":
            return httpx.Response(200, json=self.user_info)
        assert path == "/token"
        self.form = {name: value for name, [value] in parse_qs(request.content.decode()).items()}
        self.authorization = request.headers.get("authorization")
        return httpx.Response(200, json={"id_token": self.id_token(), "access_token": "at"})

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "ada", "aud": "ware house", "nonce": NONCE}
        times = {"iat": now, "exp": now + 60}
        return jwt.encode(
            claims | times | self.claims, KEYS[self.kid], "RS256", headers={"kid": self.kid}
        )


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
async def provider(elsewhere: Elsewhere) -> AsyncIterator[Provider]:
    providers = Providers([CONFIGURATION], fetching.client(httpx.MockTransport(elsewhere)))
    yield providers.of("example")
    await providers.stop()


async def claims(provider: Provider) -> Claims:
    return await provider.claims(
        "code", redirect_uri="https://app.example/", code_verifier="v", nonce_hash=hashed(NONCE)
    )


async def test_the_browser_is_sent_with_all_that_binds_the_answer(provider: Provider) -> None:
    url = await provider.authorization_url(
        redirect_uri="https://app.example/", state="s", nonce="n", code_challenge="c"
    )
    assert parse_qs(urlsplit(url).query) == {
        "tenant": ["1"],
        "response_type": ["code"],
        "client_id": ["ware house"],
        "redirect_uri": ["https://app.example/"],
        "scope": ["openid email profile"],
        "state": ["s"],
        "nonce": ["n"],
        "code_challenge": ["c"],
        "code_challenge_method": ["S256"],
    }


async def test_a_code_is_exchanged_with_its_verifier(
    provider: Provider, elsewhere: Elsewhere
) -> None:
    """The client's name and secret go form-encoded in the header."""
    assert await claims(provider) == Claims("ada", "a@b.example", None)
    assert elsewhere.form == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://app.example/",
        "code_verifier": "v",
    }
    assert elsewhere.authorization is not None
    pair = base64.b64decode(elsewhere.authorization.removeprefix("Basic "))
    assert pair == b"ware+house:s%3Acret"


async def test_the_secret_goes_in_the_body_where_the_provider_wants_it_there(
    provider: Provider, elsewhere: Elsewhere
) -> None:
    elsewhere.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await claims(provider)
    assert (elsewhere.form["client_secret"], elsewhere.authorization) == ("s:cret", None)


async def test_documents_are_fetched_once_until_a_key_is_new(
    provider: Provider, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await claims(provider)
    assert elsewhere.asked.count("/keys") == 1
    assert elsewhere.asked.count("/.well-known/openid-configuration") == 1
    elsewhere.kid = "new"
    with pytest.raises(SignInFailed):
        await claims(provider)  # within seconds of the last look: the provider is not flooded
    assert elsewhere.asked.count("/keys") == 1
    monkeypatch.setattr("services.auth.oidc.providers.FRESH", -1.0)
    assert (await claims(provider)).subject == "ada"
    assert elsewhere.asked.count("/keys") == 2


async def test_one_that_is_away_is_not_asked_by_each_who_waits(
    provider: Provider, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again a little later, and then it may be back."""
    elsewhere.answers["/.well-known/openid-configuration"] = httpx.Response(502)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await claims(provider)
    assert len(elsewhere.asked) == 1
    elsewhere.answers.clear()
    monkeypatch.setattr("services.auth.oidc.providers.PAUSE", -1.0)
    assert (await claims(provider)).subject == "ada"


async def test_an_address_in_the_user_info_counts_for_the_same_subject(
    provider: Provider, elsewhere: Elsewhere
) -> None:
    elsewhere.claims = {}
    elsewhere.user_info = {"sub": "ada", "email": "a@b.example", "email_verified": True}
    assert (await claims(provider)).email == "a@b.example"
    elsewhere.user_info["sub"] = "eve"
    assert await claims(provider) == Claims("ada", None, None)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", httpx.Response(500)),
        ("/.well-known/openid-configuration", httpx.Response(302, headers={"location": "/x"})),
        ("/.well-known/openid-configuration", httpx.Response(200, json=[])),
        ("/.well-known/openid-configuration", httpx.Response(200, json={"issuer": ISSUER})),
        ("/.well-known/openid-configuration", httpx.Response(200, content=b"x" * 300_000)),
        ("/keys", httpx.Response(200, json={})),
        ("/token", httpx.Response(503, json={})),
        ("/token", httpx.Response(401, json={"error": "invalid_client"})),
    ],
)
async def test_what_is_no_provider_is_unavailable(
    provider: Provider, elsewhere: Elsewhere, path: str, answer: httpx.Response
) -> None:
    """In trouble, moved, no JSON, half a document, endless, or it does not know us: a 503."""
    elsewhere.answers[path] = answer
    with pytest.raises(ProviderUnavailable):
        await claims(provider)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": "http://id.example/keys"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "http://127.0.0.1:8101/internal"},
        {"userinfo_endpoint": "ftp://id.example/"},
    ],
)
async def test_another_issuer_and_endpoints_without_tls_are_refused(
    provider: Provider, elsewhere: Elsewhere, change: dict[str, str]
) -> None:
    elsewhere.metadata |= change
    with pytest.raises(ProviderUnavailable):
        await claims(provider)
    assert set(elsewhere.asked) == {"/.well-known/openid-configuration"}


async def test_a_refused_code_and_a_forged_token_are_the_sign_ins_fault(
    provider: Provider, elsewhere: Elsewhere
) -> None:
    for answer in (
        httpx.Response(400, json={"error": "invalid_grant"}),
        httpx.Response(200, json={"id_token": 7}),
        httpx.Response(200, json={}),
    ):
        elsewhere.answers["/token"] = answer
        with pytest.raises(SignInFailed):
            await claims(provider)
    del elsewhere.answers["/token"]
    elsewhere.claims["nonce"] = "another"
    with pytest.raises(SignInFailed):
        await claims(provider)


async def test_the_answer_has_to_be_of_the_provider_that_was_asked(
    provider: Provider, elsewhere: Elsewhere
) -> None:
    """RFC 9207: a wrong issuer never, a missing one where the provider sends it."""
    await provider.check_issuer(None)
    await provider.check_issuer(ISSUER)
    with pytest.raises(SignInFailed):
        await provider.check_issuer("https://evil.example")
    elsewhere.metadata["authorization_response_iss_parameter_supported"] = True
    strict = Provider(CONFIGURATION, provider._http)
    with pytest.raises(SignInFailed):
        await strict.check_issuer(None)


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "id.example", ""])
def test_an_issuer_without_tls_is_no_setting(issuer: str) -> None:
    """Except on this machine."""
    settings = CONFIGURATION.model_dump() | {"client_secret": "x"}
    with pytest.raises(ValidationError, match="https"):
        ProviderConfiguration.model_validate(settings | {"issuer": issuer})
    for local in ("http://localhost:9400", "http://127.0.0.1:1", "http://[::1]:1"):
        ProviderConfiguration.model_validate(settings | {"issuer": local})
