"""What failpoints do when they are switched on, in a process of their own."""

import signal
import subprocess
import sys
import time

import pytest

from chassis import failpoints


def hit(asked: str, *names: str) -> subprocess.CompletedProcess[str]:
    """A process that was started with `asked` and hits `names` in order."""
    script = f"from chassis import failpoints\nfor n in {names!r}: failpoints.hit(n); print(n)"
    return subprocess.run(
        [sys.executable, "-c", script],
        env={failpoints.VARIABLE: asked},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_happens_unless_asked() -> None:
    assert not failpoints.ACTIVE
    assert hit("", "a", "b").stdout.split() == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "said"), [("a=kill", []), ("a=kill@2", ["a"]), ("b=kill", ["a", "a"])]
)
def test_a_process_dies_at_the_hit_asked_for(asked: str, said: list[str]) -> None:
    done = hit(asked, "a", "a", "b")
    assert done.returncode == -signal.SIGKILL
    assert len(done.stdout.split()) <= len(said)  # what was printed may die with its buffer


def test_a_fault_is_raised() -> None:
    assert "InjectedFault: b" in hit("b=raise", "a", "b").stderr


def test_a_process_stands_still() -> None:
    began = time.monotonic()
    assert hit("a=freeze:0.3", "a").returncode == 0
    assert time.monotonic() - began >= 0.3  # it stood still, and went on


def test_what_no_failpoint_can_do_is_said() -> None:
    assert "asks a for 'explode'" in hit("a=explode", "a").stderr
