"""What the pages of mailed links ask of the API; run by Node where there is one."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import gateway

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node to run the page's script")
TOKENS = 200, {"access_token": "a1", "refresh_token": "r1", "expires_in": 600}
SIGN_OUT = ["POST", "/v1/auth/logout", {"refresh_token": "r1"}]
_RUN = """
let sent = [], answers = JSON.parse(process.argv[1]);
const mailed = new Mailed(async (...call) => { sent.push(call); return answers.shift(); });
const failure = (promise) => promise.then(() => null, ({ message, problem }) => [message, problem]);
const tell = (found) => console.log(JSON.stringify({ found, sent }));
"""


def run(script: str, *answers: tuple[int, dict[str, Any] | None]) -> dict[str, Any]:
    """What `script`, whose last act is to `tell` something, told."""
    static = Path(gateway.__file__).parent / "static"
    source = "".join((static / name).read_text() for name in ("session.js", "mailed.js"))
    given = json.dumps([{"status": status, "body": body} for status, body in answers])
    program = f"{source}{_RUN}(async () => {{ {script} }})();"
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", program, given], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_link_carries_its_token_in_its_query_or_its_path() -> None:
    told = run(
        """tell([
          ["/verify-email", "?token=a%2Bb"], ["/password-reset", ""], ["/invitations/whi_c", ""],
        ].map(([pathname, search]) => Mailed.tokenOf({ pathname, search })));"""
    )
    assert told == {"found": ["a+b", None, "whi_c"], "sent": []}


def test_a_new_password_is_sent_when_it_was_typed_twice() -> None:
    told = run(
        """const differs = await failure(mailed.reset("t", "one password", "another"));
        await mailed.reset("t", "one password", "one password");
        tell(differs);""",
        (204, None),
    )
    words = "These are two different passwords."
    assert told["found"] == [words, {"errors": [{"field": "again", "message": words}]}]
    body = {"token": "t", "password": "one password"}
    assert told["sent"] == [["POST", "/v1/auth/password-reset/confirm", body, None]]


def test_who_accepts_is_signed_in_for_that_alone() -> None:
    told = run(
        """await mailed.accept("whi_t", "e", "p", { code: "123456" }); tell(0);""",
        TOKENS,
        (201, {}),
        (204, None),
    )
    assert told["sent"] == [
        ["POST", "/v1/auth/login", {"email": "e", "password": "p", "code": "123456"}],
        ["POST", "/v1/invitations/whi_t/accept", None, "a1"],
        SIGN_OUT,
    ]


def test_who_may_not_accept_is_told_why_and_signed_out() -> None:
    gone = {"title": "This invitation is good no more", "detail": "It was revoked."}
    told = run(
        """tell(await failure(mailed.accept("whi_t", "e", "p")));""",
        TOKENS,
        (410, gone),
        (503, None),
    )
    assert told["found"] == ["This invitation is good no more: It was revoked.", gone]
    assert told["sent"][-1] == SIGN_OUT
