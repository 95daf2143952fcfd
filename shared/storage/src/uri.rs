//! Where a table or a model lies. An enum, because object stores are to come and every use must then say
//! what it does with them.

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
            return Err(Error::UnsupportedScheme { uri: text.to_owned() });
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
                for byte in path.as_os_str().as_encoded_bytes() {
                    match byte {
                        b'%' | b'?' | b'#' | 0..=b' ' | 0x7f.. => write!(f, "%{byte:02X}")?,
                        byte => write!(f, "{}", char::from(*byte))?,
                    }
                }
                Ok(())
            }
        }
    }
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
        assert!(matches!(
            "s3://bucket/key".parse::<Uri>(),
            Err(Error::UnsupportedScheme { .. })
        ));
    }
}
