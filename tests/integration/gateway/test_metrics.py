"""What Prometheus reads, and nobody else."""

import httpx
from integration.gateway.rig import Auth, Echo, Start, served

from warehouse.embedded.server import free_ports


async def test_measures_have_a_port_of_their_own(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    [port] = free_ports(1)
    async with served(echo) as catalog, httpx.AsyncClient() as prometheus:
        gateway = await start_gateway(
            catalog_url=catalog, metrics_port=port, rate_limits="writes=0.01/1"
        )
        headers = auth.bearer()
        assert (await gateway.get(auth.path(), headers=headers)).status_code == 200
        assert (await gateway.post(auth.path(), headers=headers)).status_code == 200
        assert (await gateway.post(auth.path(), headers=headers)).status_code == 429
        text = (await prometheus.get(f"http://127.0.0.1:{port}/metrics")).text
        assert (await gateway.get("/metrics", headers=headers)).status_code == 404
    lines = {line.rpartition(" ")[0] for line in text.splitlines()}
    assert {
        'warehouse_gateway_requests_total{service="catalog",status="200"}',
        'warehouse_gateway_requests_total{service="gateway",status="429"}',
        'warehouse_gateway_limited_total{rate_class="writes"}',
    } <= lines
    assert auth.user not in text
    assert auth.workspace not in text
