"""What each process of the embedded start finds in its environment: its own, and nobody else's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.databases import Database
from warehouse.errors import OperatorError
from warehouse.registry import EVERYTHING, GATEWAY, SERVICES

_PRIVATE = {GATEWAY: "WAREHOUSE_IDENTITY_PRIVATE_KEY"}
_MAIL = "WAREHOUSE_MAIL_KEYS"
_SECRETS = {"auth": ("AUTH_SIGNING_KEYS", "AUTH_ENCRYPTION_KEYS", _MAIL), "notify": (_MAIL,)}
# A process that hosts several services is one core's worth: more connections only take memory.
_SHARED_POOL_SIZE = 3
# On one's own machine the limits are there for what runs wild, not for many strangers.
_AT_HOME = "reads=10000/20000 writes=5000/10000 login=200/1000"
_OWNED = tuple(f"{name.upper()}_" for name in EVERYTHING)


@dataclass(frozen=True)
class Platform:
    """Where everything is in this run. `databases` maps a service to its app and owner URL, the
    latter empty where an external database came without it; `mail_folder` is where mails go until
    the operator names a server."""

    base: Mapping[str, str]
    secrets: Mapping[str, str]
    bootstrap_servers: str
    databases: Mapping[str, tuple[str, str]]
    ports: Mapping[str, int]
    gateway_host: str
    mail_folder: str = ""
    attachments_url: str = ""  # where attachments are kept until the operator names another store
    docs_sign_in: str = ""  # email:password of the demonstration, for the API's page

    @property
    def gateway_url(self) -> str:
        host = "127.0.0.1" if self.gateway_host in ("0.0.0.0", "::", "") else self.gateway_host  # noqa: S104
        return f"http://{host}:{self.ports[GATEWAY]}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def of(self, names: Iterable[str]) -> dict[str, str]:
        """The environment of a process that hosts `names`."""
        names = list(names)
        theirs = tuple(f"{name.upper()}_" for name in names)
        environment = {
            key: value
            for key, value in self.base.items()
            if (not key.startswith(_OWNED) or key.startswith(theirs))
            and key not in (*_PRIVATE.values(), _MAIL)
        }
        environment.setdefault("WAREHOUSE_LOG_FORMAT", "console")
        environment.setdefault("WAREHOUSE_PUBLIC_URL", self.gateway_url)
        environment["KAFKA_BOOTSTRAP_SERVERS"] = self.bootstrap_servers
        environment["WAREHOUSE_IDENTITY_PUBLIC_KEY"] = self._secret("WAREHOUSE_IDENTITY_PUBLIC_KEY")
        for name in names:
            environment.update(self._own(name))
            if len(names) > 1:
                size = f"{name.upper()}_DATABASE_POOL_SIZE"
                environment.setdefault(size, str(_SHARED_POOL_SIZE))
        return environment

    def _own(self, name: str) -> dict[str, str]:
        prefix = name.upper()
        own = {f"{prefix}_PORT": str(self.ports[name])}
        if name == GATEWAY:
            own["GATEWAY_HOST"] = self.gateway_host
            own["GATEWAY_RATE_LIMITS"] = self.base.get("GATEWAY_RATE_LIMITS", _AT_HOME)
            own[_PRIVATE[GATEWAY]] = self._secret(_PRIVATE[GATEWAY])
            if self.docs_sign_in:
                own["GATEWAY_DOCS_SIGN_IN"] = self.docs_sign_in
            for service in SERVICES:
                own[f"GATEWAY_{service.upper()}_URL"] = self.url(service)
            return own
        own[f"{prefix}_HOST"] = "127.0.0.1"
        own[f"{prefix}_DATABASE_URL"] = self.databases[name][0]
        for secret in _SECRETS.get(name, ()):
            own[secret] = self._secret(secret)
        if name == "catalog" and self.attachments_url:
            own["CATALOG_ATTACHMENTS_URL"] = (
                self.base.get("CATALOG_ATTACHMENTS_URL") or self.attachments_url
            )
        if name == "notify" and self.mail_folder:
            own["NOTIFY_MAIL_FOLDER"] = self.base.get("NOTIFY_MAIL_FOLDER") or self.mail_folder
        return own

    def _secret(self, name: str) -> str:
        """The operator's value where there is one, else the home's own."""
        return self.base.get(name) or self.secrets[name]


def external_databases(environment: Mapping[str, str]) -> dict[str, tuple[str, str]] | None:
    """The services' database URLs where the operator gave them, None where he gave none; raises
    `OperatorError` when some are missing."""
    urls = {
        service: (
            environment.get(f"{service.upper()}_DATABASE_URL", ""),
            environment.get(f"{service.upper()}_DATABASE_OWNER_URL", ""),
        )
        for service in SERVICES
    }
    missing = [f"{service.upper()}_DATABASE_URL" for service, (app, _) in urls.items() if not app]
    if len(missing) == len(urls):
        return None
    if missing:
        raise OperatorError(
            f"Databases of your own are used by all services or by none; missing: "
            f"{', '.join(missing)}."
        )
    return urls


def embedded_databases(secrets: Mapping[str, str]) -> dict[str, Database]:
    """Each service's database in the embedded PostgreSQL."""
    return {
        service: Database.of(
            service,
            owner_password=secrets[f"{service}_owner"],
            app_password=secrets[f"{service}_app"],
        )
        for service in SERVICES
    }
