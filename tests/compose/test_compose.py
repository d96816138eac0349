"""docker-compose.yml as an operator uses it: build, start, journey, scale, restart Kafka, down."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from support.callers import register
from support.journey import lend_one_thing
from support.waiting import eventually

from warehouse.embedded.server import free_port

pytestmark = pytest.mark.compose

BUILD, UP = 900, 300  # seconds
MAIL_FOLDER = "/tmp/mail"  # noqa: S108 - in notify's container


class Compose:
    """One compose project with its own name, port and secrets."""

    def __init__(self, root: Path, env_file: Path, port: int) -> None:
        self.port = port
        self._command = ["docker", "compose", "--project-directory", str(root)]
        self._command += ["--env-file", str(env_file)]
        self._command += ["--project-name", f"warehouse-test-{secrets.token_hex(3)}"]

    def __call__(self, *arguments: str, timeout: float = 120) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={
                **os.environ,
                "WAREHOUSE_PORT": str(self.port),
                "NOTIFY_MAIL_FOLDER": MAIL_FOLDER,
                "AUTH_MEMBERS_NEED_PROOF": "false",  # the journey adds one without a mail
            },
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def containers(self) -> list[dict[str, Any]]:
        lines = self("ps", "--all", "--format", "json").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def compose(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    env_file = tmp_path_factory.mktemp("compose") / ".env"
    env_file.write_text(
        subprocess.run(["warehouse", "secrets"], capture_output=True, text=True, check=True).stdout
    )
    project = Compose(repository, env_file, free_port())
    project("build", "--quiet", timeout=BUILD)
    try:
        project("up", "--detach", "--wait", "--wait-timeout", str(UP), timeout=UP + 60)
        yield project
    except AssertionError:
        print(project("logs", "--tail", "40"))
        raise
    finally:
        project("down", "--volumes", "--timeout", "15")


def test_nothing_starts_without_secrets(repository: Path, tmp_path: Path) -> None:
    """With an empty environment compose says what to run first, and starts nothing."""
    empty = tmp_path / ".env"
    empty.write_text("")
    done = subprocess.run(
        ["docker", "compose", "--env-file", str(empty), "config"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "make secrets" in done.stderr


def test_only_the_gateway_is_published(compose: Compose) -> None:
    """No other container has a port on the host, and none runs as root."""
    published = {
        one["Service"]
        for one in compose.containers()
        if any(port.get("PublishedPort") for port in one.get("Publishers") or [])
    }
    assert published == {"gateway"}
    for service in ("gateway", "auth", "loans"):
        assert compose("exec", "-T", service, "id", "-u").strip() == "10001"


async def test_the_journey_works(compose: Compose) -> None:
    """Lend one thing, end to end, through the published gateway."""
    await lend_one_thing(compose.url)


async def test_who_registers_gets_a_mail(compose: Compose) -> None:
    """Written to the folder that notify was given, inside its container."""
    person = await register(compose.url)
    await person.http.aclose()

    def written() -> bool:
        mails = compose("exec", "-T", "notify", "sh", "-c", f"cat {MAIL_FOLDER}/*.eml")
        return person.email in mails and "/verify-email" in mails

    await eventually(written, deadline=60)


async def test_loans_scale_to_two_and_the_journey_still_works(compose: Compose) -> None:
    """With two replicas of loans, whichever gets a request, its waiter is woken."""
    compose("up", "--detach", "--wait", "--no-recreate", "--scale", "loans=2", timeout=UP)
    running = [one for one in compose.containers() if one["Service"] == "loans"]
    assert [one["Health"] for one in running] == ["healthy", "healthy"]
    await lend_one_thing(compose.url)


async def test_kafka_restarts_and_nothing_is_lost(compose: Compose) -> None:
    """What is acknowledged while Kafka is away arrives once it is back, by itself."""
    compose("stop", "kafka")
    person = await register(compose.url)
    async with aclosing(person.http):
        item = await person.add("/items", {"name": "Made while Kafka was away"})
        shelf = await person.add("/locations", {"name": "Shelf"})
        compose("start", "kafka")

        async def arrived() -> bool:
            body = {"item_id": item["id"], "location_id": shelf["id"]}
            answer = await person.http.post(person.at("/inventory"), json=body)
            return answer.status_code == 201

        await eventually(arrived, deadline=90)
    await lend_one_thing(compose.url)
