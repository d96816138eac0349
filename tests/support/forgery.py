"""Tokens that nobody may get in with: what attackers try (RFC 8725), and what only a fault of our
own could make, signed with the right key all the same."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = Mapping[str, Any]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forger:
    """Makes tokens of a good one's `header` and `claims`; `key` is the one that signs those."""

    key: Ed25519PrivateKey
    header: Json
    claims: Json

    def token(self, header: Json | bytes = {}, claims: Json | bytes = {}) -> str:  # noqa: B006 - read
        """Signed with the right key; what is given as None is left out, bytes are sent as they
        are."""
        signed = f"{b64(_json(self.header, header))}.{b64(_json(self.claims, claims))}"
        return f"{signed}.{b64(self.key.sign(signed.encode()))}"

    def forgeries(self) -> Iterator[tuple[str, str]]:
        """Names and tokens, none of them good."""
        yield from self._malformed()
        yield from self._unsigned()
        yield from self._keys_confused()
        yield from self._headers()
        yield from self._claims()

    def _malformed(self) -> Iterator[tuple[str, str]]:
        good = self.token()
        head, body, signature = good.split(".")
        endless = b64(b'{"a":' * 580)
        yield from {
            "a word": "x",
            "dots alone": "..",
            "more dots": "....",
            "two parts": f"{head}.{body}",
            "four parts": f"{good}.{signature}",
            "a JWE": f"{head}..{body}.{signature}.{signature}",
            "no signature": f"{head}.{body}.",
            "half a signature": f"{head}.{body}.{signature[:40]}",
            "zeros for a signature": f"{head}.{body}.{b64(bytes(64))}",
            "not base64": f"{head}.%%%.{signature}",
            "no header": f".{body}.{signature}",
            "an empty header": f"{b64(b'{}')}.{body}.{signature}",
            "a header that is no JSON": f"{b64(b'{')}.{body}.{signature}",
            "a header that is a list": f"{b64(b'[]')}.{body}.{signature}",
            "a header that is a number": f"{b64(b'7')}.{body}.{signature}",
            "a header that is no UTF-8": f"{b64(bytes([0xFF, 0xFE]))}.{body}.{signature}",
            "a header without end": f"{b64(b'[' * 2900)}.{body}.{signature}",
            "an object without end": f"{endless}.{body}.{signature}",
            "letters of no alphabet": "\xe9\xe8.\xff.\xb5",
            "huge": "x" * 50_000,
            "huge, in three parts": f"{head}.{'A' * 50_000}.{signature}",
            "another claim under the signature": ".".join(
                (head, b64(_json(self.claims, {"admin": True})), signature)
            ),
            "a claim twice under the signature": ".".join(
                (head, b64(_json(self.claims, {})[:-1] + b',"sub":"root"}'), signature)
            ),
        }.items()

    def _unsigned(self) -> Iterator[tuple[str, str]]:
        body = self.token().split(".")[1]
        signature = self.token().split(".")[2]
        for alg in ("none", "None", "NONE", "nOnE", "", None, 0, ["EdDSA"], {"EdDSA": 1}):
            head = b64(json.dumps(dict(self.header) | {"alg": alg}).encode())
            yield f"alg {alg!r}, unsigned", f"{head}.{body}."
            yield f"alg {alg!r}, signed", f"{head}.{body}.{signature}"
        twice = b64(b'{"alg":"none",' + _json(self.header, {})[1:])
        yield "alg twice", f"{twice}.{body}."

    def _keys_confused(self) -> Iterator[tuple[str, str]]:
        """The public key as a secret; and a key of the attacker's own."""
        public = self.key.public_key()
        secrets = {
            "raw": public.public_bytes_raw(),
            "base64url": b64(public.public_bytes_raw()).encode(),
            "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "nothing": b"",
        }
        for alg in ("HS256", "EdDSA"):
            head = b64(_json(self.header, {"alg": alg}))
            signed = f"{head}.{b64(_json(self.claims, {}))}"
            for name, secret in secrets.items():
                mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
                yield f"{alg} with the public key ({name}) as a secret", f"{signed}.{b64(mac)}"
        attacker = Forger(Ed25519PrivateKey.generate(), self.header, self.claims)
        jwk = {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": b64(attacker.key.public_key().public_bytes_raw()),
        }
        yield "another key", attacker.token()
        yield "another key that it brings along", attacker.token({"jwk": jwk})
        yield "another key to be fetched", attacker.token({"jku": "http://127.0.0.1:9/jwks.json"})
        yield "a certificate to be fetched", attacker.token({"x5u": "http://127.0.0.1:9/x.pem"})
        yield "a certificate that it brings along", attacker.token({"x5c": ["MIIB"]})

    def _headers(self) -> Iterator[tuple[str, str]]:
        """Signed with the right key, and yet to be refused for what the header asks."""
        for header in (
            {"alg": "HS256"},
            {"alg": "ES256"},
            {"alg": "RS256"},
            {"jku": "https://example.org/jwks.json"},
            {"x5u": "https://example.org/x.pem"},
            {"crit": ["exp"]},
            {"crit": ["b64"], "b64": False},
            {"b64": False},
            {"cty": "JWT"},
            {"zip": "DEF"},
            {"enc": "A256GCM"},
            {"typ": "at+jwt"},
            {"typ": ["JWT"]},
        ):
            yield f"header {json.dumps(header)}", self.token(header)

    def _claims(self) -> Iterator[tuple[str, str]]:
        """Signed with the right key; no such token was ever meant to be."""
        now = int(self.claims["iat"])
        for claims in (
            *({"iss": value} for value in (None, "", "somebody-else", 7, ["warehouse-auth"], {})),
            *({"aud": value} for value in (None, "", "somebody-else", 7, [self.claims["aud"]], {})),
            *({"exp": value} for value in (None, now - 3600, 0, -1, "soon", [], {}, True)),
            *({"iat": value} for value in (None, now + 3600, "now", [], {})),
            *({"nbf": value} for value in (now + 3600, "later", [], {})),
            *({name: 7} for name in ("sub", "sid")),
            *({name: ["x"]} for name in ("sub", "sid")),
            *({name: "no-uuid"} for name in ("sub", "sid")),
        ):
            yield f"claims {json.dumps(claims)}", self.token(claims=claims)
        yield "an end beyond all bounds", self.token(claims=self._raw("exp", b"1e999"))
        yield "an end that is no number", self.token(claims=self._raw("exp", b"NaN"))
        yield "a beginning beyond all bounds", self.token(claims=self._raw("nbf", b"1e999"))
        yield "a number of a thousand digits", self.token(claims=self._raw("iat", b"9" * 1000))
        for name, claims in {
            "no claims": b"",
            "claims that are no JSON": b"{",
            "claims that are a list": b"[]",
            "claims that are a word": b'"x"',
            "claims that are null": b"null",
            "claims that are no UTF-8": bytes([0xFF, 0xFE]),
            "claims without end": b"[" * 2000,
            "a token in a token": self.token().encode(),
        }.items():
            yield name, self.token(claims=claims)

    def _raw(self, name: str, value: bytes) -> bytes:
        rest = _json(self.claims, {name: None})[1:]
        return b'{"' + name.encode() + b'":' + value + b"," + rest


def _json(known: Json, given: Json | bytes) -> bytes:
    if isinstance(given, bytes):
        return given
    merged = {
        name: value for name, value in (dict(known) | dict(given)).items() if value is not None
    }
    return json.dumps(merged, separators=(",", ":")).encode()
