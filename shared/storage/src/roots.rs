//! The directories data may be read from. A job names its data by URI, so the list decides what a caller
//! can make a trainer read.

use std::{fs::File, path::Path, path::PathBuf};

use crate::{Error, Result, Uri, beneath};

/// An allow-list of directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots(Vec<PathBuf>);

impl Roots {
    /// A list of absolute directories without `.` or `..`; they need not exist yet.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`] for any other path.
    pub fn new<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self> {
        let checked = paths.into_iter().map(|path| match Uri::from_path(path.as_ref()) {
            Ok(Uri::File(path)) => Ok(path),
            Err(Error::InvalidUri { reason, .. }) => Err(Error::InvalidRoot {
                path: path.as_ref().to_path_buf(),
                reason,
            }),
            Err(other) => Err(other),
        });
        checked.collect::<Result<_>>().map(Self)
    }

    /// The directories.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.0
    }

    /// Whether the URI is spelled to lie under one of the directories; no disk is touched.
    ///
    /// # Errors
    /// [`Error::OutsideRoots`].
    pub fn check(&self, uri: &Uri) -> Result<()> {
        let Uri::File(path) = uri;
        self.root_of(path).map(|_| ())
    }

    /// Opens a regular file that lies under one of the directories, links on the way included.
    ///
    /// # Errors
    /// [`Error::OutsideRoots`], [`Error::NotFound`], [`Error::NotAFile`], [`Error::PermissionDenied`], ….
    pub fn open(&self, uri: &Uri) -> Result<File> {
        let Uri::File(path) = uri;
        let (root, relative) = self.root_of(path)?;
        let root = beneath::open_root(root)?;
        let file = File::from(beneath::open_file(root, relative, path)?);
        let metadata = file
            .metadata()
            .map_err(|error| Error::io("inspect", path, error))?;
        if metadata.is_file() {
            Ok(file)
        } else {
            Err(Error::NotAFile { path: path.clone() })
        }
    }

    /// The innermost directory that holds the path, and the rest of the path.
    fn root_of<'a>(&'a self, path: &'a Path) -> Result<(&'a Path, &'a Path)> {
        self.0
            .iter()
            .filter_map(|root| Some((root.as_path(), path.strip_prefix(root).ok()?)))
            .filter(|(_, relative)| !relative.as_os_str().is_empty())
            .max_by_key(|(root, _)| root.as_os_str().len())
            .ok_or_else(|| Error::OutsideRoots {
                path: path.to_path_buf(),
            })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read, os::unix::fs::symlink};

    use super::*;

    fn uri(path: &Path) -> Uri {
        Uri::from_path(path).unwrap()
    }

    #[test]
    fn a_file_under_a_root_is_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/x.csv"), "a,b").unwrap();
        symlink("sub/x.csv", dir.path().join("link.csv")).unwrap();
        let roots = Roots::new([dir.path()]).unwrap();
        for name in ["sub/x.csv", "link.csv"] {
            let mut text = String::new();
            roots
                .open(&uri(&dir.path().join(name)))
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, "a,b");
        }
    }

    #[test]
    fn nothing_outside_the_roots_is_opened() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = other.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        symlink(&secret, dir.path().join("absolute")).unwrap();
        symlink(other.path(), dir.path().join("directory")).unwrap();
        symlink("/proc/self/root", dir.path().join("magic")).unwrap();
        let up = Path::new("..")
            .join(other.path().file_name().unwrap())
            .join("secret");
        symlink(up, dir.path().join("relative")).unwrap();
        let roots = Roots::new([dir.path()]).unwrap();
        let sibling = PathBuf::from(format!("{}-sibling/x", dir.path().display()));
        for path in [secret.clone(), sibling, dir.path().to_path_buf()] {
            assert!(
                matches!(roots.check(&uri(&path)), Err(Error::OutsideRoots { .. })),
                "{path:?}"
            );
        }
        for name in ["absolute", "directory/secret", "relative", "magic/etc/passwd"] {
            let error = roots.open(&uri(&dir.path().join(name))).unwrap_err();
            assert!(matches!(error, Error::OutsideRoots { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn what_is_not_a_regular_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        let roots = Roots::new([dir.path()]).unwrap();
        assert!(matches!(roots.open(&uri(&fifo)), Err(Error::NotAFile { .. })));
        assert!(matches!(
            roots.open(&uri(&dir.path().join("sub"))),
            Err(Error::NotAFile { .. })
        ));
        assert!(matches!(
            roots.open(&uri(&dir.path().join("none"))),
            Err(Error::NotFound { .. })
        ));
        let gone = Roots::new([dir.path().join("gone")]).unwrap();
        assert!(matches!(
            gone.open(&uri(&dir.path().join("gone/x"))),
            Err(Error::MissingRoot { .. })
        ));
        assert!(matches!(Roots::new(["relative"]), Err(Error::InvalidRoot { .. })));
        assert!(matches!(Roots::new(["/a/../b"]), Err(Error::InvalidRoot { .. })));
    }
}
