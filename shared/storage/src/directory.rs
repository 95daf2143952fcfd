//! An artifact root on a disk. A marker with a random id in it tells two directories apart that merely have the same
//! path on two machines.

mod writer;

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{ArtifactPath, Error, FileEntry, MARKER, Result, Uri, beneath, files};
pub(crate) use writer::DirectoryWriter;

/// An absolute directory that models are, or may come to be, written under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// A directory that need not exist yet.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`] unless the path is absolute, without `.` or `..`.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        match Uri::from_path(path) {
            Ok(Uri::File(path)) => Ok(Self(path)),
            Ok(Uri::Object(_)) => Err(Error::MissingRoot {
                path: path.to_path_buf(),
            }),
            Err(Error::InvalidUri { reason, .. }) => Err(Error::InvalidRoot {
                path: path.to_path_buf(),
                reason,
            }),
            Err(other) => Err(other),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The id in the marker, making the directory and the marker when they are missing.
    ///
    /// # Errors
    /// [`Error::BrokenMarker`], [`Error::PermissionDenied`], [`Error::DiskFull`], ….
    pub(crate) fn create_or_read_marker(&self) -> Result<Uuid> {
        match self.read_marker() {
            Err(Error::MissingRoot { .. } | Error::MissingMarker { .. }) => {}
            known => return known,
        }
        let path = self.path();
        fs::create_dir_all(path).map_err(|error| Error::io("create directory", path, error))?;
        let id = Uuid::new_v4();
        let draft = path.join(format!("{MARKER}.{id}"));
        write_synced(&draft, id.to_string().as_bytes())?;
        // A link, unlike a rename, never replaces a marker that another process has just made.
        let linked = fs::hard_link(&draft, path.join(MARKER));
        fs::remove_file(&draft).map_err(|error| Error::io("remove", &draft, error))?;
        match linked.map_err(|error| Error::io("create", &path.join(MARKER), error)) {
            Ok(()) | Err(Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error),
        }
        sync_dir(path)?;
        self.read_marker()
    }

    /// The id in the marker.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::MissingMarker`], [`Error::BrokenMarker`], ….
    pub(crate) fn read_marker(&self) -> Result<Uuid> {
        let (path, marker) = (self.path().to_path_buf(), self.path().join(MARKER));
        let text = fs::read_to_string(&marker).map_err(|error| match Error::io("read", &marker, error) {
            Error::NotFound { .. } if path.is_dir() => Error::MissingMarker { path },
            Error::NotFound { .. } => Error::MissingRoot { path },
            other => other,
        })?;
        text.trim()
            .parse()
            .map_err(|_| Error::BrokenMarker { path: marker })
    }

    /// The directory of an attempt's files.
    pub(crate) fn of(&self, path: &ArtifactPath) -> PathBuf {
        self.0.join(path.relative())
    }

    /// Opens one of an attempt's files, which has that many bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAFile`], [`Error::OutsideRoots`] when a link was put in the way, ….
    pub(crate) fn open(&self, path: &ArtifactPath, name: &str) -> Result<(File, u64)> {
        let relative = path.relative().join(name);
        let shown = self.0.join(&relative);
        let file = File::from(beneath::open_file(
            beneath::open_root(&self.0)?,
            &relative,
            &shown,
        )?);
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Ok((file, metadata.len())),
            Ok(_) => Err(Error::NotAFile { path: shown }),
            Err(error) => Err(Error::io("inspect", &shown, error)),
        }
    }

    /// Checks that every file of an attempt is there with its size.
    ///
    /// # Errors
    /// As [`crate::check_sizes`].
    pub(crate) fn check_sizes(&self, path: &ArtifactPath, entries: &[FileEntry]) -> Result<()> {
        files::check_sizes(&self.of(path), entries)
    }

    /// Removes an attempt's files, finished or not; nothing to remove is fine.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::PermissionDenied`], [`Error::OutsideRoots`] when a link was put in the way, ….
    pub(crate) fn remove(&self, path: &ArtifactPath) -> Result<()> {
        let parent = self.0.join(path.parent());
        match beneath::open_dir(beneath::open_root(&self.0)?, &path.parent(), &parent) {
            Ok(_) => {}
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        for name in [path.name(), &path.partial_name()] {
            let directory = parent.join(name);
            match fs::remove_dir_all(&directory).map_err(|error| Error::io("remove", &directory, error)) {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes all that lies under `relative`, the directory of a job, but for the files of the attempt at `kept`.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::PermissionDenied`], [`Error::OutsideRoots`] when a link was put in the way, ….
    pub(crate) fn remove_job(&self, relative: &str, kept: Option<&ArtifactPath>) -> Result<()> {
        let job = self.0.join(relative);
        match beneath::open_dir(beneath::open_root(&self.0)?, Path::new(relative), &job) {
            Ok(_) => {}
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        let Some(kept) = kept else {
            return remove_entry(&job);
        };
        let version = self.0.join(kept.parent());
        match clear_but(&job, version.file_name().unwrap_or_default())
            .and_then(|()| clear_but(&version, OsStr::new(kept.name())))
        {
            Err(Error::NotFound { .. }) => Ok(()),
            cleared => cleared,
        }
    }
}

/// Removes whatever a directory holds, but for the entry named `kept`.
fn clear_but(directory: &Path, kept: &OsStr) -> Result<()> {
    let io = |action| move |error| Error::io(action, directory, error);
    for entry in fs::read_dir(directory).map_err(io("list"))? {
        let entry = entry.map_err(io("list"))?;
        if entry.file_name() != kept {
            remove_entry(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a directory with all that it holds, or a file; a link itself and not what it leads to. That somebody else
/// has removed it is fine.
fn remove_entry(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed.map_err(|error| Error::io("remove", path, error)) {
        Err(Error::NotFound { .. }) => Ok(()),
        removed => removed,
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = fs::File::create_new(path).map_err(|error| Error::io("create", path, error))?;
    std::io::Write::write_all(&mut &file, bytes).map_err(|error| Error::io("write", path, error))?;
    file.sync_all().map_err(|error| Error::io("sync", path, error))
}

fn sync_dir(path: &Path) -> Result<()> {
    let synced = fs::File::open(path).and_then(|dir| dir.sync_all());
    synced.map_err(|error| Error::io("sync", path, error))
}
