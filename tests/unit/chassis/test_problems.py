"""Problem documents (RFC 9457)."""

from chassis.problems import Conflict


def test_an_extension_takes_the_place_of_no_member_of_every_problem() -> None:
    """A thing's status, say, is not the answer's."""
    problem = Conflict("Gone.", status="cancelled", code="x", free=2)
    told = problem.document("/v1/things", "r-1")
    assert (told["status"], told["code"], told["free"]) == (409, Conflict.code, 2)
    assert list(told)[:4] == ["type", "title", "status", "code"]
