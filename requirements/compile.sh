#!/bin/sh
# Pins every dependency with hashes and without download addresses, for every Python from 3.11
# and every platform. Run by `make requirements`.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
pin() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"; }
pin --extra embedded pyproject.toml requirements/build.in -o requirements/runtime.txt
pin --extra embedded --extra dev -c requirements/runtime.txt pyproject.toml requirements/build.in \
  -o requirements/dev.txt
pin -c requirements/runtime.txt pyproject.toml requirements/build.in -o requirements/image.txt
