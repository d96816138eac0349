"""The problems that only a gateway has: services that fail to answer, sessions that ended."""

from chassis.problems import Problem, Unauthenticated


class SessionRevoked(Unauthenticated):
    code, title = "session-revoked", "This session was ended; sign in again"


class RequestTimeout(Problem):
    status, code, title = 408, "request-timeout", "The request body took too long to arrive"


class BadGateway(Problem):
    status, code, title = 502, "bad-gateway", "A part of Warehouse broke off its answer"


class GatewayTimeout(Problem):
    status, code, title = 504, "gateway-timeout", "A part of Warehouse took too long to answer"
