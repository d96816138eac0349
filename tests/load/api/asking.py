"""Scripts for `wrk`: several paths in turn, or bodies of which each is new."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence

_GETS = """
local paths = {{ {paths} }}
local requests = {{}}
local number = 0
init = function()
  for at, path in ipairs(paths) do requests[at] = wrk.format("GET", path) end
end
request = function()
  number = number + 1
  return requests[number % #requests + 1]
end
"""
_POSTS = """
local run = tostring({{}}):sub(8)
local number = 0
request = function()
  number = number + 1
  local body = string.format({body}, run .. "-" .. number)
  return wrk.format("POST", nil, nil, body)
end
"""
_POSTS_TO = """
local paths = {{ {paths} }}
local bodies = {{ {bodies} }}
local number = 0
request = function()
  local round = math.floor(number / #paths)
  local path, body = paths[number % #paths + 1], bodies[round % #bodies + 1]
  number = number + 1
  return wrk.format("POST", path, nil, body)
end
"""


@contextlib.contextmanager
def gets(paths: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Options of `wrk` that ask for these paths in turn."""
    with _script(_GETS.format(paths=_listed(paths))) as options:
        yield options


@contextlib.contextmanager
def posts(body: dict[str, object]) -> Iterator[tuple[str, ...]]:
    """Options of `wrk` that post this body, the `%s` in it replaced by something new each time."""
    with _script(_POSTS.format(body=json.dumps(json.dumps(body)))) as options:
        yield (*options, "-H", "Content-Type: application/json")


@contextlib.contextmanager
def posts_to(
    paths: Sequence[str], bodies: Sequence[dict[str, object]]
) -> Iterator[tuple[str, ...]]:
    """Options of `wrk` that post to these paths in turn: the first body to each of them, then the
    second to each, and so on."""
    said = ", ".join(json.dumps(json.dumps(body)) for body in bodies)
    with _script(_POSTS_TO.format(paths=_listed(paths), bodies=said)) as options:
        yield (*options, "-H", "Content-Type: application/json")


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(f'"{path}"' for path in paths)


@contextlib.contextmanager
def _script(text: str) -> Iterator[tuple[str, ...]]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(text)
        script.flush()
        yield "-s", script.name
