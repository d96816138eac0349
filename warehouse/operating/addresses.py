"""Where the platform's Kafka and databases are, for a command that looks at it from outside.

The environment comes first, value by value, as the services themselves read it; what it does not
name is taken from the platform that runs in the home folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.environment import embedded_databases
from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.registry import SERVICES


@dataclass(frozen=True)
class Addresses:
    """What was found. `databases` and `owners` map a service to its URL as the app role and as the
    role that owns the tables; services without one are missing. `kafka` may be empty."""

    home: Path
    kafka: str
    databases: Mapping[str, str]
    owners: Mapping[str, str]

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's `host:port,…`; raises `OperatorError` when nobody told."""
        if not self.kafka:
            raise self._unknown("Kafka", "KAFKA_BOOTSTRAP_SERVERS")
        return self.kafka

    def database(self, service: str) -> str:
        """The database of `service` as its app role; raises `OperatorError` when nobody told."""
        if service not in self.databases:
            raise self._unknown(f"The database of {service}", f"{service.upper()}_DATABASE_URL")
        return self.databases[service]

    def owner(self, service: str) -> str:
        """The database of `service` as its owner; raises `OperatorError` when nobody told."""
        if service not in self.owners:
            variable = f"{service.upper()}_DATABASE_OWNER_URL"
            raise self._unknown(f"The owner of {service}'s database", variable)
        return self.owners[service]

    def _unknown(self, what: str, variable: str) -> OperatorError:
        return OperatorError(
            f"{what} is not known. Set {variable}, or start the platform with `make up` (nothing "
            f"runs in {self.home}; --home or WAREHOUSE_HOME name another folder)."
        )


def find(home: Path, environment: Mapping[str, str]) -> Addresses:
    """The addresses that `environment` names, completed by those of the platform in `home`, if it
    runs. Raises nothing: what is missing is told when it is asked for."""
    kafka, databases, owners = _of_home(Home(home))
    for service in SERVICES:
        prefix = service.upper()
        if url := environment.get(f"{prefix}_DATABASE_URL"):
            databases[service] = url
            owners.pop(service, None)  # the owner of another database
        if url := environment.get(f"{prefix}_DATABASE_OWNER_URL"):
            owners[service] = url
    given = environment.get("KAFKA_BOOTSTRAP_SERVERS")
    return Addresses(home, given or kafka, databases, owners)


def _of_home(home: Home) -> tuple[str, dict[str, str], dict[str, str]]:
    addresses: dict[str, str] = home.run().get("addresses", {}) if home.is_running() else {}
    server = addresses.get("postgres")
    if not server:
        return addresses.get("kafka", ""), {}, {}
    databases = embedded_databases(home.secrets())
    return (
        addresses.get("kafka", ""),
        {service: each.app_url(server) for service, each in databases.items()},
        {service: each.owner_url(server) for service, each in databases.items()},
    )
