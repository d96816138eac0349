"""The problems that only a gateway has: services that fail to answer, tokens that are no good."""

from chassis.problems import Problem, Unauthenticated


class SessionRevoked(Unauthenticated):
    code, title = "session-revoked", "This session was ended; sign in again"


def invalid_token(why: str) -> Unauthenticated:
    """The refusal of an access token, in the words of RFC 6750, section 3.1."""
    problem = Unauthenticated(f"The access token {why}.")
    problem.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return problem


class RequestTimeout(Problem):
    status, code, title = 408, "request-timeout", "The request body took too long to arrive"


class BadGateway(Problem):
    status, code, title = 502, "bad-gateway", "A part of Warehouse broke off its answer"


class GatewayTimeout(Problem):
    status, code, title = 504, "gateway-timeout", "A part of Warehouse took too long to answer"
