"""What the machine does with requests at all: the measure that shares are taken of."""

import statistics
import tempfile
from pathlib import Path

from load import yardstick
from load.report import Figure
from load.yardstick import LoadError

PART = "yardstick"
ROUNDS, SECONDS = 2, 2


async def requests_per_second() -> float:
    """nginx over nginx; raises `LoadError` where a program for it is missing."""
    if needed := yardstick.missing():
        raise LoadError(f"the yardstick needs nginx and wrk: {needed}")
    with tempfile.TemporaryDirectory() as folder, yardstick.nginx(Path(folder)) as (url, _):
        rates = [(await yardstick.wrk(url, seconds=SECONDS)).rate for _ in range(ROUNDS)]
    return statistics.median(rates)


def figure(rate: float) -> Figure:
    return Figure(PART, "nginx over nginx, 900 bytes", rate, "requests/s", note="wrk -t1 -c32")
