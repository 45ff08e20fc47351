#!/usr/bin/env bash
# Write the lock files anew from the .in files: hashes for every pin, one resolution for Python 3.11 to 3.13, no index address.
# Needs uv. Give --upgrade to move pins.
set -euo pipefail
cd "$(dirname "$0")"
compile=(uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet "$@")
"${compile[@]}" dev.in --output-file dev.lock
"${compile[@]}" run.in --constraints dev.lock --output-file run.lock
"${compile[@]}" production.in --constraints dev.lock --output-file production.lock
