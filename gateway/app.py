"""Composition root of the gateway: settings in, a hostable service out."""

from importlib.metadata import version

from chassis.identity import IdentitySigner
from chassis.service import Service
from gateway import contracts
from gateway.access_tokens import AccessTokens
from gateway.addresses import Addresses
from gateway.api_document import ApiDocument
from gateway.application import Gateway
from gateway.approvals import Approvals
from gateway.cors import Cors
from gateway.entrance import Entrance
from gateway.events import Events
from gateway.exchange import Deadlines
from gateway.hosts import Hosts
from gateway.identity_headers import IdentityHeaders
from gateway.internal_client import InternalClient
from gateway.limits import RateLimits
from gateway.memberships import Memberships
from gateway.metrics_port import MetricsPort
from gateway.pages import Pages
from gateway.personal_tokens import PersonalTokens
from gateway.proxy import Proxy
from gateway.readiness import Readiness
from gateway.responses import always
from gateway.revocations import RevokedSessions
from gateway.routing import Routes, ServiceName
from gateway.settings import GatewaySettings
from gateway.signing_keys import SigningKeys
from gateway.token_use import TokenUse
from gateway.upstream import Upstream

USE_REPORTED_EVERY = 30.0  # seconds between reports of the access tokens that were used


def build() -> Service:
    """The gateway as the environment describes it."""
    return compose(GatewaySettings())


def compose(settings: GatewaySettings) -> Service:
    """The gateway of these settings; nothing connects before the service starts."""
    upstreams = {
        name: Upstream(
            name,
            urls,
            connections=settings.upstream_connections,
            connect_timeout=settings.connect_timeout,
        )
        for name, urls in settings.urls.items()
    }
    auth = upstreams[ServiceName.AUTH]
    signer = IdentitySigner(settings.identity_private_key)
    identities = IdentityHeaders(signer, remembered=settings.remembered)
    client = InternalClient(identities)
    memberships = Memberships(
        client, auth, lifetime=settings.role_lifetime, remembered=settings.remembered
    )
    revoked = RevokedSessions(client, auth)
    keys = SigningKeys(client, auth)
    use = TokenUse(client, auth, remembered=settings.remembered, every=USE_REPORTED_EVERY)
    personal = PersonalTokens(client, auth, use, remembered=settings.remembered)
    routes = Routes(contracts.read(settings.contracts))
    proxy = Proxy(
        Deadlines(
            response=settings.response_timeout,
            body=settings.body_timeout,
            idle=settings.idle_timeout,
            total=settings.total_timeout,
        ),
        max_body=settings.max_body_bytes,
    )
    gateway = Gateway(
        pages=Pages(
            Readiness(client, upstreams, revoked),
            ApiDocument(settings.contracts, version=version("warehouse-platform")),
            settings.docs_sign_in,
        ),
        entrance=Entrance(
            tokens=AccessTokens(
                keys,
                issuer=settings.issuer,
                audience=settings.audience,
                remembered=settings.remembered,
            ),
            personal=personal,
            revoked=revoked,
            memberships=memberships,
            identities=identities,
        ),
        addresses=Addresses(settings.trusted_proxies),
        hosts=Hosts(settings.allowed_hosts),
        cors=Cors(settings.cors_origins, credentials=settings.cors_credentials),
        always=always(
            hsts_seconds=settings.hsts_seconds, other_origins=bool(settings.cors_origins)
        ),
        limits=RateLimits(settings.rate_limits, remembered=settings.remembered),
        approvals=Approvals(
            routes=routes,
            client=client,
            upstreams=upstreams,
            memberships=memberships,
            signer=signer,
            timeout=settings.response_timeout,
        ),
        routes=routes,
        upstreams=upstreams,
        proxy=proxy,
    )
    return Service(
        name="gateway",
        app=gateway,
        host=settings.host,
        port=settings.port,
        draining=[proxy.drain],
        serving=[
            *upstreams.values(),
            MetricsPort(settings.metrics_host, settings.metrics_port),
            revoked,
            keys,
            use,
            Events(settings.kafka_bootstrap_servers, memberships, revoked, personal),
        ],
    )
