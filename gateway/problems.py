"""The problems that only a gateway has: services that fail to answer, tokens that are no good."""

from chassis.problems import Problem, Unauthenticated


class InvalidToken(Unauthenticated):
    """An access token that is no good, told in the words of RFC 6750, section 3.1."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'


class SessionRevoked(InvalidToken):
    code, title = "session-revoked", "This session was ended; sign in again"


def invalid_token(why: str) -> InvalidToken:
    return InvalidToken(f"The access token {why}.")


class Misdirected(Problem):
    status, code, title = 421, "misdirected", "This host is not served here"


class BadGateway(Problem):
    status, code, title = 502, "bad-gateway", "A part of Warehouse broke off its answer"


class GatewayTimeout(Problem):
    status, code, title = 504, "gateway-timeout", "A part of Warehouse took too long to answer"
