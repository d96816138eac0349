"""What looking a barcode up promises: the workspace's own first, then a provider, for real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from structlog.testing import capture_logs
from support.products import Products, serving

from services.catalog.barcodes import provider
from services.catalog.barcodes.lookup import IN_A_ROW, KEPT, REST, Lookup, Source
from services.catalog.barcodes.provider import JsonProvider, ProviderAwayError

COFFEE, MILK, BOOK = "4006381333931", "0036000291452", "9780306406157"


@pytest.fixture
async def products() -> AsyncIterator[Products]:
    async with serving() as running:
        yield running


@asynccontextmanager
async def knower(products: Products) -> AsyncIterator[JsonProvider]:
    """A provider that asks the server; closed at the end."""
    asked = JsonProvider(products.url + "/{code}")
    yield asked
    await asked.close()


async def test_ones_own_items_come_first_and_nobody_is_asked(
    api: httpx.AsyncClient, products_url: str
) -> None:
    """Then the provider, once; a code of one's own, or one that was misread, is none of theirs."""
    item = (await api.post("/items", json={"name": "Milk", "barcode": MILK})).json()
    async with serving(products_url) as products:
        products.answers[f"/api/v2/product/{COFFEE}.json"] = {
            "status": 1,
            "product": {"product_name": "Coffee", "brands": "Bean, Co", "quantity": "500 g"},
        }
        own = (await api.get("/barcodes/036000291452")).json()
        assert (own["found"], own["code"], own["items"]) == (True, MILK, [item])
        assert (own["provider"], own["product"]) == ("not-asked", None)
        ours = (await api.get("/barcodes/SHELF-17")).json()
        assert (ours["found"], ours["code_type"], ours["provider"]) == (False, "other", "not-asked")
        for code in ("A/17 50%", "..", "a?b"):
            odd = await api.get("/barcodes", params={"code": code})
            assert (odd.json()["code"], odd.json()["provider"]) == (code, "not-asked")
        misread = await api.get(f"/barcodes/{COFFEE[:-1]}2")
        assert (misread.status_code, misread.json()["errors"][0]["code"]) == (
            422,
            "wrong-check-digit",
        )
        assert products.asked == []
        for _ in range(2):
            coffee = (await api.get(f"/barcodes/{COFFEE}")).json()
            assert (coffee["found"], coffee["items"], coffee["provider"]) == (True, [], "answered")
            assert coffee["product"] == {
                "name": "Coffee",
                "brand": "Bean, Co",
                "manufacturer": None,
                "description": None,
                "image_url": None,
                "attributes": {"content": "500 g"},
            }
        unknown = (await api.get(f"/barcodes/{BOOK}")).json()
        assert (unknown["found"], unknown["provider"]) == (False, "answered")
        assert products.asked == [f"/api/v2/product/{code}.json" for code in (COFFEE, BOOK)]
    away = await api.get("/barcodes/96385074")
    assert (away.status_code, away.json()["found"]) == (200, False)
    assert away.json()["provider"] == "unavailable"
    assert (await api.get("/barcodes/%00")).status_code == 422


async def test_a_redirect_is_followed_on_the_providers_own_ground_only(
    products: Products,
) -> None:
    """Not to another address, not to another port, not without end."""

    def to(where: str) -> bytes:
        return f"HTTP/1.1 302 Found\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode()

    products.answers |= {
        f"/{BOOK}": to("/books/OL1M.json"),
        "/books/OL1M.json": {"title": "Ulysses", "publishers": ["Shakespeare and Company"]},
        f"/{MILK}": to("http://169.254.169.254/latest/meta-data"),
        f"/{COFFEE}": to(f"/{COFFEE}"),
    }
    async with serving() as elsewhere, knower(products) as asked:
        book = await asked.product(BOOK)
        assert book is not None
        assert (book.name, book.manufacturer) == ("Ulysses", "Shakespeare and Company")
        products.answers["/96385074"] = to(f"{elsewhere.url}/x")
        for code in (MILK, COFFEE, "96385074"):
            with pytest.raises(ProviderAwayError):
                await asked.product(code)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<html",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (provider.MAX_BYTES + 1),
        b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + b"[" * 200_000,
        b"nonsense\r\n\r\n",
        30,
    ],
    ids=["no JSON", "cut off", "in trouble", "too large", "too deep", "no HTTP", "silent"],
)
async def test_whatever_a_provider_does_it_is_away_and_no_error(
    products: Products, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within its time, and without more than so much of it in memory."""
    monkeypatch.setattr(provider, "TIMEOUT", 0.3)
    products.answers[f"/{MILK}"] = answer
    async with knower(products) as asked:
        lookup = Lookup(asked)
        assert (await lookup.ask(MILK)).source is Source.UNAVAILABLE
        assert (await lookup.ask(COFFEE)).source is Source.ANSWERED


async def test_a_provider_that_fails_again_and_again_is_left_alone_for_a_while(
    products: Products,
) -> None:
    """Then it is asked once more, and what it says is kept for a while; where there is none, nobody
    is asked."""
    products.answers[f"/{MILK}"] = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"
    time = SimpleNamespace(now=0.0)
    async with knower(products) as asked:
        lookup = Lookup(asked, clock=lambda: time.now)
        for _ in range(IN_A_ROW + 2):
            assert (await lookup.ask(MILK)).source is Source.UNAVAILABLE
        assert len(products.asked) == IN_A_ROW
        time.now += REST
        products.answers[f"/{MILK}"] = {"name": "Milk"}
        for _ in range(3):
            found = await lookup.ask(MILK)
            assert found.product is not None
            assert found.product.name == "Milk"
        assert len(products.asked) == IN_A_ROW + 1
        time.now += KEPT
        await lookup.ask(MILK)
        assert len(products.asked) == IN_A_ROW + 2
    assert (await Lookup(None).ask(MILK)).source is Source.NONE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nlocation: http://x.test/?k=hunter2\r\ncontent-length: 0\r\n\r\n",
        b"nonsense ?key=hunter2\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
    ],
    ids=["leads elsewhere", "no HTTP", "busy"],
)
async def test_the_key_to_a_provider_is_in_no_log(products: Products, answer: bytes) -> None:
    products.answers[f"/{MILK}?key=hunter2"] = answer
    asked = JsonProvider(products.url + "/{code}?key=hunter2")
    with capture_logs() as logged, pytest.raises(ProviderAwayError) as raised:
        await asked.product(MILK)
    await asked.close()
    [line] = logged
    assert (line["event"], line["code"]) == ("barcodes.provider_away", MILK)
    assert "hunter2" not in f"{line} {raised.value}"
