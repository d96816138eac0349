"""What labels and sheets of them promise over HTTP."""

import io
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zxingcpp
from integration.inventory.rig import Shelf
from PIL import Image
from pypdf import PdfReader


def codes_on(document: bytes) -> list[str]:
    """The codes of a PDF's labels, scanned in their order."""
    reader = PdfReader(io.BytesIO(document), strict=True)
    images = [image.image for page in reader.pages for image in page.images]
    found = [zxingcpp.read_barcodes(image.convert("L"))[0].text for image in images]
    return [text.rpartition("/")[2] for text in found]


async def sheet(shelf: Shelf, **params: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
    return await shelf.api.get("/label-sheets", params=params)


async def room(shelf: Shelf, name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """A location with a code."""
    return await shelf.add("/locations", name=name, short_code=uuid4().hex[:10], **fields)


async def test_a_label_leads_to_its_thing(shelf: Shelf, environment: dict[str, str]) -> None:
    """The QR holds the public address; an unchanged label is not sent again, a renamed one is."""
    made = await room(shelf, "Tööriistad <1>")
    code = made["short_code"]
    answer = await shelf.api.get(f"/short-codes/{code.lower()}/label.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.content)) as picture:
        [found] = zxingcpp.read_barcodes(picture)
    assert found.text == f"{environment['WAREHOUSE_PUBLIC_URL']}/v1/r/{code}"
    path = f"/short-codes/{code}/label.svg?symbology=code128&scale=2"
    drawn = await shelf.api.get(path)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "Tööriistad &lt;1&gt;" in drawn.text
    tag = {"If-None-Match": drawn.headers["etag"]}
    assert (await shelf.api.get(path, headers=tag)).status_code == 304
    assert (await shelf.api.get(f"{path}&caption=code", headers=tag)).status_code == 200
    await shelf.api.patch(f"/locations/{made['id']}", json={"name": "Tools"})
    assert "Tools" in (await shelf.api.get(path, headers=tag)).text


@pytest.mark.parametrize(
    "wrong", ["scale=21", "scale=0", "scale=x", "symbology=pdf417", "caption=all"]
)
async def test_what_no_label_is_is_refused(shelf: Shelf, wrong: str) -> None:
    code = (await room(shelf, "Room"))["short_code"]
    answer = await shelf.api.get(f"/short-codes/{code}/label.png?{wrong}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == wrong.partition("=")[0]


async def test_sheets_have_what_was_asked_for(shelf: Shelf) -> None:
    """Codes in the order they are given; or what stands in a place and below; or of a
    kind; or the unused."""
    house = await room(shelf, "House")
    cellar = await room(shelf, "Cellar", parent_id=house["id"])
    garage = await room(shelf, "Garage")
    code = uuid4().hex[:10]
    entry = await shelf.entry(location_id=cellar["id"], short_code=code)
    [unused] = (await shelf.add("/short-codes"))["items"]
    h, c, g, e = (one["short_code"] for one in (house, cellar, garage, entry))
    for params, expected in (
        ({"code": [g, h.lower()]}, [g, h]),
        ({"location_id": house["id"]}, [h, c, e]),
        ({"location_id": house["id"], "kind": "entry"}, [e]),
        ({"kind": "location", "symbology": "code128", "format": "5167"}, [h, c, g]),
        ({"state": "unused"}, [unused["code"]]),
    ):
        answer = await sheet(shelf, **params)
        assert answer.headers["content-type"] == "application/pdf", answer.text
        assert codes_on(answer.content) == expected
    said = PdfReader(io.BytesIO((await sheet(shelf, code=c)).content)).pages[0].extract_text()
    assert said.splitlines() == ["Cellar", "House", c]
    twice = (await sheet(shelf, code=[c, c])).content
    assert PdfReader(io.BytesIO(twice)).pages[0].extract_text().count(c) == 2
    tag = {"If-None-Match": answer.headers["etag"]}
    again = await shelf.api.get("/label-sheets?state=unused", headers=tag)
    assert again.status_code == 304


async def test_what_no_sheet_holds_is_refused(shelf: Shelf) -> None:
    """A place that it has not, codes of nobody here, nothing at all, and too many."""
    nothing = await sheet(shelf)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not-found")
    code = (await room(shelf, "Room"))["short_code"]
    for params, field in (
        ({"start": 22}, "start"),
        ({"format": "54x25", "start": 2}, "start"),
        ({"start": 0}, "start"),
        ({"code": [code, "ZZZZZZZZZZZZ"]}, "code"),
        ({"code": ["\0"]}, "code"),
        ({"code": [code] * 501}, "code"),
        ({"format": "L9999"}, "format"),
    ):
        answer = await sheet(shelf, **params)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    await shelf.add("/short-codes", count=501)
    assert (await sheet(shelf)).json()["errors"][0]["code"] == "too-many"
