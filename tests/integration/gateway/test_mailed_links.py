"""The pages that links in mails lead to."""

import pytest
from integration.gateway.rig import Start

TOKEN = "whi_3kQ9xW-this_is_no_real_one_but_looks_like_it0"
LINKS = (f"/verify-email?token={TOKEN}", f"/password-reset?token={TOKEN}", f"/invitations/{TOKEN}")


async def test_every_link_of_a_mail_has_a_page_that_tells_nobody_its_token(
    start_gateway: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a gateway whose services are all away: it looks nothing up."""
    gateway = await start_gateway()
    for link in LINKS:
        page = await gateway.get(link)
        assert page.status_code == 200, link
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert TOKEN not in page.text + str(page.headers)
        head = await gateway.head(link)
        assert (head.status_code, head.content) == (200, b"")
        refused = await gateway.post(link)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert TOKEN not in "".join(capfd.readouterr())


async def test_they_run_their_own_scripts_alone(start_gateway: Start) -> None:
    gateway = await start_gateway()
    page = await gateway.get(LINKS[0])
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in str(policy)
    assert page.text.count("<script src=") == page.text.count("<script") == 3
    loaded = [part for part in page.text.split('"') if part.startswith(("/links/", "/docs/"))]
    assert len(loaded) == 4
    for part in loaded:
        asset = await gateway.get(part)
        assert asset.status_code == 200, part
        assert "http" not in page.text + asset.text.replace("https://www.w3.org", "")


@pytest.mark.parametrize("path", ["/invitations", "/invitations/short", f"/invitations/{TOKEN}/x"])
async def test_what_looks_like_no_invitation_is_a_problem(start_gateway: Start, path: str) -> None:
    gateway = await start_gateway()
    answer = await gateway.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
