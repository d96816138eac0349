"""The gateway's environment."""

import pytest

from gateway.app import build
from gateway.limits import DEFAULTS, Limit
from gateway.routing import RateClass, ServiceName
from gateway.settings import GatewaySettings

SERVICES = ("AUTH", "CATALOG", "INVENTORY", "LOANS", "NOTIFY", "ANALYTICS")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for number, name in enumerate(SERVICES):
        monkeypatch.setenv(f"GATEWAY_{name}_URL", f"http://127.0.0.1:{9001 + number}")
    monkeypatch.setenv("GATEWAY_PORT", "8000")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    monkeypatch.setenv("WAREHOUSE_IDENTITY_PRIVATE_KEY", "A" * 43)
    return monkeypatch


def test_a_service_may_have_several_addresses(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_LOANS_URL", "http://one:80, http://two:80,")
    settings = GatewaySettings()  # type: ignore[call-arg]
    assert settings.urls[ServiceName.LOANS] == ("http://one:80", "http://two:80")
    assert settings.urls[ServiceName.AUTH] == ("http://127.0.0.1:9001",)


def test_the_environment_makes_a_gateway(environment: pytest.MonkeyPatch) -> None:
    service = build()
    assert (service.name, service.port) == ("gateway", 8000)
    environment.setenv("GATEWAY_AUTH_URL", "https://auth")
    with pytest.raises(ValueError, match="http://host:port"):
        build()


def test_no_address_is_no_gateway(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_AUTH_URL", "")
    with pytest.raises(ValueError, match="no address for auth"):
        build()


def test_limits_and_proxies_are_lines_of_text(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY_RATE_LIMITS", "login=5/20")
    environment.setenv("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")
    settings = GatewaySettings()  # type: ignore[call-arg]
    assert settings.rate_limits == DEFAULTS | {RateClass.LOGIN: Limit(5, 20)}
    assert list(map(str, settings.trusted_proxies)) == ["10.0.0.0/8", "fd00::/8"]
    environment.setenv("GATEWAY_RATE_LIMITS", "login=often")
    with pytest.raises(ValueError, match="rate_limits"):
        GatewaySettings()  # type: ignore[call-arg]
