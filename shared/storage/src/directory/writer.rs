//! Writes the files of an attempt to a disk so that they are all there or none is. They are written beside their
//! place, synced, and renamed into it as one directory.

use std::{fs::File, os::fd::OwnedFd, path::Path};

use rustix::fs::{Mode, OFlags, fsync, mkdirat, openat, renameat};

use super::Directory;
use crate::{ArtifactPath, Error, Result, artifact_writer::Content, beneath};

/// An attempt's directory while it is written. Dropped without [`finish`](Self::finish), it removes
/// what it has written.
#[derive(Debug)]
pub(crate) struct DirectoryWriter {
    root: Directory,
    path: ArtifactPath,
    parent: OwnedFd,
    partial: OwnedFd,
    finished: bool,
}

impl DirectoryWriter {
    /// Begins to write.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the files have been written, [`Error::MissingRoot`], ….
    pub(crate) fn begin(root: &Directory, path: &ArtifactPath) -> Result<Self> {
        let directory = root.of(path);
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
            finished: false,
        })
    }

    /// Writes and syncs one file, of which the name is checked.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DiskFull`], [`Error::PermissionDenied`], ….
    pub(crate) fn write(&mut self, name: &str, content: Content<'_>) -> Result<()> {
        let shown = self.root.of(&self.path).join(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.partial, name, flags, Mode::from_raw_mode(0o666))
            .map_err(|errno| Error::io("create", &shown, errno))?;
        let mut file = File::from(file);
        content(&mut file).map_err(|error| Error::io("write", &shown, error))?;
        file.sync_all().map_err(|error| Error::io("sync", &shown, error))
    }

    /// Puts the directory in its place, durably.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DiskFull`], ….
    pub(crate) fn finish(mut self) -> Result<()> {
        let directory = self.root.of(&self.path);
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
        fsync(&self.parent).map_err(named("sync the parent of"))
    }
}

impl Drop for DirectoryWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Whoever owns the lease removes its path again after a failure, so nothing is lost here.
            let _ = self.root.remove(&self.path);
        }
    }
}
