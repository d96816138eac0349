"""What barcodes of items promise."""

import httpx


async def test_a_product_is_one_barcode_however_it_was_scanned(api: httpx.AsyncClient) -> None:
    """Taken by one form it is taken by all, and found by all."""
    milk = (await api.post("/items", json={"name": "Milk", "barcode": "036000291452"})).json()
    assert milk["barcode"] == "0036000291452"
    for form in ("036000291452", "0036000291452", "00036000291452", "0 36000 29145 2"):
        taken = await api.post("/items", json={"name": "Milk", "barcode": form})
        assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "barcode")
        found = (await api.get("/items", params={"barcode": form})).json()["items"]
        assert [item["id"] for item in found] == [milk["id"]]


async def test_a_misread_barcode_is_refused_with_the_digit_that_is_right(
    api: httpx.AsyncClient,
) -> None:
    """At creation and at change; a code of one's own is taken as it is."""
    wrong = await api.post("/items", json={"name": "Book", "barcode": "0-306-40615-3"})
    [error] = wrong.json()["errors"]
    assert (wrong.status_code, error["field"]) == (422, "barcode")
    assert "should be 2, not 3" in error["message"]
    book = (await api.post("/items", json={"name": "Book", "barcode": "SHELF-17"})).json()
    assert book["barcode"] == "SHELF-17"
    path = f"/items/{book['id']}"
    assert (await api.patch(path, json={"barcode": "12345678"})).status_code == 422
    isbn = await api.patch(path, json={"barcode": "0-306-40615-2"})
    assert isbn.json()["barcode"] == "9780306406157"


async def test_a_barcode_is_looked_up_as_it_is_kept(api: httpx.AsyncClient) -> None:
    """Whatever can't be seen in it came from a scanner or a web page; accents are one spelling."""
    tea = (await api.post("/items", json={"name": "Tea", "barcode": "\u202eTE\u0301 1"})).json()
    assert tea["barcode"] == "T\u00c9 1"
    for scanned in ("\u202eTE\u0301 1", "T\u00c9\n1", " T\u00c9 1 "):
        answer = await api.get("/barcodes", params={"code": scanned})
        assert [item["id"] for item in answer.json()["items"]] == [tea["id"]], scanned
    nothing = await api.get("/barcodes", params={"code": "\u202e"})
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "code")
