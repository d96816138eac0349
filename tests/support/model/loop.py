"""An event loop whose clock jumps to the next timer: waiting costs nothing, nothing is skipped."""

import asyncio

PATIENCE = 0.05  # seconds: longer than a server on this machine takes to answer, as a rule
FAR = 10.0  # seconds: longer than any pause of ours, and shorter than a time-out of connecting


class JumpingLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time; everything else is as ever."""

    _ahead = 0.0

    def time(self) -> float:
        return super().time() + self._ahead

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined] # asyncio's own
            self._ahead += max(0.0, self._scheduled[0].when() - self.time())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc] # asyncio's own


class PatientLoop(JumpingLoop):
    """The same beside real connections: it jumps once nothing has answered for a while, and never
    over what only a server that does not answer would reach."""

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined] # asyncio's own
            answered = self._selector.select(PATIENCE)  # type: ignore[attr-defined]
            self._process_events(answered)  # type: ignore[attr-defined]
        if self._scheduled and self._scheduled[0].when() - self.time() > FAR:  # type: ignore[attr-defined]
            asyncio.SelectorEventLoop._run_once(self)  # type: ignore[attr-defined]
        else:
            super()._run_once()
