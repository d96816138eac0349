"""Kafka's jars: what they are is locked with checksums, where they come from is jgo's business.

The lock lists every jar as `group:artifact:version[:classifier] sha256 size`. A jar is fetched into
a staging folder, compared with the lock, then moved to its place, so that a fetch that was cut off
goes on where it was and two at once do not spoil each other.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.errors import OperatorError

KAFKA_VERSION = "4.3.1"
# Kafka logs through slf4j and its published artifact brings no backend; this is the smallest one.
COORDINATES = (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
LOCK = Path(__file__).with_name("kafka.lock")
ATTEMPTS = 4

Progress = Callable[[int], None]


class JarsError(OperatorError):
    """The jars on disk are not those of the lock, or could not be fetched."""


@dataclass(frozen=True, order=True)
class Jar:
    """One locked jar. `coordinate` is `group:artifact:version[:classifier]`, `size` in bytes."""

    coordinate: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        return "-".join(self.coordinate.split(":")[1:]) + ".jar"


def read_lock(path: Path = LOCK) -> list[Jar]:
    """The jars of the lock, in its order, which is the class path's."""
    jars = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256, size = line.split()
            jars.append(Jar(coordinate, sha256, int(size)))
    return jars


def cache_folder() -> Path:
    """Where fetched jars are kept for every checkout: `WAREHOUSE_CACHE`, or the user's cache."""
    if chosen := os.environ.get("WAREHOUSE_CACHE"):
        return Path(chosen).expanduser().resolve()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "warehouse"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "warehouse"
    return Path.home() / ".cache" / "warehouse"


def jar_folder(lock: Path = LOCK) -> Path:
    """The folder of exactly this lock's jars."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:8]
    return cache_folder() / f"kafka-{KAFKA_VERSION}-{digest}"


def class_path(folder: Path, jars: list[Jar]) -> str:
    """The Java class path; raises `JarsError` unless the folder holds the lock's jars, no other."""
    found = {path.name: path.stat().st_size for path in folder.glob("*.jar")}
    locked = {jar.filename: jar.size for jar in jars}
    if found != locked:
        differing = sorted({name for name, _ in found.items() ^ locked.items()})
        raise JarsError(
            f"Kafka's jars in {folder} differ from the lock ({', '.join(differing)}). "
            "Delete the folder and start again."
        )
    return os.pathsep.join(str(folder / jar.filename) for jar in jars)


def ensure(folder: Path | None = None, jars: list[Jar] | None = None) -> Path:
    """The folder with every jar of the lock, fetched and verified; quick when they are there."""
    jars = read_lock() if jars is None else jars
    folder = jar_folder() if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    if _missing(folder, jars):
        with locked(folder):
            if missing := _missing(folder, jars):  # somebody else may have fetched meanwhile
                _fetch(folder, missing)
    class_path(folder, jars)
    return folder


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone among processes to write in `folder`; the lock goes with the process that holds it."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _missing(folder: Path, jars: list[Jar]) -> list[Jar]:
    return [jar for jar in jars if not (folder / jar.filename).exists()]


def _fetch(folder: Path, jars: list[Jar]) -> None:
    staging = folder / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    with _progress(sum(jar.size for jar in jars)) as advance, ThreadPoolExecutor(4) as pool:
        context = _context(staging, advance)
        fetched = [pool.submit(_fetch_one, context, folder, jar) for jar in jars]
        try:
            for future in fetched:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    shutil.rmtree(staging, ignore_errors=True)


def _fetch_one(context: Any, folder: Path, jar: Jar) -> None:  # noqa: ANN401 - jgo is untyped
    """Fetch, compare, move into place; a failed or spoilt fetch is tried again."""
    group, name, version, *classifier = jar.coordinate.split(":")
    artifact = context.project(group, name).at_version(version).artifact(*classifier)
    failure = ""
    for attempt in range(ATTEMPTS):
        time.sleep(0 if attempt == 0 else 2**attempt / 2)
        artifact.cached_path.unlink(missing_ok=True)  # jgo takes half a file for a whole one
        try:
            path: Path = artifact.resolve()
        except Exception as error:  # noqa: BLE001 - jgo and requests raise many kinds
            failure = f"could not be fetched ({type(error).__name__})"
            continue
        if _matches(path, jar):
            path.replace(folder / jar.filename)
            return
        failure = "is not what the lock says (checksum or size)"
    raise JarsError(
        f"{jar.coordinate} {failure}. Is there a network? What came is kept: try again."
    )


def _matches(path: Path, jar: Jar) -> bool:
    return path.stat().st_size == jar.size and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _context(staging: Path, advance: Progress | None) -> Any:  # noqa: ANN401 - jgo is untyped
    """jgo's own default source, after whatever mirrors its configuration names."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - only a fetch needs it
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    @contextlib.contextmanager
    def report(_name: str, _total: int) -> Iterator[Progress]:
        yield advance or (lambda _count: None)

    context = MavenContext(
        resolver=PythonResolver(progress_callback=report), repo_cache=staging, timeout=60
    )
    context.remote_repos = {**GlobalSettings.load().repositories, **context.remote_repos}
    return context


def _progress(total: int) -> AbstractContextManager[Progress]:
    from rich.console import Console  # noqa: PLC0415 - only a fetch needs it
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    @contextlib.contextmanager
    def bar() -> Iterator[Callable[[int], None]]:
        columns = (
            "[bold]{task.description}",
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task(f"Apache Kafka {KAFKA_VERSION}, once", total=total)
            yield lambda count: progress.update(task, advance=count)

    return bar()


def write_lock(path: Path = LOCK) -> list[Jar]:
    """Resolve the coordinates again, with all they bring, and write what came as the new lock."""
    from jgo.parse import Coordinate  # noqa: PLC0415 - maintenance only

    staging = cache_folder() / "relock"
    context = _context(staging, None)
    wanted = [
        context.create_dependency(replace(Coordinate.parse(text), scope="compile"))
        for text in COORDINATES
    ]
    given, brought = context.resolver.resolve(wanted)
    running = [*given, *(each for each in brought if each.scope in ("compile", "runtime"))]
    jars = [_lock_one(dependency.artifact) for dependency in running]
    if len({jar.filename for jar in jars}) != len(jars):
        raise JarsError("Two jars of the class path have the same file name.")
    lines = [f"{jar.coordinate} {jar.sha256} {jar.size}\n" for jar in jars]
    path.write_text("# group:artifact:version[:classifier] sha256 size\n" + "".join(lines))
    shutil.rmtree(staging, ignore_errors=True)
    return jars


def _lock_one(artifact: Any) -> Jar:  # noqa: ANN401 - jgo is untyped
    path: Path = artifact.resolve()
    parts = [artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier]
    return Jar(":".join(filter(None, parts)), _sha256(path), path.stat().st_size)
