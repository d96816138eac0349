"""When jobs run."""

import asyncio

from structlog.testing import capture_logs

from chassis.clock import Schedule


async def test_a_job_that_is_woken_runs_at_once() -> None:
    """And once more if it is woken while it runs; its interval is an hour."""
    ran: list[int] = []
    began, go_on = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        ran.append(len(ran))
        began.set()
        await go_on.wait()

    schedule = Schedule("test", job, 3600)
    await schedule.start()
    try:
        async with asyncio.timeout(40):
            await began.wait()
            schedule.wake()
            schedule.wake()
            began.clear()
            go_on.set()
            await began.wait()
            began.clear()
            schedule.wake()
            await began.wait()
    finally:
        await schedule.stop()
    assert ran == [0, 1, 2]


async def test_a_job_that_failed_runs_again() -> None:
    runs = asyncio.Semaphore(0)

    async def job() -> None:
        runs.release()
        raise ValueError("not now")

    schedule = Schedule("test", job, 0.001)
    with capture_logs() as logs:
        await schedule.start()
        async with asyncio.timeout(40):
            for _ in range(3):
                await runs.acquire()
        await schedule.stop()
    assert {line["event"] for line in logs} == {"schedule.failed"}


async def test_a_job_that_swallows_its_cancellation_ends_all_the_same() -> None:
    """Stopping ends, too, where a driver answers the cancellation with an error of its own."""
    begun = asyncio.Event()
    runs = 0

    async def job() -> None:
        nonlocal runs
        runs += 1
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError as cancelled:
            raise RuntimeError("the connection is in use") from cancelled

    schedule = Schedule("test", job, 0.001)
    await schedule.start()
    await begun.wait()
    async with asyncio.timeout(40):
        await schedule.stop()
    assert runs == 1
