"""The bounded memory."""

from gateway.expiring import ExpiringCache


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_entry_is_forgotten_in_its_time() -> None:
    time = Time()
    cache: ExpiringCache[str, int] = ExpiringCache(10, time)
    cache.put("a", 1, 5)
    time.now = 4.9
    assert cache.get("a") == 1
    time.now = 5.0
    assert cache.get("a") is None
    assert len(cache) == 0


def test_the_least_recently_used_goes_first() -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(2)
    cache.put("a", 1, 60)
    cache.put("b", 2, 60)
    cache.get("a")
    cache.put("c", 3, 60)
    assert [key for key in ("a", "b", "c") if cache.get(key)] == ["a", "c"]


def test_what_is_discarded_is_gone_and_discarding_nothing_is_fine() -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(2)
    cache.put("a", 1, 60)
    cache.discard("a")
    cache.discard("a")
    assert cache.get("a") is None
