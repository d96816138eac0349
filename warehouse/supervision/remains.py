"""What a platform that was killed left running."""

import contextlib
from typing import Any

import psutil

from warehouse.supervision.launcher import GRACE

_MARK = "warehouse.supervision.launcher"


def clear(run: dict[str, Any]) -> None:
    """Wait until the services that `run` took over from earlier ones have ended, as they do when
    they lose their supervisor; kill those that have not. Their ids may be other programs' by now:
    those stay."""
    left = [process for each in run.get("left", []) if (process := _service(each["pid"]))]
    _, lingering = psutil.wait_procs(left, timeout=GRACE + 2)
    for process in lingering:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(lingering, timeout=5)


def _service(pid: int | None) -> psutil.Process | None:
    with contextlib.suppress(psutil.Error):
        if pid and _MARK in (process := psutil.Process(pid)).cmdline():
            return process
    return None
