//! The directory models are written under, shared by all processes. A marker with a random id in it
//! tells two directories apart that merely have the same path on two machines.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{ArtifactPath, ArtifactWriter, Error, Result, Uri, beneath, names::check_name};

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
            Ok(Uri::Object(_)) => {
                return Err(Error::MissingRoot {
                    path: path.to_path_buf(),
                });
            }
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

    /// Opens one of an attempt's files for reading.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::NotFound`], [`Error::OutsideRoots`] when a link was put in the way, ….
    pub fn open(&self, path: &ArtifactPath, name: &str) -> Result<File> {
        check_name("file", name)?;
        let relative = path.relative().join(name);
        let shown = self.path.join(&relative);
        let file = beneath::open_file(beneath::open_root(&self.path)?, &relative, &shown)?;
        Ok(File::from(file))
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

    /// Removes the files of all of a job's attempts, finished or not, but for those at `kept`; nothing to remove is
    /// fine.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::MissingRoot`], [`Error::PermissionDenied`], [`Error::OutsideRoots`] when a
    /// link was put in the way, ….
    pub fn remove_job(&self, pipeline_id: &str, job_id: &str, kept: Option<&ArtifactPath>) -> Result<()> {
        let relative = ArtifactPath::of_job(pipeline_id, job_id)?;
        let job = self.path.join(&relative);
        match beneath::open_dir(beneath::open_root(&self.path)?, &relative, &job) {
            Ok(_) => {}
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        let Some(kept) = kept else {
            return remove_entry(&job);
        };
        let version = self.path.join(kept.parent());
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
    fn a_job_is_removed_with_all_its_attempts_or_all_but_one() {
        let dir = tempfile::tempdir().unwrap();
        let root = ArtifactRoot::create_or_read_marker(dir.path()).unwrap();
        let attempt = |job: &str, attempt| ArtifactPath::new("churn", job, 3, attempt, "lease").unwrap();
        let written = |path: &ArtifactPath| {
            let mut writer = root.writer(path).unwrap();
            writer.write("model", b"m").unwrap();
            writer.finish().unwrap().0
        };
        let (first, kept) = (written(&attempt("a", 1)), written(&attempt("a", 2)));
        let other = written(&attempt("b", 1));
        // What a killed trainer leaves, and a link that leads out.
        let partial = first.with_file_name(".3-lease.partial");
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("model"), "half").unwrap();
        std::os::unix::fs::symlink(&other, first.with_file_name("link")).unwrap();
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
