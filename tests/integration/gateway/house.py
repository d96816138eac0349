"""The real auth, twice, behind as many gateways as a test asks for, all in this process."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from integration.gateway.rig import NOWHERE, Echo, served
from support.callers import PASSWORD, Person, register

from chassis.identity import IdentityVerifier
from chassis.settings import Role
from gateway.app import compose
from gateway.settings import GatewaySettings
from services.auth import app as auth


@dataclass
class House:
    """`addresses` are auth's; its first replica relays and watches the clock, too."""

    environment: dict[str, str]
    addresses: list[str]
    stack: AsyncExitStack
    echo: Echo
    catalog: str
    people: list[Person] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls, environment: dict[str, str]) -> AsyncIterator["House"]:
        async with AsyncExitStack() as stack:
            addresses = []
            for role in (Role.ALL, Role.API):
                service = auth.build()
                await service.start(role)
                stack.push_async_callback(service.stop)
                addresses.append(await stack.enter_async_context(served(service.app)))
            echo = Echo(verifier=IdentityVerifier(environment["WAREHOUSE_IDENTITY_PUBLIC_KEY"]))
            catalog = await stack.enter_async_context(served(echo))
            house = cls(environment, addresses, stack, echo, catalog)
            yield house
            for person in house.people:
                await person.http.aclose()

    async def gateway(self, stack: AsyncExitStack, *, kafka: str | None = None) -> str:
        """Another replica of the gateway, for as long as `stack` is open; its address. `kafka` is
        the stack's own by default; catalog is `echo`, all others are nowhere."""
        nowhere = f"http://{NOWHERE}"
        service = compose(
            GatewaySettings.model_validate(
                {
                    "port": 0,
                    "auth_url": ",".join(self.addresses),
                    "kafka_bootstrap_servers": kafka or self.environment["KAFKA_BOOTSTRAP_SERVERS"],
                    "identity_private_key": self.environment["WAREHOUSE_IDENTITY_PRIVATE_KEY"],
                    "catalog_url": self.catalog,
                    "inventory_url": nowhere,
                    "loans_url": nowhere,
                    "notify_url": nowhere,
                    "analytics_url": nowhere,
                }
            )
        )
        await service.start(Role.API)
        stack.push_async_callback(service.stop)
        return await stack.enter_async_context(served(service.app))

    async def person(self, gateway: str) -> Person:
        """Somebody new, signed in at this gateway."""
        self.people.append(await register(gateway, f"P{secrets.token_hex(3)}"))
        return self.people[-1]

    async def signed_in(self, gateway: str, person: Person) -> httpx.AsyncClient:
        """One more session of a person's."""
        tokens = await login(person.http, person.email)
        client = httpx.AsyncClient(base_url=gateway, timeout=40)
        self.stack.push_async_callback(client.aclose)
        client.headers["authorization"] = f"Bearer {tokens['access_token']}"
        return client


async def login(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    body = {"email": email, "password": PASSWORD}
    answer = await client.post("/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens
