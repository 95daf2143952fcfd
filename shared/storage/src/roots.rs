//! The directories and the prefixes of object stores that data may be read from. A job names its data by URI, so the list decides what a caller
//! can make a trainer read.

use std::{fs::File, path::Path, path::PathBuf};

use crate::{Error, ObjectUri, Result, Uri, beneath, objects, uri::OBJECT_SCHEMES};

/// An allow-list of directories and prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    directories: Vec<PathBuf>,
    prefixes: Vec<ObjectUri>,
}

impl Roots {
    /// A list of absolute directories without `.` or `..`; they need not exist yet.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`] for any other path.
    pub fn new<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self> {
        let checked = paths.into_iter().map(|path| match Uri::from_path(path.as_ref()) {
            Ok(Uri::File(path)) => Ok(path),
            Ok(Uri::Object(object)) => Err(Error::InvalidRoot {
                path: object.to_string().into(),
                reason: "it is no directory",
            }),
            Err(Error::InvalidUri { reason, .. }) => Err(Error::InvalidRoot {
                path: path.as_ref().to_path_buf(),
                reason,
            }),
            Err(other) => Err(other),
        });
        Ok(Self {
            directories: checked.collect::<Result<_>>()?,
            prefixes: Vec::new(),
        })
    }

    /// A list of directories, as [`new`](Self::new) takes them, and of prefixes such as `s3://bucket/tables`.
    ///
    /// # Errors
    /// [`Error::InvalidRoot`] for any other path, [`Error::InvalidUri`], [`Error::UnsupportedScheme`].
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self> {
        let (mut directories, mut prefixes) = (Vec::new(), Vec::new());
        for text in texts {
            let text = text.as_ref();
            if text.contains("://") {
                prefixes.push(ObjectUri::parse(text)?);
            } else {
                directories.push(PathBuf::from(text));
            }
        }
        Ok(Self {
            prefixes,
            ..Self::new(directories)?
        })
    }

    /// The directories and prefixes, as [`parse`](Self::parse) takes them.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let directories = self
            .directories
            .iter()
            .map(|path| path.to_string_lossy().into_owned());
        directories
            .chain(self.prefixes.iter().map(ToString::to_string))
            .collect()
    }

    /// Whether the URI is spelled to lie under one of them; no disk is touched and no store asked.
    ///
    /// # Errors
    /// [`Error::OutsideRoots`], [`Error::OutsidePrefixes`].
    pub fn check(&self, uri: &Uri) -> Result<()> {
        match uri {
            Uri::File(path) => self.root_of(path).map(|_| ()),
            Uri::Object(object) => self.check_object(object),
        }
    }

    fn check_object(&self, object: &ObjectUri) -> Result<()> {
        let under = |prefix: &ObjectUri| prefix.rest_of(object).is_some_and(|rest| !rest.is_empty());
        if self.prefixes.iter().any(under) {
            return Ok(());
        }
        Err(Error::OutsidePrefixes {
            uri: object.to_string(),
        })
    }

    /// Opens a regular file that lies under one of the directories, links on the way included; or a copy, which
    /// nothing else sees, of an object under one of the prefixes. A store's address and its credentials are taken
    /// from the environment.
    ///
    /// # Errors
    /// [`Error::OutsideRoots`], [`Error::NotFound`], [`Error::NotAFile`], [`Error::PermissionDenied`], …;
    /// [`Error::OutsidePrefixes`], [`Error::NoSuchObject`], [`Error::ObjectDenied`], [`Error::Store`].
    pub fn open(&self, uri: &Uri) -> Result<File> {
        let path = match uri {
            Uri::File(path) => path,
            Uri::Object(object) => {
                self.check_object(object)?;
                return objects::copy(object, &objects::Options::of_process());
            }
        };
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
        self.directories
            .iter()
            .filter_map(|root| Some((root.as_path(), path.strip_prefix(root).ok()?)))
            .filter(|(_, relative)| !relative.as_os_str().is_empty())
            .max_by_key(|(root, _)| root.as_os_str().len())
            .ok_or_else(|| Error::OutsideRoots {
                path: path.to_path_buf(),
            })
    }
}

/// Roots from a list that was separated by `:`, which a scheme holds too: `s3` and `//bucket` become one again.
#[must_use]
pub fn roots_of_list<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    for part in parts {
        let part = part.as_ref();
        match roots.last_mut() {
            Some(last) if OBJECT_SCHEMES.contains(&last.as_str()) && part.starts_with("//") => {
                last.push(':');
                last.push_str(part);
            }
            _ => roots.push(part.to_owned()),
        }
    }
    roots
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
    fn objects_must_lie_under_a_prefix() {
        let roots = Roots::parse(["/data", "s3://bucket/tables/", "gs://whole"]).unwrap();
        assert_eq!(roots.texts(), ["/data", "s3://bucket/tables", "gs://whole/"]);
        assert_eq!(Roots::parse(roots.texts()).unwrap(), roots);
        for (uri, allowed) in [
            ("s3://bucket/tables/x.csv", true),
            ("gs://whole/a/b", true),
            ("s3://bucket/tables", false),
            ("s3://bucket/tables-2/x", false),
            ("s3://other/tables/x", false),
            ("az://bucket/tables/x", false),
        ] {
            assert_eq!(roots.check(&uri.parse().unwrap()).is_ok(), allowed, "{uri}");
        }
        assert!(Roots::parse(["ftp://x/y"]).is_err());
        let list = "/data:s3://bucket/x:/more:gs://b";
        assert_eq!(
            roots_of_list(list.split(':')),
            ["/data", "s3://bucket/x", "/more", "gs://b"]
        );
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
