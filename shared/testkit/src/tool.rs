//! Finding the programs that tests start.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The least nats-server that the protocol can rest on: 2.9 resurrected acknowledged messages.
const NATS_FLOOR: [u32; 3] = [2, 10, 27];

/// Returns the path of a nats-server of at least version 2.10.27.
pub(crate) fn nats_server() -> PathBuf {
    let named = env::var_os("TRAINYARD_NATS_SERVER").map(PathBuf::from);
    if let Some(path) = &named {
        assert!(
            nats_version(path).is_some(),
            "TRAINYARD_NATS_SERVER={} is no nats-server",
            path.display()
        );
    }
    let candidates = named
        .into_iter()
        .chain(on_path("nats-server"))
        .chain(tools_dirs().into_iter().map(|dir| dir.join("nats-server")));
    candidates.into_iter().find(|path| nats_version(path).is_some_and(|version| version >= NATS_FLOOR)).expect(
        "no nats-server 2.10.27 or later: run deploy/test.sh, which brings one, or set TRAINYARD_NATS_SERVER",
    )
}

/// Returns the path of moto's server, which speaks S3.
pub(crate) fn moto_server() -> PathBuf {
    let named = env::var_os("TRAINYARD_MOTO_SERVER").map(PathBuf::from);
    let brought = tools_dirs()
        .into_iter()
        .map(|dir| dir.join("moto/bin/moto_server"));
    let mut candidates = named.into_iter().chain(brought).chain(on_path("moto_server"));
    candidates
        .find(|path| path.is_file())
        .expect("no moto_server: run deploy/test.sh, which brings it, or set TRAINYARD_MOTO_SERVER")
}

/// Returns the directory of a PostgreSQL installation's programs: `initdb`, `postgres`, `psql`, `pg_isready`.
pub(crate) fn postgres_bin() -> PathBuf {
    let named = env::var_os("TRAINYARD_POSTGRES_BIN").map(PathBuf::from);
    // Links on the PATH lead into the installation, where all its programs lie side by side.
    let linked =
        on_path("initdb").filter_map(|path| path.canonicalize().ok()?.parent().map(Path::to_path_buf));
    let complete = |dir: &PathBuf| {
        ["initdb", "postgres", "psql", "pg_isready"]
            .iter()
            .all(|program| dir.join(program).is_file())
    };
    named.into_iter().chain(linked).chain(debian_postgres()).find(complete).expect(
        "no PostgreSQL: run deploy/test.sh, install the package postgresql, or set TRAINYARD_POSTGRES_BIN",
    )
}

/// Debian and Ubuntu keep the server's programs off the PATH, by major version; newest first.
fn debian_postgres() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, bin)| bin).collect()
}

/// Where the scripts in deploy/ put what they bring: `tools` in the target directory, ours or that of CI.
fn tools_dirs() -> Vec<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
        .map(|cache| cache.join("trainyard/target"));
    let own = profile_dir().parent().map(Path::to_path_buf);
    own.into_iter()
        .chain(cache)
        .map(|target| target.join("tools"))
        .collect()
}

/// The directory that the running test's profile is built into, such as `target/debug`.
pub(crate) fn profile_dir() -> PathBuf {
    let exe = env::current_exe().expect("the test knows its own executable");
    // Tests lie in `deps`, examples in `examples`, binaries in the directory itself, doc tests elsewhere.
    let build = exe
        .ancestors()
        .find(|dir| dir.join("deps").is_dir())
        .map(Path::to_path_buf);
    build.unwrap_or_else(|| exe.parent().unwrap_or(Path::new(".")).to_path_buf())
}

fn on_path(program: &str) -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found: Vec<PathBuf> = env::split_paths(&path).map(|dir| dir.join(program)).collect();
    found.into_iter().filter(|path| path.is_file())
}

fn nats_version(program: &Path) -> Option<[u32; 3]> {
    let output = Command::new(program).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `nats-server: v2.15.1`, and `v2.12.0-RC.1` as 2.12.0.
fn parse_version(text: &str) -> Option<[u32; 3]> {
    let (_, version) = text.trim().strip_prefix("nats-server: ")?.split_once('v')?;
    let mut parts = version.split(['.', '-', '+']).map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse_version("nats-server: v2.15.1\n"), Some([2, 15, 1]));
        assert!(parse_version("nats-server: v2.9.10\n") < Some(NATS_FLOOR));
        assert!(parse_version("nats-server: v2.12.0-RC.1\n") > Some(NATS_FLOOR));
        assert_eq!(parse_version("bash: nats-server: not found"), None);
    }

    #[test]
    fn the_test_finds_the_directory_it_was_built_into() {
        assert!(profile_dir().join("deps").is_dir());
    }
}
