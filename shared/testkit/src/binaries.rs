//! The project's own executables, for tests that run them as processes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::tool;

/// Returns the path of one of our executables, such as `job-service`, built with the same profile as the running test.
///
/// The first call of a process builds them all: `cargo test` only builds those of the package under test. Where
/// `TRAINYARD_BIN_DIR` is set they are taken from there, and nothing is built.
///
/// # Panics
///
/// When the build fails, or when there is no such executable.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let dir = DIR.get_or_init(|| env::var_os("TRAINYARD_BIN_DIR").map_or_else(build, PathBuf::from));
    let path = dir.join(name);
    assert!(path.is_file(), "no executable {}", path.display());
    path
}

/// Builds the executables beside the running test, and returns the directory that they are in.
fn build() -> PathBuf {
    let dir = tool::profile_dir();
    let (target, profile) =
        split(&dir).unwrap_or_else(|| panic!("{} is not in a target directory", dir.display()));
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--workspace",
            "--bins",
            "--quiet",
            "--profile",
            profile,
            "--target-dir",
        ])
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo build failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    dir
}

/// The target directory and the profile's name, of the directory that a profile is built into.
fn split(profile_dir: &Path) -> Option<(&Path, &str)> {
    let name = profile_dir.file_name()?.to_str()?;
    // The directory of the profile `dev` has a name of its own.
    Some((profile_dir.parent()?, if name == "debug" { "dev" } else { name }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_told_by_the_directory() {
        assert_eq!(split(Path::new("/t/debug")), Some((Path::new("/t"), "dev")));
        assert_eq!(split(Path::new("/t/release")), Some((Path::new("/t"), "release")));
    }
}
