"""What the command line tells a person in one line instead of a traceback."""


class OperatorError(Exception):
    """Something the operator can mend; the message says what is wrong and what to change."""
