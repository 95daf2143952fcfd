#!/usr/bin/env bash
# Puts the promises to the test at full size, on release builds: deploy/acceptance.sh
# Prints a line of JSON for each part on standard output and a table at the end; takes about a quarter of an hour on two cores, and a build.
# Set CARGO_TARGET_DIR to build elsewhere than in target/.
set -euo pipefail
# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
exec </dev/null

LOGS=$CARGO_TARGET_DIR/acceptance
PARTS=()
FAILED=0

# part NAME PROGRAM ARGUMENT...: runs a program of the harness. The next follows whether it passes or not.
part() {
    local name=$1 program=$2 start=$SECONDS result=passed log
    shift 2
    log=$LOGS/${name//[^a-z0-9]/-}
    say "$name"
    if ! "$CARGO_TARGET_DIR/release/$program" "$@" >"$log.json" 2>"$log.log"; then
        result=FAILED
        FAILED=$((FAILED + 1))
        tail -n 20 "$log.log" >&2
    fi
    [ ! -s "$log.json" ] || printf '%s\n' "$(tr -s ' \n' ' ' <"$log.json")"
    PARTS+=("$(printf '%-45s %-6s %5d s' "$name" "$result" $((SECONDS - start)))")
}

summary() {
    echo
    printf '%s\n' "${PARTS[@]}"
    echo "$FAILED of ${#PARTS[@]} parts failed; details lie in $LOGS."
}

ensure_rust
TRAINYARD_NATS_SERVER=$(ensure_nats_server)
export TRAINYARD_NATS_SERVER
ensure_postgres
mkdir -p "$LOGS"
cargo build --workspace --bins --release --quiet
export TRAINYARD_BIN_DIR=$CARGO_TARGET_DIR/release

part "chaos on sqlite" chaos --database sqlite --seconds 60 --seeds 1,2,3,4,5
part "chaos on postgres with two replicas" chaos --database postgres --replicas 2 --seconds 60 --seeds 1,2,3,4,5
part "wipe on sqlite" drill wipe --database sqlite --jobs 200
part "wipe on postgres" drill wipe --database postgres --jobs 200
part "outage of nats" drill outage nats --seconds 60 --lease-ttl 30 --fits 8
part "outage of the database" drill outage database --seconds 60 --lease-ttl 30 --fits 8
part "rolling restart" drill rolling --per-second 50 --watchers 100
part "cancel of native fits" drill cancel --engine native --runs 100
part "cancel of fits by linfa" drill cancel --engine linfa --runs 100
part "lists of 100000 jobs and 5 million events" lists --jobs 100000 --events 5000000
summary >&2
[ "$FAILED" = 0 ]
