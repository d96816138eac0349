"""CPU time of processes: what something costs, whoever else is busy on the machine."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

import psutil


def spent(processes: Iterable[psutil.Process]) -> float:
    """Seconds, with those of children that have ended: PostgreSQL's workers come and go."""
    seconds = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


class Meter:
    """What each of several named groups of processes spends from now on."""

    def __init__(self, groups: Mapping[str, Sequence[psutil.Process]]) -> None:
        self._groups = groups
        self._before = {name: spent(processes) for name, processes in groups.items()}

    def each(self, operations: float) -> dict[str, float]:
        """Milliseconds an operation, by name, most first."""
        now = {name: spent(processes) for name, processes in self._groups.items()}
        costs = {name: 1000 * (now[name] - self._before[name]) / operations for name in now}
        return dict(sorted(costs.items(), key=lambda one: -one[1]))
