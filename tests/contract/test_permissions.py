"""`docs/permissions.md` has a row for every operation, and says what the contract says."""

from support import permissions


def test_every_operation_has_one_row_and_every_row_an_operation() -> None:
    """What is missing: `python -m support.permissions` prints it."""
    listed = [(row.method, row.path) for row in permissions.rows()]
    known = [(method, path) for _, method, path, _ in permissions.operations()]
    assert sorted(listed) == sorted(known)


def test_rows_and_contract_agree_on_what_a_token_takes() -> None:
    listed = {(row.method, row.path): row.takes for row in permissions.rows()}
    for _, method, path, operation in permissions.operations():
        assert listed[method, path] == permissions.takes(operation), (method, path)


def test_each_role_may_do_all_that_those_before_it_may() -> None:
    for row in permissions.rows():
        marks = list(row.roles.values())
        order = [permissions.NO, permissions.SELF, permissions.YES]
        assert marks == sorted(marks, key=order.index), (row.method, row.path)
