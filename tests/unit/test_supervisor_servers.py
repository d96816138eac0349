"""Jars, databases and topics as they are declared; nothing here needs a server."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from warehouse.databases import Database, from_environment
from warehouse.embedded import jars, postgres, server
from warehouse.embedded.jars import Jar, JarsError, class_path, read_lock
from warehouse.embedded.server import free_ports
from warehouse.errors import OperatorError
from warehouse.registry import EVERYTHING, SERVICES
from warehouse.topics import declared
from warehouse.up import Wishes, ports_for

JAR = Jar(
    "org.example:thing:1.0", "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0", 3
)


def test_the_lock_names_jars_by_coordinate_checksum_and_size_alone() -> None:
    locked = read_lock()
    assert {jar.filename for jar in locked} > {"kafka_2.13-4.3.1.jar", "slf4j-simple-1.7.36.jar"}
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in locked)
    assert "://" not in jars.LOCK.read_text()


def test_a_classifier_is_part_of_the_file_name() -> None:
    assert Jar("g:a:1:linux", "", 0).filename == "a-1-linux.jar"


@pytest.mark.parametrize(
    ("memory", "buffers"), [(0.5, "64MB"), (4, "256MB"), (64, "1024MB"), (2**40, "1024MB")]
)
def test_postgresql_takes_a_share_of_the_memory_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: float, buffers: str
) -> None:
    """A sixteenth of the machine's (GiB) or the container's, within bounds."""

    def launched(limit: str) -> list[str]:
        limits = tmp_path / "memory.max"
        limits.write_text(limit)
        monkeypatch.setattr(postgres, "_LIMIT", limits)
        return postgres.Postgres(tmp_path, 1).launch().argv

    total = SimpleNamespace(total=memory * 2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: total)
    assert f"shared_buffers={buffers}" in launched("max\n")
    assert "shared_buffers=64MB" in launched(f"{2**29}\n")


def test_a_folder_with_other_jars_than_the_locks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JarsError, match=r"thing-1\.0\.jar"):
        class_path(tmp_path, [JAR])
    (tmp_path / "thing-1.0.jar").write_bytes(b"aaa")
    assert class_path(tmp_path, [JAR]) == str(tmp_path / "thing-1.0.jar")
    (tmp_path / "extra.jar").touch()
    with pytest.raises(JarsError, match=r"extra\.jar"):
        class_path(tmp_path, [JAR])


def test_a_fetched_jar_that_is_not_the_locked_one_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right size, wrong bytes: tried again, then refused, and never moved into place."""
    fetched = tmp_path / "fetched.jar"

    class Artifact:
        cached_path = fetched

        def resolve(self) -> Path:
            fetched.write_bytes(b"bad")
            return fetched

    class Context:
        def project(self, *_names: str) -> "Context":
            return self

        def at_version(self, _version: str) -> "Context":
            return self

        def artifact(self) -> Artifact:
            return Artifact()

    monkeypatch.setattr(jars, "_context", lambda *_: Context())
    monkeypatch.setattr(jars.time, "sleep", lambda _seconds: None)
    folder = tmp_path / "jars"
    with pytest.raises(JarsError, match="not what the lock says"):
        jars.ensure(folder, [JAR])
    assert list(folder.glob("*.jar")) == []

    def good(_self: Artifact) -> Path:
        fetched.write_bytes(b"aaa")
        return fetched

    monkeypatch.setattr(Artifact, "resolve", good)
    jars.ensure(folder, [JAR])
    assert [path.name for path in folder.glob("*.jar")] == ["thing-1.0.jar"]


def test_the_cache_is_where_the_operator_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_CACHE", str(tmp_path))
    assert jars.jar_folder().parent == tmp_path


def test_a_database_survives_the_way_through_its_urls() -> None:
    database = Database.of("loans", owner_password="o/ü@:", app_password="a'?#")
    again = Database.from_urls(database.app_url("db:5432"), database.owner_url("db:5432"))
    assert database == again


def test_provisioning_needs_both_urls_of_every_service() -> None:
    urls = {}
    for service in SERVICES:
        database = Database.of(service, owner_password="o", app_password="a")
        urls[f"{service.upper()}_DATABASE_URL"] = database.app_url("db")
        urls[f"{service.upper()}_DATABASE_OWNER_URL"] = database.owner_url("db")
    assert [each.name for each in from_environment(urls)] == [f"warehouse_{s}" for s in SERVICES]
    del urls["LOANS_DATABASE_OWNER_URL"]
    with pytest.raises(OperatorError, match="LOANS_DATABASE_OWNER_URL"):
        from_environment(urls)


def test_every_topic_is_kept_for_good_and_every_consumer_has_dead_letters() -> None:
    topics = {topic.name: topic for topic in declared()}
    assert all(topic.config["retention.ms"] == "-1" for topic in topics.values())
    for service in SERVICES:
        assert topics[f"warehouse.{service}.dlq.v1"].partitions == 1
    assert topics["warehouse.loans.loan.v1"].partitions == 3
    assert {topic.replication for topic in declared(3)} == {3}


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in one process, and not in two that both have yet to listen."""
    monkeypatch.setattr(server, "_OURS", range(17_000, 17_012))
    given = free_ports(4) + free_ports(4)
    script = "from warehouse.embedded import server; server._OURS = range(17000, 17012); "
    told = subprocess.run(
        [sys.executable, "-c", script + "print(*server.free_ports(4))"],
        capture_output=True,
        text=True,
        check=True,
    )
    others = [int(port) for port in told.stdout.split()]
    assert sorted(given + others) == [*range(17_000, 17_012)]


def test_everything_has_a_port_of_its_own_whatever_was_wished_for(tmp_path: Path) -> None:
    wishes = Wishes(tmp_path, "127.0.0.1", 18_001, 18_002, demo=False, compact=False)
    for _ in range(20):
        ports = ports_for(wishes)
        assert {*ports} == {*EVERYTHING, "kafka", "kafka-controller", "postgres"}
        assert len({*ports.values()}) == len(ports)
        assert (ports["gateway"], ports["kafka"]) == (18_001, 18_002)
