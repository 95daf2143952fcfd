#!/usr/bin/env bash
# Trainyard end to end on this machine: builds it, starts it, trains the examples, shows the models, stops it.
#   deploy/demo.sh [--keep]      --keep leaves the services running, and says what to try next
set -euo pipefail
# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DEMO=$ROOT/target/demo
TABLES=$ROOT/target/tables # for tables of one's own; kept from one demonstration to the next
EXAMPLES=$ROOT/deploy/examples
BIN=$CARGO_TARGET_DIR/release
GRAPHS=(breast_cancer diabetes messy)
KEEP=
PIDS=()

case "${1:-}" in
"") ;;
--keep) KEEP=yes ;;
*) die "usage: deploy/demo.sh [--keep]" ;;
esac

# Ends the processes, newest first: SIGTERM, and SIGKILL for what is still there ten seconds later.
stop_all() { # PID...
    local -a pids=()
    local pid tries
    for pid in "$@"; do pids=("$pid" "${pids[@]}"); done
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || continue
        for ((tries = 0; tries < 100; tries++)); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}

finish() {
    local status=$?
    trap - EXIT
    if [ "$status" != 0 ] && [ -d "$DEMO/log" ]; then
        say "the logs are in $DEMO/log; their ends:"
        tail -n 15 "$DEMO"/log/*.log >&2 || true
    fi
    if [ "${#PIDS[@]}" != 0 ] && { [ -z "$KEEP" ] || [ "$status" != 0 ]; }; then
        say "stopping what was started"
        stop_all "${PIDS[@]}"
        rm -f "$DEMO/pids"
    fi
    exit "$status"
}

# Services that an earlier demonstration left running hold the directory that is about to be wiped.
stop_earlier() {
    local pid
    local -a earlier=()
    [ -f "$DEMO/pids" ] || return 0
    while read -r pid; do
        # The id may be another process's by now: ours have the directory in their arguments.
        if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$DEMO"; then earlier+=("$pid"); fi
    done <"$DEMO/pids"
    [ "${#earlier[@]}" = 0 ] && return
    say "stopping the services of an earlier demonstration"
    stop_all "${earlier[@]}"
}

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a free port, below those that the kernel gives to outgoing connections.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        port_is_open "$port" || break
    done
    printf '%s\n' "$port"
}

# start NAME COMMAND...: runs it in a session of its own, so that --keep survives the terminal.
start() {
    local name=$1
    shift
    say "starting $name"
    setsid "$@" >"$DEMO/log/$name.log" 2>&1 </dev/null &
    PIDS+=($!)
    printf '%s\n' "$!" >>"$DEMO/pids"
}

# wait_for NAME COMMAND...: until the command succeeds. The service is the one started last, and has to stay alive.
wait_for() {
    local name=$1 deadline=$((SECONDS + 60))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "${PIDS[-1]}" 2>/dev/null || die "$name ended while starting"
        [ "$SECONDS" -lt "$deadline" ] || die "$name is not ready after 60 s"
        sleep 0.05
    done
    say "$name is ready"
}

build() {
    local start=$SECONDS
    say "building job-service, trainer and trainctl (release)"
    (cd "$ROOT" && cargo build --release --quiet --bin job-service --bin trainer --bin trainctl)
    say "built in $((SECONDS - start)) s"
}

start_services() {
    local nats_port service_port
    nats_port=$(free_port)
    service_port=$(free_port)
    NATS=nats://127.0.0.1:$nats_port
    SERVER=http://127.0.0.1:$service_port
    start nats-server "$1" -a 127.0.0.1 -p "$nats_port" -js -sd "$DEMO/nats"
    wait_for nats-server port_is_open "$nats_port"
    start job-service "$BIN/job-service" serve --listen "127.0.0.1:$service_port" --nats "$NATS" \
        --data-dir "$DEMO/job-service" --artifact-root "$DEMO/artifacts" \
        --data-root "$EXAMPLES/data" --data-root "$TABLES"
    wait_for job-service trainctl models
    start trainer "$BIN/trainer" run --nats "$NATS" \
        --data-dir "$DEMO/trainer" --artifact-root "$DEMO/artifacts" \
        --data-root "$EXAMPLES/data" --data-root "$TABLES"
}

trainctl() { "$BIN/trainctl" --server "$SERVER" "$@"; }

# Trains one graph's models, shown live. A job that fails does not keep the others from running.
train() { # GRAPH
    say "training $1"
    trainctl datasets add "$1" "$EXAMPLES/data/$1.csv"
    timeout --foreground 600 "$BIN/trainctl" --server "$SERVER" submit "$EXAMPLES/$1.yaml" --watch || FAILED+=("$1")
}

# Sourced, it makes `trainctl` talk to these services.
write_environment() {
    # shellcheck disable=SC2016 # PATH is the sourcing shell's.
    printf 'export TRAINYARD_SERVER=%q\nPATH=%q:$PATH\nexport PATH\n' "$SERVER" "$BIN" >"$DEMO/env"
}

show_next_steps() {
    cat <<TEXT

The services are running. To try next:
  $BIN/trainctl --server $SERVER list
  $BIN/trainctl --server $SERVER submit $EXAMPLES/messy.yaml --watch
  $BIN/trainctl predict --artifact "$(python3 "$ROOT/deploy/demo_summary.py" --first "$DEMO/summary.json")" --input $EXAMPLES/data/breast_cancer.csv --rows test
  grpcurl -plaintext ${SERVER#http://} list trainyard.v1.JobService
  grpcurl -plaintext -d '{"page_size": 5}' ${SERVER#http://} trainyard.v1.JobService/ListTrainingJobs
For a plain \`trainctl\`, as the README has it:
  . $DEMO/env
Tables of your own go into $TABLES
To stop the services:
  kill ${PIDS[*]}
TEXT
}

say "finding the tools"
ensure_rust
ensure_python || die "no python3: install it; the summary is written with it"
nats_server=$(ensure_nats_server)
say "nats-server $(nats_version "$nats_server"): $nats_server"
build
stop_earlier
rm -rf "$DEMO"
mkdir -p "$DEMO/log" "$DEMO/artifacts" "$TABLES"
trap finish EXIT
trap 'exit 130' INT TERM
start_services "$nats_server"
FAILED=()
for graph in "${GRAPHS[@]}"; do train "$graph"; done
trainctl --json list >"$DEMO/jobs.json"
python3 "$ROOT/deploy/demo_summary.py" "$DEMO/jobs.json" "$DEMO/summary.json" "${#GRAPHS[@]}"
say "summary: $DEMO/summary.json"
[ "${#FAILED[@]}" = 0 ] || die "not everything succeeded: ${FAILED[*]}"
if [ -n "$KEEP" ]; then
    write_environment
    show_next_steps
fi
