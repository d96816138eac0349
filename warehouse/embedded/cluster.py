"""Several Kafka nodes on this machine, each broker and controller, on one KRaft quorum.

What three nodes promise, and one can't: a record that was acknowledged is on two of them at least,
and the death of any one leaves a majority that elects and serves.
"""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from warehouse.embedded import class_cache
from warehouse.embedded.kafka import Kafka, new_cluster_id
from warehouse.embedded.server import free_ports, spawn, wait_ready

SIZE = 3
DEADLINE = 90  # seconds for a node to answer: the first ones wait for a majority
GRACE = 10  # seconds for a node to stop before it is killed


class Cluster:
    """`size` nodes with their data below `folder`, each on its own port of 127.0.0.1."""

    def __init__(self, folder: Path, *, size: int = SIZE) -> None:
        ports, controllers = free_ports(size), free_ports(size)
        voters = tuple(enumerate(controllers, start=1))
        cluster_id = new_cluster_id()
        self.nodes = {
            node: Kafka(
                folder / f"kafka-{node}",
                port,
                node=node,
                controller_port=controller,
                voters=voters,
                cluster_id=cluster_id,
            )
            for (node, controller), port in zip(voters, ports, strict=True)
        }
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._frozen: set[int] = set()

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(node.bootstrap_servers for node in self.nodes.values())

    @property
    def alive(self) -> set[int]:
        """The nodes that run, frozen ones among them."""
        return {node for node, process in self._running.items() if process.poll() is None}

    def start(self, *nodes: int) -> None:
        """Start `nodes`, all that do not run when none are named, and wait until they answer."""
        starting = set(nodes or self.nodes) - self.alive
        for node in sorted(starting):
            server = self.nodes[node]
            server.prepare()
            self._running[node] = spawn(server.launch())
            server.started(self._running[node].pid)
        for node in sorted(starting):
            wait_ready(self.nodes[node], self._running[node], DEADLINE)

    def kill(self, node: int) -> None:
        """End a node as a power cut would."""
        self._running[node].kill()
        self._running[node].wait()
        self._frozen.discard(node)

    def freeze(self, node: int) -> None:
        """Let a node stand still with its connections open, as a machine does that swaps."""
        self._running[node].send_signal(signal.SIGSTOP)
        self._frozen.add(node)

    def thaw(self, node: int) -> None:
        self._running[node].send_signal(signal.SIGCONT)
        self._frozen.discard(node)

    def stop(self) -> None:
        """Stop every node, by force where one lingers."""
        for process in self._running.values():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    async def leader_of(self, topic: str, partition: int) -> int:
        """The node that leads a partition; -1 while nobody does."""
        return int((await self._partition(topic, partition))["leader"])

    async def in_sync(self, topic: str, partition: int) -> set[int]:
        """The nodes that have every acknowledged record of a partition."""
        return set((await self._partition(topic, partition))["isr"])

    async def _partition(self, topic: str, partition: int) -> dict[str, Any]:
        """A client asks any node that it has heard of, a dead one too: it is asked again."""
        until = time.monotonic() + DEADLINE
        while True:
            try:
                described = await self._describe(topic)
            except KafkaError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.1)
            else:
                [found] = [one for one in described if one["partition"] == partition]
                return found

    async def _describe(self, topic: str) -> list[dict[str, Any]]:
        servers = [self.nodes[node].bootstrap_servers for node in self.alive - self._frozen]
        client: Any = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=2_000)
        try:
            await client.start()
            [described] = await client.describe_topics([topic])
        finally:
            await client.close()
        return list(described["partitions"])


@contextlib.contextmanager
def running(folder: Path, *, size: int = SIZE) -> Iterator[Cluster]:
    """A cluster for a while."""
    class_cache.ensure()
    cluster = Cluster(folder, size=size)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
