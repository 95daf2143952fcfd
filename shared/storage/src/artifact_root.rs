//! The directory models are written under, shared by all processes. A marker with a random id in it
//! tells two directories apart that merely have the same path on two machines.

use std::{
    fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{ArtifactPath, ArtifactWriter, Error, Result, Uri, beneath};

/// The name of the marker in an artifact root.
pub const MARKER: &str = ".trainyard-root";

/// A directory that is known to be an artifact root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRoot {
    path: PathBuf,
    id: Uuid,
}

impl ArtifactRoot {
    /// Opens the root, making the directory and its marker when they are missing. Of several processes
    /// that do so at once one makes the marker, and all read that one.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`], [`Error::BrokenMarker`], [`Error::PermissionDenied`], [`Error::DiskFull`], ….
    pub fn create_or_read_marker(path: &Path) -> Result<Self> {
        match Self::read_marker(path) {
            Err(Error::MissingRoot { .. } | Error::MissingMarker { .. }) => {}
            known => return known,
        }
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
        Self::read_marker(path)
    }

    /// Opens a root that has its marker.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`], [`Error::MissingRoot`], [`Error::MissingMarker`], [`Error::BrokenMarker`], ….
    pub fn read_marker(path: &Path) -> Result<Self> {
        let path = match Uri::from_path(path) {
            Ok(Uri::File(path)) => path,
            Err(Error::InvalidUri { reason, .. }) => {
                return Err(Error::InvalidRoot {
                    path: path.to_path_buf(),
                    reason,
                });
            }
            Err(other) => return Err(other),
        };
        let marker = path.join(MARKER);
        let text = fs::read_to_string(&marker).map_err(|error| match Error::io("read", &marker, error) {
            Error::NotFound { .. } if path.is_dir() => Error::MissingMarker { path: path.clone() },
            Error::NotFound { .. } => Error::MissingRoot { path: path.clone() },
            other => other,
        })?;
        let id = text
            .trim()
            .parse()
            .map_err(|_| Error::BrokenMarker { path: marker })?;
        Ok(Self { path, id })
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The id in the marker.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The directory of an attempt's files.
    #[must_use]
    pub fn directory(&self, path: &ArtifactPath) -> PathBuf {
        self.path.join(path.relative())
    }

    /// Begins to write an attempt's files.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when they have been written, [`Error::MissingRoot`],
    /// [`Error::PermissionDenied`], [`Error::DiskFull`], ….
    pub fn writer(&self, path: &ArtifactPath) -> Result<ArtifactWriter> {
        ArtifactWriter::begin(self, path)
    }

    /// Removes an attempt's files, finished or not; nothing to remove is fine.
    ///
    /// # Errors
    /// [`Error::MissingRoot`], [`Error::PermissionDenied`], [`Error::OutsideRoots`] when a link was put in the way, ….
    pub fn remove(&self, path: &ArtifactPath) -> Result<()> {
        let parent = self.path.join(path.parent());
        match beneath::open_dir(beneath::open_root(&self.path)?, &path.parent(), &parent) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_made_once_however_many_processes_begin() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        assert!(matches!(
            ArtifactRoot::read_marker(&root),
            Err(Error::MissingRoot { .. })
        ));
        let barrier = std::sync::Barrier::new(8);
        let ids: Vec<_> = std::thread::scope(|scope| {
            let begin = || {
                barrier.wait();
                ArtifactRoot::create_or_read_marker(&root).unwrap().id()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(ArtifactRoot::read_marker(&root).unwrap().id(), ids[0]);
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "only the marker is left");
    }

    #[test]
    fn a_directory_without_a_sound_marker_is_no_root() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            ArtifactRoot::read_marker(dir.path()),
            Err(Error::MissingMarker { .. })
        ));
        fs::write(dir.path().join(MARKER), "hello").unwrap();
        assert!(matches!(
            ArtifactRoot::read_marker(dir.path()),
            Err(Error::BrokenMarker { .. })
        ));
        assert!(matches!(
            ArtifactRoot::create_or_read_marker(dir.path()),
            Err(Error::BrokenMarker { .. })
        ));
        assert!(matches!(
            ArtifactRoot::read_marker(Path::new("here")),
            Err(Error::InvalidRoot { .. })
        ));
    }
}
