"""Finding the platform: the environment first, then what runs in the home folder."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.errors import OperatorError
from warehouse.home import Home
from warehouse.operating.addresses import find


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that somebody runs, with PostgreSQL and Kafka of its own."""
    home = Home(tmp_path / "home")
    with home.locked():
        home.secrets()
        addresses = {"kafka": "127.0.0.1:9", "postgres": "127.0.0.1:5"}
        home.write_run({**home.run(), "addresses": addresses})
        yield home.folder


def test_a_running_home_tells_where_everything_is(home: Path) -> None:
    found = find(home, {})
    secrets = json.loads((home / "secrets.json").read_text())
    assert found.bootstrap_servers == "127.0.0.1:9"
    password = secrets["loans_app"]
    assert (
        found.database("loans") == f"postgresql://loans_app:{password}@127.0.0.1:5/warehouse_loans"
    )
    assert found.owner("loans").startswith("postgresql://loans_owner:")


def test_the_environment_comes_before_the_home(home: Path) -> None:
    """An owner is only ever one of the database that is named beside it."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "LOANS_DATABASE_URL": "postgresql://a:b@c/loans",
    }
    found = find(home, environment)
    assert found.bootstrap_servers == "kafka:9092"
    assert found.database("loans") == "postgresql://a:b@c/loans"
    assert found.database("auth").endswith("/warehouse_auth")
    with pytest.raises(OperatorError, match="LOANS_DATABASE_OWNER_URL"):
        found.owner("loans")


def test_what_nobody_told_is_asked_for_by_its_variable(tmp_path: Path) -> None:
    """Looking makes no home folder, and one that stopped tells nothing."""
    folder = tmp_path / "none"
    found = find(folder, {})
    with pytest.raises(OperatorError, match=r"KAFKA_BOOTSTRAP_SERVERS.*make up"):
        _ = found.bootstrap_servers
    with pytest.raises(OperatorError, match="CATALOG_DATABASE_URL"):
        found.database("catalog")
    assert not folder.exists()
    home = Home(folder)
    with home.locked():
        pass
    home.write_run({"addresses": {"kafka": "127.0.0.1:9"}})
    with pytest.raises(OperatorError):
        _ = find(folder, {}).bootstrap_servers
