"""What imports promise, with inventory and loans played by the test."""

import asyncio
import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import openpyxl
import pytest
from integration.catalog.imports_rig import Desk
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from chassis.failpoints import VARIABLE
from chassis.identity import MemberRole
from services.catalog.imports.service import MOST_UNFINISHED

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def desk(
    run_services: Callable[..., dict[str, str]],
    caller: Caller,
    kafka: Kafka,
    connect: Callable[[str], Any],
    workspace_id: UUID,
) -> Desk:
    run_services("catalog")
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return Desk(client, kafka, await connect("catalog"), workspace_id)


BORROWERS = "Name;E-mail;Shoe size\nAda;ada@example.org;38\nGrace;no address;\n;;\nBob;;44\n"


async def test_a_file_goes_its_way_and_what_came_of_it_is_told(desk: Desk) -> None:
    """Rows that are good are sent on; the others are told with their cells; so is what others did
    with rows, once, however often they say so."""
    job = await desk.hand_in(BORROWERS, kind="borrowers", name="people.csv")
    assert (job["state"], job["ignored_columns"]) == ("queued", ["Shoe size"])
    assert job["encoding"] == "utf-8"
    assert job["columns"] == {"Name": "name", "E-mail": "email"}
    [event] = await desk.prepared(job)
    assert [(row["number"], row["fields"]) for row in event["rows"]] == [
        (2, {"name": "Ada", "email": "ada@example.org"}),
        (5, {"name": "Bob"}),
    ]
    assert (event["chunk"], event["is_last"]) == (1, True)
    faults = [
        {"number": 5, "field": "name", "message": "several are called so"},
        {"number": 5, "field": "phone", "message": "has none"},
    ]
    made = {"borrowers": {"created": 1, "updated": 0, "unchanged": 0}}
    for _ in range(2):
        await desk.answer(job, 1, tallies=made, faults=faults, of="loans")
    assert (await desk.see(job))["state"] == "running"
    await desk.answer(job, 1, of="inventory")
    done = await desk.ends(job)
    assert (done["rows_read"], done["rows_applied"], done["rows_failed"]) == (3, 3, 2)
    assert done["tallies"] == made
    errors = await desk.api.get(f"/imports/{job['id']}/errors.csv")
    assert list(csv.reader(io.StringIO(errors.content.decode("utf-8-sig")))) == [
        ["import:line", "import:faults", "Name", "E-mail", "Shoe size"],
        ["3", "email: 'no address' is no e-mail address", "Grace", "no address", ""],
        ["5", "name: several are called so | phone: has none", "Bob", "", "44"],
    ]


async def test_progress_is_told_on_a_stream_that_ends_with_the_job(desk: Desk) -> None:
    """One that was lost goes on behind what was seen; when there is nothing more, 204."""
    job = await desk.hand_in("name\nAda\n", kind="borrowers")
    seen = []
    async for state in desk.stream(job):
        seen.append(state)
        if state["rows_read"]:
            await desk.answer_all(job)
    assert seen[-1]["state"] == "completed"
    assert [each["version"] for each in seen] == sorted({each["version"] for each in seen})
    assert seen[-1] == await desk.see(job)
    lost = [each async for each in desk.stream(job, **{"last-event-id": "2"})]
    assert lost == seen[-1:]
    over = await desk.api.get(
        f"/imports/{job['id']}/events", headers={"last-event-id": str(seen[-1]["version"])}
    )
    assert over.status_code == 204


async def test_a_long_file_goes_in_chunks_and_keeps_no_other_waiting(
    desk: Desk, caller: Caller
) -> None:
    """Few chunks are on their way at once, so that another workspace's file comes between; one of
    the same workspace waits for its turn."""
    long = "name\n" + "".join(f"Person {n}\n" for n in range(4_600))
    job = await desk.hand_in(long, kind="borrowers")
    later = await desk.hand_in("name\nLast\n", kind="borrowers")
    await desk.prepared(job, 6)
    other = caller("catalog", workspace_id=(elsewhere := uuid4()))
    other.base_url = other.base_url.join(f"/v1/workspaces/{elsewhere}")
    neighbour = Desk(other, desk.kafka, desk.database, elsewhere)
    await neighbour.ends(await neighbour.hand_in("name\nAda\n", kind="borrowers"))
    assert len(await desk.prepared(job, 6)) == 6
    assert (await desk.see(later))["state"] == "queued"
    assert (await desk.see(job))["rows_total"] == 4_600
    done = await desk.ends(job)
    assert (done["rows_read"], done["rows_failed"]) == (4_600, 0)
    numbers = [row["number"] for event in await desk.prepared(job, 10) for row in event["rows"]]
    assert numbers == list(range(2, 4_602))
    await desk.ends(later)


async def test_cancelling_reads_no_further_and_waits_for_what_is_on_its_way(desk: Desk) -> None:
    long = "name\n" + "".join(f"Person {n}\n" for n in range(4_600))
    job = await desk.hand_in(long, kind="borrowers")
    waiting = await desk.hand_in("name\nLast\n", kind="borrowers")
    at_once = await desk.api.post(f"/imports/{waiting['id']}/cancel")
    assert (at_once.status_code, at_once.json()["state"]) == (200, "cancelled")
    await desk.prepared(job, 6)
    ending = (await desk.api.post(f"/imports/{job['id']}/cancel")).json()
    assert (ending["state"], ending["ending"]) == ("running", "cancelled")
    done = await desk.ends(job, "cancelled")
    assert (done["rows_read"], done["rows_applied"]) == (3_000, 3_000)
    again = await desk.api.post(f"/imports/{job['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "import-finished")
    kept = "SELECT count(*) FROM import_parts WHERE workspace_id = $1"
    assert await desk.database.fetchval(kept, desk.workspace_id) == 0


async def test_an_import_whose_rows_do_not_come_back_can_be_ended(desk: Desk) -> None:
    """Others wait for it; what comes back after all changes nothing."""
    job = await desk.hand_in("name\nAda\n", kind="borrowers")
    await desk.prepared(job)
    waiting = (await desk.api.post(f"/imports/{job['id']}/cancel")).json()
    assert (waiting["state"], waiting["ending"]) == ("running", "cancelled")
    path = f"/imports/{job['id']}/cancel"
    ended = (await desk.api.post(path, params={"force": True})).json()
    assert (ended["state"], ended["ending"], ended["rows_applied"]) == ("cancelled", None, 0)
    await desk.answer(job, 1)
    await desk.ends(await desk.hand_in("name\nGrace\n", kind="borrowers"))
    assert await desk.see(job) == ended


async def test_a_workspace_has_so_many_files_waiting(desk: Desk) -> None:
    jobs = [await desk.hand_in("name\nAda\n", kind="borrowers") for _ in range(MOST_UNFINISHED)]
    refused = await desk.try_("name\nAda\n", kind="borrowers")
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-imports")
    assert "cancel one" in refused.json()["detail"]
    await desk.api.post(f"/imports/{jobs[-1]['id']}/cancel")
    await desk.hand_in("name\nAda\n", kind="borrowers")


@pytest.mark.parametrize(
    ("verb", "facts", "why"),
    [
        ("removed", {"role": "member"}, "no member of this workspace"),
        ("role_changed", {"role": "viewer"}, "only look at"),
        ("updated", {"role": "member", "location_ids": [str(uuid4())]}, "restricted"),
    ],
)
async def test_who_may_hand_in_no_more_has_no_further_row_brought_in(
    desk: Desk, verb: str, facts: dict[str, Any], why: str
) -> None:
    """What went in stays. Who got another role that may, goes on; so does a colleague."""
    long = "name\n" + "".join(f"Person {n}\n" for n in range(4_600))
    job = await desk.hand_in(long, kind="borrowers")
    await desk.prepared(job, 6)
    member = {"id": str(uuid4()), "workspace_id": str(desk.workspace_id), "role": "admin"}
    member |= {"user_id": job["requested_by"], "location_ids": None, "version": 2}
    await desk.kafka.publish("warehouse.auth.member.role_changed", member)
    other = member | {"user_id": str(uuid4())}
    await desk.kafka.publish("warehouse.auth.member.removed", other)
    assert (await desk.see(job))["ending"] is None
    await desk.kafka.publish(f"warehouse.auth.member.{verb}", member | {"version": 3} | facts)

    async def stopped() -> bool:
        return bool((await desk.see(job))["ending"] == "failed")

    await eventually(stopped)
    done = await desk.ends(job, "failed")
    assert (done["rows_read"], done["rows_applied"]) == (3_000, 3_000)
    assert why in done["failure"]
    await desk.ends(await desk.hand_in("name\nAda\n", kind="borrowers"))


async def test_a_spreadsheet_goes_in_as_its_values(desk: Desk) -> None:
    """Numbers, days and truths as a person reads them there; titles above the headings are none."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Our things"])
    sheet.append([])
    sheet.append(["Name", "Barcode", "Insured", "Min stock", "Colour"])
    sheet.append(["Drill", 88381696722, True, 2.0, "blue"])
    kept = io.BytesIO()
    book.save(kept)
    answer = await desk.api.post(
        "/imports",
        files={"file": ("things.xlsx", kept.getvalue())},
        params={"kind": "locations", "map": '{"Barcode": "external_id"}'},
    )
    job = answer.json()
    assert (answer.status_code, job["file_name"]) == (202, "things.xlsx")
    [event] = await desk.prepared(job)
    assert event["rows"] == [
        {"number": 4, "fields": {"name": "Drill", "external_id": "88381696722"}, "found": {}}
    ]


@pytest.mark.parametrize(
    ("content", "parameters", "field", "says"),
    [
        ("name\nAda\n", {}, "kind", "Say what the rows are: one of items, categories"),
        ("", {"kind": "items"}, "file", "The file is empty."),
        ("name\nA\n", {"kind": "items", "sheet": "B"}, "sheet", "which has no sheets"),
        ("title\nDrill\n", {"kind": "borrowers"}, "map", "borrowers need a column for: name"),
        ("name\nA\n", {"kind": "items", "map": "[]"}, "map", "a JSON object of column to field"),
        ("name\nA\n", {"kind": "items", "map": '{"nome": "name"}'}, "map", "no column 'nome'"),
        ("name\nA\n", {"kind": "items", "key": "ean"}, "key", "'ean' is no column of the file"),
        (
            "name\nA\n",
            {"kind": "items", "colour": "red"},
            "colour",
            "There is no such query parameter",
        ),
        ("name\nA\n", {"kind": "items", "map": "homebox"}, "map", "no export of homebox"),
        ("name,price\nA,5\n", {"kind": "mixed"}, "currency", "say their currency"),
        (b"\x89PNG\r\n\x1a\n\0\0", {"kind": "items"}, "file", "no text file"),
        (b"PK\x03\x04 and no more", {"kind": "items"}, "file", "no XLSX file"),
        (b"\xd0\xcf\x11\xe0 old", {"kind": "items"}, "file", "save it as XLSX"),
    ],
)
async def test_what_keeps_all_rows_out_is_said_at_once(
    desk: Desk, content: str | bytes, parameters: dict[str, str], field: str, says: str
) -> None:
    answer = await desk.try_(content, **parameters)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (error["field"], says in error["message"]) == (field, True), error
    assert (await desk.api.get("/imports")).json()["items"] == []


async def test_prices_without_a_currency_are_in_that_of_the_workspace(desk: Desk) -> None:
    """Which catalog hears of; one that is made just now is waited for."""
    about = {"id": str(desk.workspace_id), "workspace_id": str(desk.workspace_id), "version": 1}
    content = "name,location,price\nDrill,House,5\n"
    handing_in = asyncio.create_task(desk.hand_in(content, kind="mixed"))
    await desk.kafka.publish("warehouse.auth.workspace.created", {**about, "currency": "SEK"})
    job = await handing_in
    [event] = await desk.prepared(job)
    assert event["rows"][0]["fields"]["currency"] == "SEK"
    await desk.ends(job)
    said = await desk.hand_in(content, kind="mixed", currency="EUR")
    [event] = await desk.prepared(said)
    assert event["rows"][0]["fields"]["currency"] == "EUR"


async def test_a_file_has_an_end(desk: Desk) -> None:
    """Not even begun where the request says how long it is; cut off where it does not."""

    async def endless() -> Any:  # noqa: ANN401
        for _ in range(60):
            yield b"x" * 1_000_000

    for body in (endless(), b"x" * 50_000_001):
        answer = await desk.api.post("/imports", params={"kind": "items"}, content=body)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload-too-large")
    other = await desk.try_("{}", kind="items", content_type="application/json")
    assert (other.status_code, other.json()["code"]) == (415, "unsupported-media-type")
    for form in ({"files": {"table": b"name\n"}}, {"data": {"file": "name"}, "files": {"a": b""}}):
        wrong = await desk.api.post("/imports", params={"kind": "items"}, **form)
        assert wrong.status_code in {400, 422}, wrong.text


async def test_the_same_key_hands_a_file_in_once(desk: Desk) -> None:
    key = {"idempotency-key": "once"}
    first = await desk.try_("name\nAda\n", kind="borrowers", headers=key)
    second = await desk.try_("name\nAda\n", kind="borrowers", headers=key)
    assert second.json() == first.json()
    other = await desk.try_("name\nBob\n", kind="borrowers", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len((await desk.api.get("/imports")).json()["items"]) == 1


async def test_who_does_not_have_the_whole_workspace_has_no_imports(
    desk: Desk, caller: Caller
) -> None:
    """Rows may go anywhere, and a job tells of everything: neither is for who is restricted."""
    job = await desk.hand_in("name\nAda\n", kind="borrowers")
    here = f"/v1/workspaces/{desk.workspace_id}/imports"
    restricted = caller("catalog", workspace_id=desk.workspace_id, locations=frozenset({uuid4()}))
    for path in ("", f"/{job['id']}", f"/{job['id']}/errors.csv", f"/{job['id']}/events"):
        answer = await restricted.get(here + path)
        assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    for refused in (
        await restricted.post(here, params={"kind": "items"}, content=b"name\nA\n"),
        await restricted.post(f"{here}/{job['id']}/cancel"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "restricted")
    viewer = caller("catalog", workspace_id=desk.workspace_id, role=MemberRole.VIEWER)
    assert (await viewer.get(f"{here}/{job['id']}")).status_code == 200
    assert (await viewer.post(here, content=b"name\nA\n")).status_code == 403
    stranger = caller("catalog", workspace_id=(elsewhere := uuid4()))
    for path in ("", "/errors.csv", "/events"):
        answer = await stranger.get(f"/v1/workspaces/{elsewhere}/imports/{job['id']}{path}")
        assert answer.status_code == 404


async def test_a_row_that_is_all_wrong_is_told_of_in_one_line(desk: Desk) -> None:
    """And not of all that is wrong: that may be more than the row has."""
    headings = ",".join(f"attributes.{n}" for n in range(60))
    wrong = ",".join(["x" * 20_000] * 60)
    job = await desk.hand_in(f"name,{headings}\nDrill,{wrong}\nSaw{',' * 60}\n,\n", kind="items")
    done = await desk.ends(job)
    errors = (await desk.api.get(f"/imports/{job['id']}/errors.csv")).content.decode("utf-8-sig")
    [_, line] = csv.reader(io.StringIO(errors))
    assert (done["rows_failed"], line[0], line[1].count(" | ")) == (1, "2", 19)


async def test_a_file_that_breaks_off_is_told_and_what_was_before_goes_in(desk: Desk) -> None:
    rows = "".join(f"Person {n}\n" for n in range(600))
    job = await desk.hand_in(f'name\n{rows}"open\nX\n', kind="borrowers")
    done = await desk.ends(job, "failed")
    assert done["failure"] == "Row 602: a quote is opened and never closed."
    assert done["rows_applied"] == done["rows_read"] == 600


async def test_every_state_is_published_in_order(desk: Desk) -> None:
    """One sequence of versions, without a gap, by whoever asked for the import."""
    job = await desk.hand_in("name\nAda\n", kind="borrowers")
    await desk.ends(job)

    async def published() -> list[tuple[str, int]]:
        seen = await desk.kafka.read("warehouse.catalog.import.v1", workspace_id=desk.workspace_id)
        assert [each.payload["version"] for each in seen] == list(range(1, len(seen) + 1))
        assert seen[-1].type.endswith("completed")
        assert {each.headers["ce_actor"] for each in seen[:3]} == {job["requested_by"]}
        return [each.type.rpartition(".")[2] for each in seen]

    assert await eventually(published) == ["requested", "started", "rows_prepared", "completed"]


LONG = "name,sku\n" + "".join(f"Thing {n},S-{n}\n" for n in range(2_700))


@pytest.mark.long
@pytest.mark.parametrize("point", ["import.before_commit", "import.after_commit"])
async def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_no_row(
    desk: Desk, processes: Processes, point: str
) -> None:
    """Just before the third chunk is committed, and just after: whoever takes over goes on behind
    what was noted, and each row is applied and sent on once."""
    processes.only()
    usual = processes.environment
    processes.environment, processes.forked = {**usual, VARIABLE: f"{point}=kill@3"}, False
    try:
        processes.only(["catalog"])
        job = await desk.hand_in(LONG, kind="items", key="sku")
        running = processes.running["catalog",].popen
        await eventually(lambda: running.poll() is not None)
        processes.kill("catalog")
    finally:
        processes.environment, processes.forked = usual, True
    processes.only(["catalog"])
    await is_whole(desk, job)


@pytest.mark.long
async def test_a_worker_that_is_stopped_in_the_middle_loses_and_doubles_no_row(
    desk: Desk, processes: Processes
) -> None:
    """Whatever it is at when it is told to stop."""
    job = await desk.hand_in(LONG, kind="items", key="sku")
    await desk.prepared(job, 2)
    processes.stop(("catalog",))
    processes.only(["catalog"])
    await is_whole(desk, job)


async def is_whole(desk: Desk, job: dict[str, Any]) -> None:
    """Require that each row of `LONG` went in and was sent on, once."""
    done = await desk.ends(job)
    assert (done["rows_read"], done["rows_applied"], done["rows_failed"]) == (2_700, 2_700, 0)
    assert done["tallies"] == {"items": {"created": 2_700, "updated": 0, "unchanged": 0}}
    events = await desk.prepared(job, 6)
    assert [event["chunk"] for event in events] == [1, 2, 3, 4, 5, 6]
    kept = "SELECT count(*), count(DISTINCT sku) FROM items WHERE workspace_id = $1"
    assert tuple(await desk.database.fetchrow(kept, desk.workspace_id)) == (2_700, 2_700)
