"""The database that each service is given, and the URLs that name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from warehouse.errors import OperatorError
from warehouse.registry import SERVICES


@dataclass(frozen=True)
class Role:
    name: str
    password: str


@dataclass(frozen=True)
class Database:
    """What one service is given."""

    name: str
    owner: Role
    app: Role

    @classmethod
    def of(cls, service: str, *, owner_password: str, app_password: str) -> "Database":
        """The database of `service` under the names that the embedded start uses."""
        return cls(
            f"warehouse_{service}",
            Role(f"{service}_owner", owner_password),
            Role(f"{service}_app", app_password),
        )

    @classmethod
    def from_urls(cls, app_url: str, owner_url: str) -> "Database":
        """Names and passwords as a service's two URLs give them."""
        app, owner = urlsplit(app_url), urlsplit(owner_url)
        if app.path != owner.path:
            raise OperatorError("A service's two database URLs name different databases.")
        return cls(app.path.lstrip("/"), _role(owner_url), _role(app_url))

    def app_url(self, server: str) -> str:
        return _url(server, self.app, self.name)

    def owner_url(self, server: str) -> str:
        return _url(server, self.owner, self.name)


def from_environment(environment: Mapping[str, str]) -> list[Database]:
    """Every service's database as `<SERVICE>_DATABASE_URL` and `…_OWNER_URL` name them."""
    databases = []
    for service in SERVICES:
        names = [f"{service.upper()}_DATABASE_URL", f"{service.upper()}_DATABASE_OWNER_URL"]
        if missing := [name for name in names if not environment.get(name)]:
            raise OperatorError(f"{' and '.join(missing)} must be set to provision {service}.")
        databases.append(Database.from_urls(*(environment[name] for name in names)))
    return databases


def _role(url: str) -> Role:
    parts = urlsplit(url)
    if not parts.username or not parts.password or len(parts.path) < 2:
        raise OperatorError("A database URL must name a role, its password and a database.")
    return Role(unquote(parts.username), unquote(parts.password))


def _url(server: str, role: Role, database: str) -> str:
    name, password = quote(role.name, safe=""), quote(role.password, safe="")
    return f"postgresql://{name}:{password}@{server}/{database}"
