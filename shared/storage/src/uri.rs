//! Where a table or a model lies. An enum, so that every use says what it does with objects that are no files.

use std::{
    fmt,
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use crate::{Error, Result};

/// The place of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Uri {
    /// `file:///absolute/path`: a file on a disk that every process sees under the same path.
    File(PathBuf),
    /// `s3://bucket/key`, `gs://bucket/key` or `az://container/key`: an object in a store.
    Object(ObjectUri),
}

/// The schemes of object stores: Amazon S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.
pub(crate) const OBJECT_SCHEMES: [&str; 3] = ["s3", "gs", "az"];

/// The place of an object, or a prefix of such places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectUri {
    pub(crate) scheme: &'static str,
    pub(crate) bucket: String,
    /// Without a leading slash; empty for the whole bucket.
    pub(crate) key: String,
}

impl ObjectUri {
    /// Reads `scheme://bucket/key`.
    ///
    /// # Errors
    /// [`Error::InvalidUri`], [`Error::UnsupportedScheme`].
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let fail = |reason| Error::InvalidUri {
            uri: text.to_owned(),
            reason,
        };
        let unsupported = || Error::UnsupportedScheme { uri: text.to_owned() };
        let (scheme, rest) = text.split_once("://").ok_or_else(unsupported)?;
        let known = OBJECT_SCHEMES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(scheme));
        let scheme = known.ok_or_else(unsupported)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(plain) {
            return Err(fail(
                "expected a bucket of lower-case letters, digits, `.`, `-` and `_`",
            ));
        }
        if key.contains(['?', '#']) {
            return Err(fail(
                "an object's URI has neither query nor fragment; write %3F and %23",
            ));
        }
        let key = percent_decoded(key).ok_or_else(|| fail("a broken percent escape, or not UTF-8"))?;
        let bare = key.strip_suffix('/').unwrap_or(&key);
        let odd =
            |part: &str| part.is_empty() || part == "." || part == ".." || part.contains(char::is_control);
        if !bare.is_empty() && bare.split('/').any(odd) {
            return Err(fail(
                "the key holds an empty part, `.`, `..` or a control character",
            ));
        }
        Ok(Self {
            scheme,
            bucket: bucket.to_owned(),
            key: bare.to_owned(),
        })
    }

    /// What of the other key lies under this one, if it does.
    pub(crate) fn rest_of<'a>(&self, other: &'a Self) -> Option<&'a str> {
        if (self.scheme, &self.bucket) != (other.scheme, &other.bucket) {
            return None;
        }
        if self.key.is_empty() {
            return Some(&other.key);
        }
        other.key.strip_prefix(&self.key)?.strip_prefix('/')
    }

    /// What lies at `relative`, which was checked, under this prefix.
    pub(crate) fn join(&self, relative: &str) -> Self {
        let key = match self.key.as_str() {
            "" => relative.to_owned(),
            key => format!("{key}/{relative}"),
        };
        Self { key, ..self.clone() }
    }

    /// The last part of the key.
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }
}

impl fmt::Display for ObjectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/", self.scheme, self.bucket)?;
        escaped(f, self.key.as_bytes())
    }
}

impl Uri {
    /// The URI of an absolute path without `.` or `..`.
    ///
    /// # Errors
    /// [`Error::InvalidUri`] for any other path, and for one that is not UTF-8.
    pub fn from_path(path: &Path) -> Result<Self> {
        let fail = |reason| Error::InvalidUri {
            uri: path.display().to_string(),
            reason,
        };
        let text = path.to_str().ok_or_else(|| fail("the path is not UTF-8"))?;
        if !text.starts_with('/') {
            return Err(fail("the path is not absolute"));
        }
        if text.contains('\0') {
            return Err(fail("the path holds a NUL"));
        }
        // `components()` silently drops `.`, so the text is looked at as well.
        let dotted = text.split('/').any(|part| part == "." || part == "..");
        if dotted || path.components().any(|part| matches!(part, Component::ParentDir)) {
            return Err(fail("the path holds `.` or `..`"));
        }
        Ok(Self::File(path.components().collect()))
    }

    /// The path on a disk, for URIs that name one.
    #[must_use]
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Object(_) => None,
        }
    }

    /// The last part of its path.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::File(path) => path.file_name().and_then(|name| name.to_str()),
            Self::Object(object) => Some(object.name()),
        }
    }
}

impl FromStr for Uri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let fail = |reason| Error::InvalidUri {
            uri: text.to_owned(),
            reason,
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| fail("expected file:///absolute/path"))?;
        if !scheme.eq_ignore_ascii_case("file") {
            let object = ObjectUri::parse(text)?;
            if object.key.is_empty() {
                return Err(fail("expected an object's key after the bucket"));
            }
            return Ok(Self::Object(object));
        }
        if !rest.starts_with('/') {
            return Err(fail("expected an absolute path after file://, without a host"));
        }
        if rest.contains(['?', '#']) {
            return Err(fail(
                "a file URI has neither query nor fragment; write %3F and %23 for `?` and `#`",
            ));
        }
        let path = percent_decoded(rest).ok_or_else(|| fail("a broken percent escape, or not UTF-8"))?;
        Self::from_path(Path::new(&path)).map_err(|error| match error {
            Error::InvalidUri { reason, .. } => fail(reason),
            other => other,
        })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => {
                f.write_str("file://")?;
                escaped(f, path.as_os_str().as_encoded_bytes())
            }
            Self::Object(object) => write!(f, "{object}"),
        }
    }
}

fn escaped(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        match byte {
            b'%' | b'?' | b'#' | 0..=b' ' | 0x7f.. => write!(f, "%{byte:02X}")?,
            byte => write!(f, "{}", char::from(*byte))?,
        }
    }
    Ok(())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_uris_survive_a_round_trip() {
        for path in ["/data/iris.csv", "/a b/ü%.csv", "/q?/h#", "/"] {
            let uri = Uri::from_path(Path::new(path)).unwrap();
            assert_eq!(uri.to_string().parse::<Uri>().unwrap(), uri, "{uri}");
        }
        assert_eq!("file:///a%20b".parse::<Uri>().unwrap(), Uri::File("/a b".into()));
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for text in [
            "",
            "iris.csv",
            "/data/iris.csv",
            "file://host/x",
            "file://x",
            "file:///a/../b",
            "file:///a/%2e%2e/b",
            "file:///a/./b",
            "file:///a/..",
            "file:///a%2",
            "file:///a%zz",
            "file:///a%+f",
            "file:///a%00",
            "file:///a?x",
            "file:///%ff",
        ] {
            assert!(
                matches!(text.parse::<Uri>(), Err(Error::InvalidUri { .. })),
                "{text}"
            );
        }
        for text in [
            "s3://bucket",
            "s3://bucket/",
            "s3:///key",
            "s3://UP/key",
            "s3://b/a//b",
            "gs://b/../k",
            "az://b/a%2f..",
            "s3://b/k?v=1",
            "s3://b/%0a",
        ] {
            assert!(
                matches!(text.parse::<Uri>(), Err(Error::InvalidUri { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            "ftp://bucket/key".parse::<Uri>(),
            Err(Error::UnsupportedScheme { .. })
        ));
    }

    #[test]
    fn objects_survive_a_round_trip() {
        for text in ["s3://bucket/a/b%20c.csv", "gs://b-1/x", "az://c/x%25.parquet"] {
            let uri: Uri = text.parse().unwrap();
            assert_eq!(uri.to_string(), text);
            assert_eq!(uri.as_path(), None);
        }
        assert_eq!("S3://b/k/x.csv".parse::<Uri>().unwrap().name(), Some("x.csv"));
    }
}
