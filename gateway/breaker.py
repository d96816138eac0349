"""When a replica is left alone: a circuit breaker."""

from chassis.logging import get_logger
from gateway import measures

IN_A_ROW = 5  # failures
WINDOW = 10.0  # seconds over which the share of failures is looked at
LEAST = 20  # exchanges in a window before their share means anything
COOL_DOWN = 1.0  # seconds until a replica is tried again

log = get_logger(__name__)


class Breaker:
    """Opens after five failures in a row, or when half of what a window saw has failed; from then
    on one exchange a second is let through, and the first that works closes it.

    A failure is an exchange that came to nothing: no connection, no answer in time, an answer that
    is none or breaks off. An error that a service answers with is an answer.
    """

    def __init__(self, service: str, replica: str) -> None:
        self._service = service
        self._replica = replica
        self._in_a_row = 0
        self._good = 0
        self._bad = 0
        self._window_ends = 0.0
        self._open_until = 0.0
        self._probing = False
        self.open = False

    def allows(self, now: float) -> bool:
        """Whether an exchange may begin."""
        return not self.open or (now >= self._open_until and not self._probing)

    def begun(self) -> None:
        """An exchange begins that `allows` allowed."""
        if self.open:
            self._probing = True

    def succeeded(self) -> None:
        self._good += 1
        self._in_a_row = 0
        if self._probing:
            self.open = self._probing = False
            self._window_ends = 0.0
            log.info("breaker.closed", service=self._service, replica=self._replica)

    def failed(self, now: float) -> None:
        if now >= self._window_ends:
            self._good = self._bad = 0
            self._window_ends = now + WINDOW
        self._bad += 1
        self._in_a_row += 1
        self._probing = False
        too_many = self._bad >= self._good and self._good + self._bad >= LEAST
        if not (self.open or too_many or self._in_a_row >= IN_A_ROW):
            return
        if not self.open:
            measures.BREAKERS_OPENED.labels(self._service).inc()
            log.warning("breaker.opened", service=self._service, replica=self._replica)
        self.open = True
        self._open_until = now + COOL_DOWN

    def abandoned(self) -> None:
        """An exchange ended without telling: its client left, or sent no good request."""
        self._probing = False
