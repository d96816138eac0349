"""What runs, where, and how much memory it takes: read from the supervisor's own record."""

import contextlib
from typing import Any

import psutil

from warehouse.home import Home

MEGABYTE = 1024 * 1024


def read(home: Home) -> dict[str, Any]:
    """`{"state", "processes": [{"service", "role", "pid", "state", "restarts", "rss_mb"}],
    "addresses": {name: address}, "memory_mb"}`; no processes when nothing runs. The state is
    `going_down` when the supervisor was killed and what it started has yet to end."""
    run: dict[str, Any] = {}
    if home.is_running():
        run = home.run()
    elif home.is_going_down():
        run = _left(home.run())
    processes = [
        {**process, "rss_mb": _megabytes(process["pid"])} for process in run.get("processes", [])
    ]
    return {
        "state": run.get("state", "stopped"),
        "processes": processes,
        "addresses": run.get("addresses", {}),
        "memory_mb": round(sum(_share(process["pid"]) for process in processes), 1),
    }


def _left(run: dict[str, Any]) -> dict[str, Any]:
    """What lives of a run whose supervisor does not; nothing of it is to be used any more."""
    alive = [each for each in run.get("processes", []) if _is_alive(each["pid"])]
    return {
        "state": "going_down",
        "processes": [{**each, "state": "stopping"} for each in alive],
    }


def _is_alive(pid: int | None) -> bool:
    with contextlib.suppress(psutil.Error):
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _megabytes(pid: int | None) -> float:
    """Resident memory of a process and what it started; pages that PostgreSQL's processes share
    with each other are counted once."""
    total, shared = 0, 0
    if pid is None:
        return 0.0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        # A forked service is the launcher's child, and counted by itself.
        family = [process, *process.children()] if process.name() == "postgres" else [process]
        for each in family:
            with contextlib.suppress(psutil.Error):
                memory = each.memory_info()
                common = getattr(memory, "shared", 0) if len(family) > 1 else 0
                total += memory.rss - common
                shared = max(shared, common)
    return round((total + shared) / MEGABYTE, 1)


def _share(pid: int | None) -> float:
    """Memory of a process and, for PostgreSQL, its children, in megabytes: a page that N processes
    share counts 1/N for each (PSS), so that the sum is what the machine gives. RSS elsewhere than
    on Linux."""
    if pid is None:
        return 0.0
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children()] if process.name() == "postgres" else [process]
        for each in family:
            with contextlib.suppress(psutil.Error):
                memory = each.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
    return total / MEGABYTE


def table(status: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{'SERVICE':<11} {'ROLE':<10} {'PID':>8}  {'STATE':<10} {'RESTARTS':>8} {'RSS':>9}"]
    lines += [
        f"{each['service']:<11} {each['role']:<10} {each['pid'] or '-':>8}  {each['state']:<10} "
        f"{each['restarts']:>8} {each['rss_mb']:>6.0f} MB"
        for each in status["processes"]
    ]
    lines += ["", f"{'memory':<11} {status['memory_mb']:.0f} MB in all, shared pages counted once"]
    lines += [f"{name:<11} {address}" for name, address in status["addresses"].items()]
    return "\n".join(lines)
