//! The form of names that may become part of a path. Ids come from callers, so they are checked here
//! before any of them meets a file system.

use crate::{Error, Result};

/// Refuses a name that could mean anything else than one plain path component: it must match
/// `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`. `what` names the field in the error.
///
/// # Errors
/// [`Error::InvalidName`].
pub fn check_name(what: &'static str, name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let starts_well = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    if starts_well && name.len() <= 128 && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(Error::InvalidName {
            what,
            value: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass_and_path_parts_do_not() {
        for good in ["a", "manifest.json", "019-ab_C", &"x".repeat(128)] {
            assert!(check_name("file", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".hidden",
            "-rf",
            "a/b",
            "a\\b",
            "a b",
            "ä",
            "a\0",
            &"x".repeat(129),
        ] {
            assert!(check_name("file", bad).is_err(), "{bad:?}");
        }
    }
}
