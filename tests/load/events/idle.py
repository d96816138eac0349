"""What `make up` takes while nobody uses it: every process of it, the servers' among them."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
from load import cpu
from load.report import Figure, at_most
from load.yardstick import LoadError

from warehouse.embedded.server import free_ports
from warehouse.home import Home

PART = "idle"
SECONDS, SETTLE = 20.0, 8.0
READY, GRACE = 120.0, 30.0
_PROGRAMS = {"postgres": "PostgreSQL", "java": "Kafka"}
_UP = "from warehouse.cli import main; main()"


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            *await _measure(Path(folder) / "apart", "each service a process", memory=900),
            *await _measure(Path(folder) / "compact", "--compact", "--compact", memory=500),
        ]


async def _measure(home: Path, name: str, *options: str, memory: float) -> list[Figure]:
    with _up(home, *options) as process:
        await _demo_is_loaded(home, process)
        await asyncio.sleep(SETTLE)
        meter = cpu.Meter(_groups(process.pid))
        began = time.monotonic()
        await asyncio.sleep(SECONDS)
        # Milliseconds for each second, as a share of one core.
        shares = {name: each / 10 for name, each in meter.each(time.monotonic() - began).items()}
        megabytes = {
            name: sum(map(_proportional, processes)) / 1e6
            for name, processes in _groups(process.pid).items()
        }
    return [
        Figure(
            *(PART, f"CPU, {name}", sum(shares.values()), "% of a core"),
            budget=at_most(5),
            note=_said(shares),
        ),
        Figure(
            *(PART, f"memory, {name}", sum(megabytes.values()), "MB"),
            budget=at_most(memory),
            note=f"shared pages once: {_said(megabytes)}",
        ),
    ]


def _groups(pid: int) -> dict[str, list[psutil.Process]]:
    """Every process of the platform, by what it is part of."""
    groups: dict[str, list[psutil.Process]] = defaultdict(list)
    for process in cpu.tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            groups[_PROGRAMS.get(process.name(), "services and supervisor")].append(process)
    return groups


def _said(each: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in each.items())


@contextlib.contextmanager
def _up(home: Path, *options: str) -> Iterator[psutil.Process]:
    port, kafka_port = free_ports(2)
    home.mkdir(parents=True)
    with (home.parent / f"{home.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", _UP, "up", "--home", str(home), *options),
                *("--port", str(port), "--kafka-port", str(kafka_port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _demo_is_loaded(home: Path, process: psutil.Process) -> None:
    """The last that a first start does."""
    until = time.monotonic() + READY
    while not Home(home).demo_is_loaded:
        if time.monotonic() > until or not process.is_running():
            raise LoadError("warehouse up did not come to its demo workspace")
        await asyncio.sleep(0.1)


def _proportional(process: psutil.Process) -> float:
    """Bytes in memory, each shared page divided among those that share it; where the system does
    not tell, what is the process's alone."""
    try:
        full = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0.0
    return float(getattr(full, "pss", full.uss))
