"""What /docs does with its tokens; run by Node where there is one, since that is what it is for."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import gateway

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node to run the page's script")
_RUN = """
let clock = 0, sent = [], answers = JSON.parse(process.argv[1]);
const session = new Session(async (path, body) => {
  sent.push([path, body]);
  return answers.shift();
}, () => clock);
const tell = (found) => console.log(JSON.stringify({ found, sent, signedIn: session.signedIn }));
"""


def run(script: str, *answers: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    """What `script`, whose last act is to `tell` something, told."""
    source = (Path(gateway.__file__).parent / "static/session.js").read_text()
    given = json.dumps([{"status": status, "body": body} for status, body in answers])
    program = f"{source}{_RUN}(async () => {{ {script} }})();"
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", program, given], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def tokens(number: int) -> tuple[int, dict[str, Any]]:
    return 200, {"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": 600}


def test_a_token_is_used_until_it_is_about_to_expire() -> None:
    told = run(
        """await session.signIn("ada@example.org", "secret");
        const first = await session.token(); clock = 569;
        tell([first, await session.token()]);""",
        tokens(1),
    )
    assert told["found"] == ["a1", "a1"]
    assert told["sent"] == [["/v1/auth/login", {"email": "ada@example.org", "password": "secret"}]]


def test_it_is_renewed_once_for_all_who_ask_at_a_time() -> None:
    told = run(
        """await session.signIn("e", "p"); clock = 571;
        tell(await Promise.all([session.token(), session.token(), session.token()]));""",
        tokens(1),
        tokens(2),
    )
    assert told["found"] == ["a2", "a2", "a2"]
    assert told["sent"][1:] == [["/v1/auth/refresh", {"refresh_token": "r1"}]]


def test_an_account_with_a_second_factor_is_asked_for_its_code() -> None:
    told = run(
        """const problem = await session.signIn("e", "p").catch((error) => error.problem);
        await session.signIn("e", "p", { code: "123456" });
        tell(problem.code);""",
        (401, {"code": "second-factor-required", "title": "This account has a second factor"}),
        tokens(1),
    )
    assert (told["found"], told["signedIn"]) == ("second-factor-required", True)
    assert told["sent"][1][1] == {"email": "e", "password": "p", "code": "123456"}


def test_a_session_that_ended_is_signed_out() -> None:
    told = run(
        """await session.signIn("e", "p"); clock = 600;
        const words = await session.token().catch((error) => error.message);
        tell([words, await session.token()]);""",
        tokens(1),
        (401, {"title": "Sign in first", "detail": "This session was ended."}),
    )
    assert told["found"] == ["Sign in first: This session was ended.", None]
    assert told["signedIn"] is False


def test_a_service_that_is_away_ends_no_session() -> None:
    told = run(
        """await session.signIn("e", "p"); clock = 600;
        await session.token().catch(() => null);
        tell(await session.token());""",
        tokens(1),
        (503, {"title": "This part is not available right now"}),
        tokens(2),
    )
    assert (told["found"], told["signedIn"]) == ("a2", True)


def test_signing_out_ends_the_session_at_the_server() -> None:
    told = run(
        """await session.signIn("e", "p"); await session.signOut(); tell(0);""",
        tokens(1),
        (204, {}),
    )
    assert told["sent"][1:] == [["/v1/auth/logout", {"refresh_token": "r1"}]]
    assert told["signedIn"] is False
