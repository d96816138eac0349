"""The operator's commands beside a running `warehouse up`, which they find by its home folder."""

import json
from pathlib import Path
from typing import Any

from warehouse.registry import SERVICES

from .test_up import running, warehouse


def told(home: Path, *arguments: str) -> Any:  # noqa: ANN401
    done = warehouse(home, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_home_folder_is_all_that_an_operator_has_to_name(tmp_path: Path) -> None:
    """Kafka's and the databases' addresses and passwords are found there while it runs, and what is
    to be done is said when it does not."""
    home = tmp_path / "home"
    with running(home):
        lag = told(home, "lag")
        assert (lag["lag"], lag["unread"]) == (0, {})
        assert lag["members"] == {service: int(service != "auth") for service in SERVICES}
        outboxes = told(home, "outbox")["services"]
        assert [each["service"] for each in outboxes] == list(SERVICES)
        assert all(each["shards_free"] == [] for each in outboxes)
        assert not told(home, "topics", "apply", "--dry-run")["create"]
        assert told(home, "dlq", "list") == {"dead_letters": []}
        assert told(home, "replay", "catalog", "--dry-run")["rows"] == 0
        assert told(home, "digest", "analytics")["tables"]
        assert [key["state"] for key in told(home, "keys", "rotate")["keys"]] == ["waiting"]
    stopped = warehouse(home, "lag")
    assert stopped.returncode == 1
    assert "start the platform with `make up`" in stopped.stderr
