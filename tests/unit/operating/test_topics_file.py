"""The file that declares the topics."""

from pathlib import Path

import pytest

from warehouse import topics
from warehouse.errors import OperatorError


def test_a_topic_that_is_declared_twice_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka would refuse the whole request, and no service would start."""
    file = tmp_path / "topics.yaml"
    file.write_text(
        "defaults: {partitions: 1, replication: 1, config: {}}\n"
        "topics: [{name: a.v1}, {name: b.v1}, {name: a.v1}]\n"
    )
    monkeypatch.setattr(topics, "deployment_file", lambda _: file)
    with pytest.raises(OperatorError, match=r"names a\.v1 twice"):
        topics.declared()
