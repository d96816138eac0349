"""`warehouse export` and `warehouse restore`: a workspace with everything in it, into a new one."""

# ruff: noqa: ANN401 - bodies and answers of many resources

import asyncio
import io
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.callers import PASSWORD, Person
from support.waiting import eventually
from typer.testing import CliRunner, Result

from warehouse.cli import app
from warehouse.errors import OperatorError

NASTY = "=1+1\n\"quoted\", 'single', ünïcode 🦄\t{json: [1]} _x000D_ <b>&amp;</b>"


class Furnished:
    """A workspace with one of everything, by the caller's own calls."""

    def __init__(self, person: Person, workspace_id: str) -> None:
        self.person, self.id = person, workspace_id
        self.codes = [secrets.token_hex(4).upper() for _ in range(4)]

    async def add(self, path: str, **body: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self.person.add(path, body, self.id)
        return made

    async def act(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self.person.http.request(
            method, self.person.at(path, self.id), json=body, **more
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def furnish(self) -> None:
        await self._fill_catalog()
        await self._fill_inventory()
        await self._lend()
        await self._care()
        await self._put_away()

    async def _fill_catalog(self) -> None:
        tools = await self.add("/categories", name="Tools", description="")
        self.saws = await self.add("/categories", name="=Saws", parent_id=tools["id"])
        self.old = await self.add("/categories", name="Old", parent_id=self.saws["id"])
        self.red = await self.add("/labels", name="+red", color="#Ff0000", description=NASTY)
        self.shop = await self.add("/companies", name="@Shop", website="https://shop.example")
        older = await self.add("/items", name="Older", barcode="4006381333931")
        await self.act("POST", f"/items/{older['id']}/archive")
        self.drill = await self.add(
            "/items",
            name=NASTY[:100],
            sku="-7",
            external_id='""',
            description=f"\r\n{NASTY}\r",
            category_id=self.saws["id"],
            labels=[self.red["id"]],
            brand='"',
            serial_number="007",
            barcode="4006381333931",
            is_insured=True,
            purchased_from=self.shop["id"],
            warranty_details="",
            min_stock_level=2**31 - 1,
            attributes={
                "voltage": 18,
                "half": 0.5,
                "cordless": True,
                "note": "=x",
                "day": "2024-02-29",
            },
        )
        self.twin = await self.add("/items", name="Twin")
        self.gone = await self.add("/items", name="Archived", category_id=self.old["id"])
        await self._define()
        await self.act("PUT", f"/favorites/{self.gone['id']}")
        await self.act("PUT", f"/favorites/{self.drill['id']}")
        await self.add(
            "/wishlist", name="Lathe", price_estimate=2**53 - 1, currency="EUR", priority=1
        )
        for verb, body in (("order", None), ("acquire", {"item_id": self.drill["id"]})):
            wish = await self.add("/wishlist", name=verb, notes="@SUM(A1)")
            await self.act("POST", f"/wishlist/{wish['id']}/{verb}", body)
        await self._attach()

    async def _define(self) -> None:
        """Custom fields that not all items fit, which were there before."""
        await self.add("/custom-fields", name="voltage", value_type="integer", unit="=V")
        await self.add(
            "/custom-fields",
            name="size",
            value_type="enum",
            options=["-S", "M, L"],
            is_required=True,
            category_id=self.saws["id"],
            position=7,
        )
        field = await self.add("/custom-fields", name="day", value_type="date", description="")
        await self.act("POST", f"/custom-fields/{field['id']}/archive")
        await self.act("PUT", "/custom-field-policy", {"only_defined": True})

    async def _attach(self) -> None:
        for color, caption in (("red", "=one"), ("blue", "two")):
            picture = io.BytesIO()
            Image.new("RGB", (20, 10), color).save(picture, "PNG")
            await self.act(
                "POST",
                f"/items/{self.drill['id']}/attachments",
                content=picture.getvalue(),
                params={"title": f"{color} side", "caption": caption, "file_name": f"{color}.png"},
                headers={"content-type": "application/octet-stream"},
            )
        page = await self.person.see(f"/items/{self.drill['id']}/attachments", self.id)
        blue = page["items"][-1]
        await self.act("PATCH", f"/attachments/{blue['id']}", {"position": 1, "is_primary": True})

    async def _fill_inventory(self) -> None:
        house = await self.add("/locations", name="House", short_code=self.codes[0])
        self.attic = await self.add(
            "/locations", name="Attic", parent_id=house["id"], description=""
        )
        self.cellar = await self.add("/locations", name="Cellar", parent_id=house["id"])
        box = await self.add("/containers", name="Box", location_id=self.attic["id"], capacity=9)
        tray = await self.add(
            "/containers", name="Tray", location_id=self.attic["id"], parent_id=box["id"]
        )
        self.entry = await self.add(
            "/inventory",
            item_id=self.drill["id"],
            location_id=self.attic["id"],
            container_id=tray["id"],
            quantity=9,
            condition="FAIR",
            status="IN_USE",
            lot="-1",
            serial_number="00012",
            date_acquired="2020-02-29",
            purchase_price=2**53 - 1,
            currency="JPY",
            warranty_expires="2031-12-31",
            expiration_date="2040-01-01",
            notes=NASTY,
        )
        await self.act(
            "POST", f"/inventory/{self.entry['id']}/use", {"used_at": "2024-05-06T07:08:09Z"}
        )
        self.empty, self.spare, self.away = [
            await self.add("/inventory", item_id=item["id"], location_id=house["id"], quantity=many)
            for item, many in ((self.twin, 0), (self.twin, 4), (self.gone, 2**31 - 1))
        ]
        for item, code in ((self.twin, self.codes[1]), (self.drill, self.codes[2])):
            await self.add("/short-codes", kind="item", id=item["id"], code=code)
        await self.act("POST", f"/short-codes/{self.codes[2]}/release")

    async def _lend(self) -> None:
        self.ann = await self.add("/borrowers", name="Ann", email="ann@example.org", notes="-")
        old = await self.add("/borrowers", name="Bob", phone="+49 30 1234", external_id="b-1")
        await self._loan(old, self.entry, 9, back=[(3, "FAIR", "=ok"), (6, "DAMAGED", None)])
        await self._loan(
            self.ann, self.spare, 3, back=[(1, None, "")], due_at="2030-01-01T00:00:00Z"
        )
        await self._loan(self.ann, self.spare, 1, loaned_at="2024-01-01T00:00:00Z", notes=NASTY)
        await self.act("POST", f"/borrowers/{old['id']}/archive")

    async def _loan(
        self,
        borrower: dict[str, Any],
        entry: dict[str, Any],
        quantity: int,
        *,
        back: list[tuple[int, str | None, str | None]] = [],  # noqa: B006 - only read
        **more: str,
    ) -> None:
        loan = await self.add(
            "/loans",
            inventory_id=entry["id"],
            borrower_id=borrower["id"],
            quantity=quantity,
            **more,
        )

        async def is_out() -> bool:
            now = await self.person.see(f"/loans/{loan['id']}", self.id)
            return bool(now["status"] == "active")

        await eventually(is_out)
        for units, condition, notes in back:
            before = await self.person.see(f"/inventory/{entry['id']}", self.id)
            body = {"quantity": units, "condition": condition, "notes": notes}
            await self.act("POST", f"/loans/{loan['id']}/return", body)

            async def is_heard_of(version: int = before["version"]) -> bool:
                now = await self.person.see(f"/inventory/{entry['id']}", self.id)
                return bool(now["version"] > version)

            await eventually(is_heard_of)

    async def _care(self) -> None:
        """One repair is open: what came back damaged."""
        for verb, body in (
            ("complete", {"new_condition": "POOR"}),
            ("cancel", None),
            ("start", None),
        ):
            repair = await self.add(
                "/repairs",
                inventory_id=self.entry["id"],
                description="=Belt",
                cost=0,
                currency="EUR",
                expected_back="2030-02-28",
                warranty_reference="-1",
                is_warranty_claim=True,
            )
            await self.act("POST", f"/repairs/{repair['id']}/{verb}", body)
        await self.add(
            "/maintenance",
            inventory_id=self.entry["id"],
            name="Oil",
            every_days=3650,
            last_done="2024-02-29",
            notes=NASTY,
        )

    async def _put_away(self) -> None:
        await self.act(
            "POST",
            f"/inventory/{self.empty['id']}/merge",
            {"into": self.spare["id"], "even_if_unlike": True},
        )
        for path in (
            f"/inventory/{self.away['id']}",
            f"/locations/{self.cellar['id']}",
            f"/items/{self.gone['id']}",
            f"/labels/{self.red['id']}",
            f"/companies/{self.shop['id']}",
            f"/categories/{self.old['id']}",
        ):
            await self.act("POST", f"{path}/archive")


async def run(person: Person, url: str, *arguments: str) -> Result:
    """The command in this process, beside the test's own loop."""
    who = ("--url", url, "--email", person.email, "--quiet")
    environment = {"WAREHOUSE_PASSWORD": PASSWORD}
    return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *who], env=environment)


def with_other_codes(archive: Path, path: Path, codes: list[str]) -> None:
    """The archive as another installation would get it, where nobody has these codes."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for code in codes if name.endswith(".jsonl") else ():
                content = content.replace(code.encode(), f"{code[::-1]}XZ".encode())
            new.writestr(name, content)


@pytest.fixture
async def furnished(person: Callable[..., Any]) -> Furnished:
    owner = await person("Rita Restorer")
    about = {
        "name": "=Round trip",
        "description": NASTY,
        "currency": "JPY",
        "timezone": "Asia/Tokyo",
    }
    made = await owner.http.post("/v1/workspaces", json=about)
    workspace = Furnished(owner, made.json()["id"])
    await workspace.furnish()
    return workspace


async def test_a_workspace_with_everything_in_it_comes_back_equal(
    platform: str, furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = furnished.person
    archives = [tmp_path / name for name in ("all.zip", "all.xlsx")]
    for archive in archives:
        done = await run(owner, platform, "export", str(archive), "--workspace", furnished.id)
        assert done.exit_code == 0, (done.output, done.exception)
        assert archive.stat().st_mode & 0o777 == 0o600
        assert ("attachments: a workbook holds no files" in done.output) == (
            archive.suffix == ".xlsx"
        )

    # A restore that breaks off says how to go on, and what went in does not come twice.
    elsewhere = tmp_path / "elsewhere.zip"
    with_other_codes(archives[0], elsewhere, furnished.codes)
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.archive.finishing.restore", break_off)
        done = await run(owner, platform, "restore", str(elsewhere), "--name", "Again")
    assert isinstance(done.exception, OperatorError)
    assert f"warehouse restore {elsewhere} --into " in str(done.exception)
    into = str(done.exception).split()[-1]
    done = await run(owner, platform, "restore", str(elsewhere), "--into", into, "--verify")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "verified: equal in every field" in done.output
    assert "short codes" not in "".join(
        line for line in done.output.splitlines() if line.startswith("not restored")
    )

    # Where the codes are taken they are left out, and told.
    done = await run(owner, platform, "restore", str(archives[1]), "--verify")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "verified: equal in every field" in done.output
    assert "short codes that are on something else in this installation" in done.output


async def test_what_the_platform_refuses_is_told_with_its_place_and_the_rest_goes_in(
    platform: str, person: Callable[..., Any], tmp_path: Path
) -> None:
    owner = await person("Vera Viewer")
    workspace = (await owner.http.post("/v1/workspaces", json={"name": "Small"})).json()["id"]
    shed = await owner.add("/locations", {"name": "Shed"}, workspace)
    for number in (1, 2):
        item = await owner.add("/items", {"name": f"Item {number}"}, workspace)
        body = {"item_id": item["id"], "location_id": shed["id"]}
        await owner.add("/inventory", body, workspace)
    archive, edited = tmp_path / "small.zip", tmp_path / "edited.zip"
    assert (
        await run(owner, platform, "export", str(archive), "--workspace", "Small")
    ).exit_code == 0
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "items.jsonl":
                content = content.replace(b'"min_stock_level": 0', b'"min_stock_level": -1', 1)
            new.writestr(name, content)
    done = await run(owner, platform, "restore", str(edited), "--name", "Edited", "--verify")
    assert done.exit_code == 1, (done.output, done.exception)
    told = done.output.splitlines()
    assert told[0].startswith("items.jsonl, line 1: min_stock_level: ")
    assert told[1].startswith("entries.jsonl, line 1: ")
    assert told[1].endswith("which it belongs to, was not restored")
    assert told[2] == "verified: what was restored is equal in every field"
    assert told[3].endswith(": items 1, locations 1, entries 1, failed 2")


async def break_off(_: object) -> None:
    raise OperatorError("The power went out.")
