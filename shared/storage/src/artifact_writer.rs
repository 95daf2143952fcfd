//! Writes the files of an attempt so that they are all there or none is. They are written beside their
//! place, synced, and renamed into it as one directory.

use std::{
    fs::File,
    io::Write,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags, fsync, mkdirat, openat, renameat};

use crate::{ArtifactPath, ArtifactRoot, Error, FileEntry, Result, beneath, check_name, sha256_hex};

/// An attempt's directory while it is written. Dropped without [`finish`](Self::finish), it removes
/// what it has written.
#[derive(Debug)]
pub struct ArtifactWriter {
    root: ArtifactRoot,
    path: ArtifactPath,
    parent: OwnedFd,
    partial: OwnedFd,
    files: Vec<FileEntry>,
    finished: bool,
}

impl ArtifactWriter {
    pub(crate) fn begin(root: &ArtifactRoot, path: &ArtifactPath) -> Result<Self> {
        let directory = root.directory(path);
        if directory.symlink_metadata().is_ok() {
            return Err(Error::AlreadyExists { path: directory });
        }
        // Left by an earlier process of the same lease, if there was one.
        root.remove(path)?;
        let shown = root.path().join(path.parent());
        let parent = beneath::make_dirs(beneath::open_root(root.path())?, &path.parent(), &shown)?;
        let name = path.partial_name();
        let shown = shown.join(&name);
        mkdirat(&parent, &name, Mode::from_raw_mode(0o777))
            .map_err(|errno| Error::io("create directory", &shown, errno))?;
        let partial = beneath::open_dir(&parent, Path::new(&name), &shown)?;
        Ok(Self {
            root: root.clone(),
            path: path.clone(),
            parent,
            partial,
            files: Vec::new(),
            finished: false,
        })
    }

    /// Writes and syncs one file; a name can be written once.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::AlreadyExists`], [`Error::DiskFull`], [`Error::PermissionDenied`], ….
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<&FileEntry> {
        check_name("file name", name)?;
        let shown = self.root.directory(&self.path).join(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.partial, name, flags, Mode::from_raw_mode(0o666))
            .map_err(|errno| Error::io("create", &shown, errno))?;
        let mut file = File::from(file);
        file.write_all(bytes)
            .map_err(|error| Error::io("write", &shown, error))?;
        file.sync_all()
            .map_err(|error| Error::io("sync", &shown, error))?;
        let entry = FileEntry {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(bytes),
        };
        Ok(self.files.push_mut(entry))
    }

    /// Puts the directory in its place, durably. Returns it and its files in the order they were written.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DiskFull`], ….
    pub fn finish(mut self) -> Result<(PathBuf, Vec<FileEntry>)> {
        let directory = self.root.directory(&self.path);
        let named = |action| {
            let directory = &directory;
            move |errno: rustix::io::Errno| Error::io(action, directory, errno)
        };
        fsync(&self.partial).map_err(named("sync"))?;
        renameat(
            &self.parent,
            self.path.partial_name(),
            &self.parent,
            self.path.name(),
        )
        .map_err(named("rename to"))?;
        self.finished = true;
        fsync(&self.parent).map_err(named("sync the parent of"))?;
        Ok((directory, std::mem::take(&mut self.files)))
    }
}

impl Drop for ArtifactWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Whoever owns the lease removes its path again after a failure, so nothing is lost here.
            let _ = self.root.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;
    use crate::verify;

    fn root() -> (tempfile::TempDir, ArtifactRoot, ArtifactPath) {
        let dir = tempfile::tempdir().unwrap();
        let root = ArtifactRoot::create_or_read_marker(dir.path()).unwrap();
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
        writer.write("rows.bin", &[7; 1000]).unwrap();
        let manifest = writer.write("manifest.json", b"{}").unwrap().clone();
        assert_eq!((manifest.bytes, manifest.sha256), (2, sha256_hex(b"{}")));
        assert!(
            !root.directory(&path).exists(),
            "nothing is seen before it is whole"
        );
        let (directory, files) = writer.finish().unwrap();
        verify(&directory, &files).unwrap();
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
        let parent = root.path().join(path.parent());
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
        fs::create_dir(parent.join(path.partial_name())).unwrap();
        fs::write(parent.join(path.partial_name()).join("a"), "old").unwrap();
        let mut writer = root.writer(&path).unwrap();
        writer.write("a", b"new").unwrap();
        let (directory, _) = writer.finish().unwrap();
        assert_eq!(fs::read(directory.join("a")).unwrap(), b"new");
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let (_dir, root, path) = root();
        let other = tempfile::tempdir().unwrap();
        symlink(other.path(), root.path().join("models")).unwrap();
        assert!(matches!(root.writer(&path), Err(Error::OutsideRoots { .. })));
        assert!(matches!(root.remove(&path), Err(Error::OutsideRoots { .. })));
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
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
}
