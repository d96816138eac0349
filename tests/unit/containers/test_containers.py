"""What running the suite against containers promises, as far as no engine is needed for it."""

import re

import pytest
from support import containers


def test_the_images_are_those_of_the_compose_file() -> None:
    """What the tests start is what docker-compose.yml names, so the two can't drift apart."""
    text = containers.COMPOSE.read_text()
    for wanted in (containers.postgres(1), containers.kafka(2)):
        assert re.search(rf"^    image: {re.escape(wanted.image)}$", text, re.MULTILINE)


def test_kafka_keeps_its_declared_settings_and_advertises_where_it_is_reached() -> None:
    """Every setting of the compose file holds, but for the addresses."""
    declared = containers.service("kafka")["environment"]
    environment = containers.kafka(29_092).environment
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert set(declared) <= set(environment)
    assert environment["KAFKA_ADVERTISED_LISTENERS"].startswith("PLAINTEXT://127.0.0.1:29092")


def test_without_an_engine_it_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a pass on nothing: one sentence says what is missing."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(containers.NoEngineError, match="no Docker engine answers: start one"):
        containers.require_engine()


def test_variables_of_the_compose_file_have_their_defaults() -> None:
    """As for who sets none: `${POSTGRES_SHARED_BUFFERS:-256MB}` is no amount of memory."""
    wanted = containers.postgres(1)
    assert "shared_buffers=256MB" in (wanted.command or [])
