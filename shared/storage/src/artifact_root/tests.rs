use std::{
    fs,
    io::{self, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use super::*;
use crate::{sha256_hex, verify};

fn place(path: &Path) -> ArtifactPlace {
    ArtifactPlace::new(path).unwrap()
}

fn dir_of(root: &ArtifactRoot, path: &ArtifactPath) -> PathBuf {
    root.uri(path).as_path().unwrap().to_path_buf()
}

#[test]
fn the_marker_is_made_once_however_many_processes_begin() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    assert!(matches!(
        place(&root).read_marker(),
        Err(Error::MissingRoot { .. })
    ));
    let barrier = std::sync::Barrier::new(8);
    let ids: Vec<_> = std::thread::scope(|scope| {
        let begin = || {
            barrier.wait();
            place(&root).create_or_read_marker().unwrap().id()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(place(&root).read_marker().unwrap().id(), ids[0]);
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "only the marker is left");
}

#[test]
fn a_job_is_removed_with_all_its_attempts_or_all_but_one() {
    let dir = tempfile::tempdir().unwrap();
    let root = place(dir.path()).create_or_read_marker().unwrap();
    let attempt = |job: &str, attempt| ArtifactPath::new("churn", job, 3, attempt, "lease").unwrap();
    let written = |path: &ArtifactPath| {
        let mut writer = root.writer(path).unwrap();
        writer.write("model", b"m").unwrap();
        writer.finish().unwrap();
        dir_of(&root, path)
    };
    let (first, kept) = (written(&attempt("a", 1)), written(&attempt("a", 2)));
    let other = written(&attempt("b", 1));
    // What a killed trainer leaves, and a link that leads out.
    let partial = first.with_file_name(".3-lease.partial");
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("model"), "half").unwrap();
    symlink(&other, first.with_file_name("link")).unwrap();
    for _ in 0..2 {
        root.remove_job("churn", "a", Some(&attempt("a", 2))).unwrap();
        let left = fs::read_dir(kept.parent().unwrap()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().path()).collect();
        assert!(left.len() == 1 && left[0] == kept, "{left:?}");
    }
    assert!(kept.join("model").exists() && other.join("model").exists());
    for _ in 0..2 {
        root.remove_job("churn", "a", None).unwrap();
        assert!(!kept.parent().unwrap().parent().unwrap().exists());
    }
    assert!(other.join("model").exists());
    root.remove_job("nobody", "a", Some(&kept_nowhere())).unwrap();
    assert!(matches!(
        root.remove_job("churn", "../b", None),
        Err(Error::InvalidName { .. })
    ));
}

fn kept_nowhere() -> ArtifactPath {
    ArtifactPath::new("nobody", "a", 1, 1, "lease").unwrap()
}

#[test]
fn a_directory_without_a_sound_marker_is_no_root() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        place(dir.path()).read_marker(),
        Err(Error::MissingMarker { .. })
    ));
    fs::write(dir.path().join(MARKER), "hello").unwrap();
    assert!(matches!(
        place(dir.path()).read_marker(),
        Err(Error::BrokenMarker { .. })
    ));
    assert!(matches!(
        place(dir.path()).create_or_read_marker(),
        Err(Error::BrokenMarker { .. })
    ));
    assert!(matches!(
        ArtifactPlace::new(Path::new("here")),
        Err(Error::InvalidRoot { .. })
    ));
}

fn root() -> (tempfile::TempDir, ArtifactRoot, ArtifactPath) {
    let dir = tempfile::tempdir().unwrap();
    let root = place(dir.path()).create_or_read_marker().unwrap();
    (
        dir,
        root,
        ArtifactPath::new("pipe", "job", 1, 1, "lease").unwrap(),
    )
}

#[test]
fn files_appear_together_and_verify() {
    let (_dir, root, path) = root();
    let mut writer = root.writer(&path).unwrap();
    writer.write("rows.bin", [7; 1000]).unwrap();
    let manifest = writer.write("manifest.json", b"{}").unwrap().clone();
    assert_eq!((manifest.bytes, manifest.sha256), (2, sha256_hex(b"{}")));
    assert!(
        !dir_of(&root, &path).exists(),
        "nothing is seen before it is whole"
    );
    let (uri, files) = writer.finish().unwrap();
    assert_eq!(uri, root.uri(&path));
    let directory = dir_of(&root, &path);
    verify(&directory, &files).unwrap();
    root.check_sizes(&path, &files).unwrap();
    assert_eq!(files.len(), 2);
    assert!(matches!(root.writer(&path), Err(Error::AlreadyExists { .. })));
    root.remove(&path).unwrap();
    root.remove(&path).unwrap();
    assert!(!directory.exists());
}

#[test]
fn an_abandoned_writer_leaves_nothing_and_a_killed_ones_rest_is_replaced() {
    let (_dir, root, path) = root();
    let mut writer = root.writer(&path).unwrap();
    writer.write("a", b"a").unwrap();
    assert!(matches!(
        writer.write("a", b"a"),
        Err(Error::AlreadyExists { .. })
    ));
    assert!(matches!(
        writer.write("../a", b"a"),
        Err(Error::InvalidName { .. })
    ));
    drop(writer);
    let parent = dir_of(&root, &path).parent().unwrap().to_path_buf();
    assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
    fs::create_dir(parent.join(path.partial_name())).unwrap();
    fs::write(parent.join(path.partial_name()).join("a"), "old").unwrap();
    let mut writer = root.writer(&path).unwrap();
    writer.write("a", b"new").unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::read(dir_of(&root, &path).join("a")).unwrap(), b"new");
}

#[test]
fn a_link_in_the_way_is_not_followed() {
    let (dir, root, path) = root();
    let other = tempfile::tempdir().unwrap();
    symlink(other.path(), dir.path().join("models")).unwrap();
    assert!(matches!(root.writer(&path), Err(Error::OutsideRoots { .. })));
    assert!(matches!(root.remove(&path), Err(Error::OutsideRoots { .. })));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_made_to_its_end_leaves_nothing() {
    let (dir, root, path) = root();
    let mut writer = root.writer(&path).unwrap();
    let broken = |out: &mut dyn Write| {
        out.write_all(b"half")?;
        Err(io::Error::other("the model is broken"))
    };
    let error = writer.write_by("model", broken).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
    drop(writer);
    assert!(!dir_of(&root, &path).exists());
    let attempts = dir_of(&root, &path).parent().unwrap().to_path_buf();
    assert_eq!(
        fs::read_dir(attempts).unwrap().count(),
        0,
        "{}",
        dir.path().display()
    );
}

#[test]
fn a_full_disk_is_named() {
    let error = Error::io("write", Path::new("/x"), rustix::io::Errno::NOSPC);
    assert!(matches!(error, Error::DiskFull { .. }));
}

#[test]
fn a_root_that_vanished_is_named() {
    let (dir, root, path) = root();
    drop(dir);
    assert!(matches!(root.writer(&path), Err(Error::MissingRoot { .. })));
}
