"""`warehouse import` as a person runs it: files into a workspace, through the gateway."""

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.callers import PASSWORD
from support.importer import Importer
from support.processes import Processes
from support.waiting import eventually

from warehouse.demo import DEMO_EMAIL, DEMO_PASSWORD, data
from warehouse.demo.load import load
from warehouse.importing.client import Client, Password


@pytest.fixture
async def importer(platform: str, person: Callable[..., Any], tmp_path: Path) -> Importer:
    return Importer(platform, await person("Ivy Importer"), tmp_path)


async def test_a_second_run_by_key_updates_and_does_not_double(importer: Importer) -> None:
    first = await importer.run("items", "id,title\n7,Drill\n8,Saw\n", *by_id())
    assert (first.code, "2 created" in first.out) == (0, True), first
    second = await importer.run("items", "id,title\n7,Hammer drill\n8,Saw\n", *by_id())
    assert "0 created, 1 updated, 1 unchanged, 0 failed" in second.out
    assert [(each["external_id"], each["name"]) for each in await importer.all("items")] == [
        ("7", "Hammer drill"),
        ("8", "Saw"),
    ]


def by_id() -> tuple[str, ...]:
    return ("--key", "id", "--column", "name=title")


async def test_two_people_of_one_name_stay_two_by_key(importer: Importer) -> None:
    content = "id,name\n1,Ann Lee\n2,Ann Lee\n"
    for expected in ("2 created", "2 unchanged"):
        done = await importer.run("borrowers", content, "--key", "id")
        assert (done.code, expected in done.out) == (0, True), done
    assert len(await importer.all("borrowers")) == 2


async def test_rows_that_would_meet_in_one_record_are_reported_and_not_merged(
    importer: Importer,
) -> None:
    done = await importer.run("borrowers", "name,phone\nAnn Lee,1\nBob,2\nann lee,3\n")
    assert done.code == 1
    assert "row 4: row: is the same name as row 2; only that goes in" in done.out
    people = [(each["name"], each["phone"]) for each in await importer.all("borrowers")]
    assert people == [("Ann Lee", "1"), ("Bob", "2")]


async def test_without_a_key_items_match_by_sku(importer: Importer) -> None:
    await importer.run("items", "sku,name\nA-1,Drill\nA-2,Drill\n")
    done = await importer.run("items", "sku,name,brand\nA-1,Drill,Tamm\nA-3,Drill,\n")
    assert "1 created, 1 updated, 0 unchanged, 0 failed" in done.out
    assert [(each["sku"], each["brand"]) for each in await importer.all("items")] == [
        *(("A-1", "Tamm"), ("A-2", None), ("A-3", None))
    ]


async def test_bad_rows_are_told_by_number_and_good_ones_go_in(importer: Importer) -> None:
    """The file of errors has their cells and reasons, and goes in once it is mended."""
    errors = importer.folder / "errors.csv"
    content = f"name,min_stock_level,barcode\nDrill,2,\n{'x' * 201},many,\n,1,\nSaw,1,5\nAxe,1,5\n"
    done = await importer.run("items", content, "--errors", str(errors))
    assert done.code == 1
    two = "'many' is no whole number | name: Give at most 200 characters; it has 201."
    assert f"row 3: min_stock_level: {two}" in done.out
    assert "row 4: name: is empty" in done.out
    assert "row 6: row: is the same barcode as row 5" in done.out
    assert "2 created, 0 updated, 0 unchanged, 3 failed" in done.out

    with errors.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["import:line"] for row in rows] == ["3", "4", "6"]
    mended = errors.read_text("utf-8-sig").replace("x" * 201, "Long").replace("many", "3")
    again = await importer.run("items", mended, "--attributes")
    assert "Ignored" not in again.err
    assert "1 created" in again.out
    [long] = [each for each in await importer.all("items") if each["name"] == "Long"]
    assert long["attributes"] == {}


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(importer: Importer) -> None:
    await importer.run("borrowers", "name\nAnn\n")
    content = "name,phone\nAnn,5\nBob,6\n,7\n"
    done = await importer.run("borrowers", content, "--dry-run")
    assert done.code == 1
    assert "1 would be created, 1 would be updated, 0 would be unchanged, 1 failed" in done.out
    assert [(each["name"], each["phone"]) for each in await importer.all("borrowers")] == [
        ("Ann", None)
    ]


async def test_any_script_quotes_line_breaks_and_other_delimiters(importer: Importer) -> None:
    content = '\ufeffName;Notes\n"Žižka; Жанна";"He said ""hi""\nand left"\n図書館 花子;\n'
    done = await importer.run("borrowers", content)
    assert done.code == 0, done
    assert [(each["name"], each["notes"]) for each in await importer.all("borrowers")] == [
        ("Žižka; Жанна", 'He said "hi"\nand left'),
        ("図書館 花子", None),
    ]


async def test_locations_come_in_any_order_with_their_parents(importer: Importer) -> None:
    """A parent may be further down in the file; one that is nowhere is told."""
    content = "name,parent\nShelf,House / Garage\nGarage,House\nHouse,\nBox,Attic\n"
    done = await importer.run("locations", content)
    assert done.code == 1
    assert "row 5: parent: There is no location 'Attic' here." in done.out
    paths = {
        "/".join([*(crumb["name"] for crumb in each["breadcrumb"]), each["name"]])
        for each in await importer.all("locations")
    }
    assert paths == {"House", "House/Garage", "House/Garage/Shelf"}
    again = await importer.run("locations", content)
    assert "0 created, 0 updated, 3 unchanged, 1 failed" in again.out


async def test_stock_refers_to_items_and_places_and_follows_its_file(importer: Importer) -> None:
    """A second run corrects quantities and moves what stands elsewhere, with movements."""
    await importer.run("items", "sku,name\nD-1,Drill\nS-1,Saw\n")
    await importer.run("locations", "name,parent\nHouse,\nGarage,House\n")
    headings = "nr,item,location,quantity,purchase_price,currency,condition\n"
    first = f"{headings}1,D-1,House / Garage,3,129.00,EUR,new\n2,Saw,House,1,,,\n3,Axe,House,1,,,\n"
    done = await importer.run("inventory", first, "--key", "nr")
    assert done.code == 1
    assert "row 4: item: There is no item 'Axe' here." in done.out
    assert "2 created" in done.out

    second = f"{headings}1,D-1,House / Garage,5,129.00,EUR,new\n2,Saw,Garage,1,,,good\n"
    again = await importer.run("inventory", second, "--key", "nr")
    assert "0 created, 2 updated, 0 unchanged, 0 failed" in again.out, again
    drill, saw = await importer.all("inventory")
    assert (drill["quantity"], drill["purchase_price"], drill["condition"]) == (5, 12_900, "NEW")
    assert (saw["location_name"], saw["quantity"]) == ("Garage", 1)
    movements = await importer.person.see(f"/movements?inventory_id={drill['id']}")
    assert len(movements["items"]) == 2
    third = await importer.run("inventory", second, "--key", "nr")
    assert "2 unchanged" in third.out


MIXED = """\
name,sku,category,labels,shop,location,container,qty,price,currency,borrower,borrower_email,due_at
Drill,D-1,Tools / Drills,red; loud,Shop,House / Garage,Box,2,12.50,EUR,Ann,us@a.ee,2030-01-01
Saw,S-1,Tools,,,House / Garage,,1,,,,,
Tent,T-1,,,,House,,0,,,Bob,us@a.ee,
"""
EXPORTED = {"locations": 2, "containers": 1, "inventory": 3, "borrowers": 2, "loans": 1}


async def test_what_was_exported_is_there_already_and_can_be_brought_in_elsewhere(
    importer: Importer,
) -> None:
    """Kind by kind, also who shares an address. A loan that inventory refuses is a row that failed,
    with its reason."""
    done = await importer.run("mixed", MIXED, "--create-missing")
    assert done.code == 1
    assert "row 4: row: 1 can't be lent: 0 of it are free there." in done.out
    assert "loans: 1 created" in done.out
    made = await importer.person.http.post("/v1/workspaces", json={"name": "Elsewhere"})
    slug = made.json()["slug"]
    who = ("--url", importer.url, "--email", importer.person.email, "--workspace")

    async def run(*arguments: str) -> str:
        return (await importer.invoke([*arguments], {"WAREHOUSE_PASSWORD": PASSWORD})).out

    async def export(kind: str, format_: str) -> str:
        file = str(importer.folder / f"{kind}.{format_}")
        told = await run("export", file, "--kind", kind, *who, importer.person.workspace_id)
        assert told.startswith(f"{file}: {kind}")
        return file

    for kind, count in EXPORTED.items():
        file = await export(kind, "xlsx" if kind == "inventory" else "csv")
        same = await run("import", kind, file, *who, importer.person.workspace_id)
        assert f"0 created, 0 updated, {count} unchanged, 0 failed" in same
    await export("items", "csv")
    for name, count in (("items.csv", 3), ("inventory.xlsx", 3), ("loans.csv", 1)):
        file = str(importer.folder / name)
        made_too = await run("import", name.partition(".")[0], file, *who, slug, "--create-missing")
        assert f"{count} created, 0 updated, 0 unchanged, 0 failed" in made_too


async def test_the_workspace_is_asked_for_where_there_are_several(importer: Importer) -> None:
    made = await importer.person.http.post("/v1/workspaces", json={"name": "Second Home"})
    content = "name\nAnn\n"
    refused = await importer.run("borrowers", content)
    assert refused.code == 1
    assert "Say which workspace" in refused.err
    assert made.json()["slug"] in refused.err
    for name in (made.json()["id"], made.json()["slug"], "second home"):
        done = await importer.run("borrowers", content, "--workspace", name)
        assert done.code == 0, done
    assert await importer.all("borrowers") == []


async def test_the_exit_code_tells_a_script(importer: Importer) -> None:
    """0 when every row went in, 1 when one did not, and for what can't begin; no traceback."""
    arguments = importer.arguments("borrowers", "name,phone\nAnn,\n,5\n")
    for options, code, says in (
        ((), 1, "row 3: name: is empty"),
        (("--column", "phone=Fax"), 1, "The file has no column 'Fax'; it has 'name', 'phone'."),
    ):
        process = await importer.start(*arguments, *options)
        out, err = await process.communicate()
        assert process.returncode == code
        assert says in (out + err).decode()
        assert "Traceback" not in err.decode()


async def test_what_keeps_all_rows_out_is_said_before_anything_starts(importer: Importer) -> None:
    missing = await importer.run("items", "nome\nDrill\n")
    assert (missing.code, "need a column for: name" in missing.err) == (1, True)
    stranger = await importer.run("items", "name\nDrill\n", "--password", "not the passphrase")
    assert stranger.code == 1
    assert f"Signing in as {importer.person.email} failed" in stranger.err
    assert "E-mail or password is not right. Check both" in stranger.err
    assert await importer.all("items") == []


async def test_a_token_that_is_typed_comes_before_the_environment(importer: Importer) -> None:
    """Also one from the environment signs in by itself; typed together they contradict."""
    arguments = importer.arguments("borrowers", "name\nAnn\n")
    nobody = [each for each in arguments if each not in ("--email", importer.person.email)]
    mine = importer.person.http.headers["authorization"].removeprefix("Bearer ")
    theirs = {"WAREHOUSE_EMAIL": "nobody@example.org", "WAREHOUSE_PASSWORD": "nothing at all"}
    for typed, environment in (
        (["--token", mine], theirs),
        ([], {"WAREHOUSE_TOKEN": mine}),
        (["--email", importer.person.email, "--password", PASSWORD], {"WAREHOUSE_TOKEN": "no"}),
    ):
        done = await importer.invoke([*nobody, *typed], environment)
        assert done.code == 0, done
    bad = await importer.invoke([*nobody, "--token", "no"], theirs)
    assert (bad.code, "The token is not accepted" in bad.err) == (1, True)
    for both in (("--email", "a@example.org"), ("--password", "p")):
        refused = await importer.invoke([*nobody, "--token", mine, *both], {})
        assert (refused.code, "--token is given instead of" in refused.err) == (1, True)


async def test_an_import_outlives_a_service_that_dies(
    importer: Importer, processes: Processes
) -> None:
    """No row is lost and none is there twice."""
    content = "name\n" + "".join(f"Thing {number}\n" for number in range(2400))
    process = await importer.start(*importer.arguments("items", content))

    async def begun() -> bool:
        jobs = (await importer.person.see("/imports"))["items"]
        return bool(jobs and jobs[0]["rows_read"])

    await eventually(begun)
    processes.kill("catalog")
    await asyncio.to_thread(processes.everything)
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert "2,400 created" in out.decode()
    names = set()
    async with Client(importer.url, Password(importer.person.email, PASSWORD)) as client:
        path = importer.person.at("/items")
        listed = [item["name"] async for item in client.pages(path)]
        names.update(listed)
    assert (len(listed), len(names)) == (2400, 2400)


async def test_a_large_file_and_its_stream_pass_the_gateway_as_they_are(importer: Importer) -> None:
    """A body beyond the usual size; events one by one and uncompressed, whatever is accepted."""
    note = "x" * 4_000
    content = "name,notes\n" + "".join(f"Person {n},{note}\n" for n in range(700))
    http, here = importer.person.http, importer.person.at("/imports")
    taken = await http.post(
        here,
        params={"kind": "borrowers"},
        content=content.encode(),
        headers={"content-type": "text/csv"},
    )
    assert taken.status_code == 202, taken.text
    path = f"{here}/{taken.json()['id']}/events"
    async with (
        asyncio.timeout(60),
        http.stream("GET", path, headers={"accept-encoding": "gzip"}) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        states = [line async for line in stream.aiter_lines() if line.startswith("event: ")]
    assert states[-1] == "event: completed"
    assert "event: running" in states


async def test_a_session_that_was_ended_is_begun_again(importer: Importer) -> None:
    async with Client(importer.url, Password(importer.person.email, PASSWORD)) as client:
        for session in (await client.get("/v1/me/sessions"))["items"]:
            await importer.person.http.delete(f"/v1/me/sessions/{session['id']}")

        async def ended() -> bool:
            return (await importer.person.http.get("/v1/me")).status_code == 401

        await eventually(ended)
        assert (await client.get("/v1/me"))["email"] == importer.person.email


async def test_the_demo_loads_once_however_often_it_is_tried(
    platform: str, mail_folder: Path
) -> None:
    """A load that was interrupted is completed by the next. The colleague verifies their address by
    the mail that came to it, as anybody has to before they are made a member."""
    for patience in (0.5, None, None):
        try:
            async with asyncio.timeout(patience):
                await load(platform, mail_folder)
        except TimeoutError:
            continue
    async with Client(platform, Password(DEMO_EMAIL, DEMO_PASSWORD)) as client:
        workspaces = [each async for each in client.pages("/v1/workspaces")]
        [shared] = [each for each in workspaces if each["name"] == data.WORKSPACE["name"]]
        base = f"/v1/workspaces/{shared['id']}"

        async def counted() -> bool:
            found = await client.get(f"{base}/dashboard")
            expected = {
                "items": len(data.THINGS),
                "inventory_entries": len(data.THINGS),
                "units": sum(thing.quantity for thing in data.THINGS),
                "locations": len(data.LOCATIONS),
                "containers": len(data.CONTAINERS),
                "borrowers": len(data.BORROWERS),
                "active_loans": sum(not each.returned for each in data.LENDINGS),
                "overdue_loans": 1,
                "low_stock_items": 1,
                "expiring_entries": 0,
            }
            assert {name: found[name] for name in expected} == expected
            return True

        await eventually(counted)
        assert len((await client.get(f"{base}/members"))["items"]) == 2
    async with Client(platform, Password(data.COLLEAGUE_EMAIL, DEMO_PASSWORD)) as colleague:
        assert (await colleague.get("/v1/me"))["email_verified_at"] is not None
