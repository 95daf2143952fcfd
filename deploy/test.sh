#!/usr/bin/env bash
# Runs every check and every test, bringing what they need: deploy/test.sh
# Set CARGO_TARGET_DIR to build elsewhere than in target/.
set -euo pipefail
# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
exec </dev/null

RAN=()
SKIPPED=()
CURRENT=

# step NAME COMMAND...: runs it, timed. The first that fails ends the script.
step() {
    local start=$SECONDS
    CURRENT=$1
    shift
    say "$CURRENT"
    "$@"
    RAN+=("$CURRENT ($((SECONDS - start)) s)")
    say "$CURRENT: passed in $((SECONDS - start)) s"
    CURRENT=
}

skip() { # NAME REASON
    SKIPPED+=("$1: $2")
    say "skipped $1: $2"
}

summary() {
    local status=$? line
    echo
    for line in "${RAN[@]}"; do echo "ran      $line"; done
    for line in "${SKIPPED[@]}"; do echo "skipped  $line"; done
    if [ "$status" = 0 ]; then
        echo "All checks passed in $SECONDS s."
    else
        echo "FAILED in ${CURRENT:-the set-up} after $SECONDS s."
    fi
}
trap summary EXIT

bring_tools() {
    ensure_rust
    ensure_rust_component rustfmt cargo fmt
    ensure_rust_component clippy cargo clippy
    TRAINYARD_NATS_SERVER=$(ensure_nats_server)
    export TRAINYARD_NATS_SERVER
    ensure_postgres
    ensure_moto_server
}

check_scripts() { shellcheck --external-sources deploy/*.sh .ci/run; }

check_docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet; }

run_tests() {
    # The binaries were built just now: no test has to build them again.
    export TRAINYARD_BIN_DIR=$CARGO_TARGET_DIR/debug
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --no-fail-fast
        cargo test --workspace --doc --quiet
    else
        cargo test --workspace --no-fail-fast
    fi
}

# The tests that make tables, graphs and damaged models up, with many more cases than they try among the other tests.
run_fuzz() {
    local -x TRAINYARD_CSV_CASES=100000 TRAINYARD_GRAPH_CASES=100000 TRAINYARD_ARTIFACT_CASES=100000
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --no-fail-fast -E 'binary(malformed) or binary(graph_fuzz) or binary(artifacts)'
    else
        cargo test --workspace --no-fail-fast --test malformed --test graph_fuzz --test artifacts
    fi
}

check_proto() { # BUF
    "$1" format --diff --exit-code
    "$1" lint
}

# run_chaos DATABASE REPLICAS [SEED]: a minute of faults on real processes. Without a seed it draws and prints one.
run_chaos() {
    local -a line=(--database "$1" --replicas "$2" --seconds 60)
    [ $# -lt 3 ] || line+=(--seed "$3")
    TRAINYARD_BIN_DIR=$CARGO_TARGET_DIR/debug "$CARGO_TARGET_DIR/debug/chaos" "${line[@]}"
}

# parity NAME ENVIRONMENT REQUIREMENTS SCRIPT [OPTION...]: runs a comparison in a Python environment of its own.
parity() {
    local name=$1 venv=$CARGO_TARGET_DIR/parity/$2 requirements=tools/harness/parity/$3 script=tools/harness/parity/$4
    local python
    shift 4
    if ! python_at_least 3.10; then
        skip "$name" "Python 3.10 or later is not installed"
    elif python=$(python_venv "$venv" "$requirements"); then
        step "$name" "$python" "$script" "$@"
    else
        skip "$name" "pip could not install $requirements"
    fi
}

step "tools" bring_tools
if have shellcheck; then
    step "shellcheck" check_scripts
else
    skip "shellcheck" "it is not installed"
fi
step "cargo fmt" cargo fmt --all --check
step "clippy" cargo clippy --workspace --all-targets --quiet -- -D warnings
step "docs" check_docs
if cargo deny --version >/dev/null 2>&1; then
    step "cargo deny" cargo deny check licenses bans sources
else
    skip "cargo deny" "cargo-deny is not installed"
fi
step "binaries" cargo build --workspace --bins --quiet
step "tests on SQLite, PostgreSQL and nats-server" run_tests
step "fuzz of graphs, CSV and artifacts, 100,000 cases each" run_fuzz
step "chaos on SQLite" run_chaos sqlite 1 1
step "chaos on PostgreSQL with two replicas" run_chaos postgres 2 1
step "chaos on PostgreSQL with a fresh seed" run_chaos postgres 2
if ! have node || ! have npm; then
    skip "buf format and lint" "Node.js with npm is not installed"
elif buf=$(ensure_buf); then
    step "buf format and lint" check_proto "$buf"
else
    skip "buf format and lint" "npm could not install @bufbuild/buf $BUF_VERSION"
fi
if python_at_least 3.10; then
    step "reports in Chromium" python3 tools/harness/pages/reports.py --artifact "$CARGO_TARGET_DIR/debug/artifact"
else
    skip "reports in Chromium" "Python 3.10 or later is not installed"
fi
parity "parity with scikit-learn" venv requirements.txt parity.py --bin "$CARGO_TARGET_DIR/debug/fit"
parity "parity of metrics" venv-metrics requirements-metrics.txt metrics.py \
    --evaluate "$CARGO_TARGET_DIR/debug/evaluate" --artifact "$CARGO_TARGET_DIR/debug/artifact"
parity "parity of nodes" venv-nodes requirements-nodes.txt nodes.py --bin "$CARGO_TARGET_DIR/debug/trainctl"
parity "parity of onnxruntime" venv-onnx requirements-onnx.txt onnx.py --trainctl "$CARGO_TARGET_DIR/debug/trainctl" \
    --artifact "$CARGO_TARGET_DIR/debug/artifact"
