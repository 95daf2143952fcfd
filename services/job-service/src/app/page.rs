//! Pages of lists: how many, and from where on. A token is opaque to clients and checked when it comes back, so
//! that one of another list is refused instead of silently skipping rows.

use domain::violation::Violation;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const DEFAULT_SIZE: u64 = 50;
const MAX_SIZE: i32 = 500;
const CHECK: usize = 8;

/// Which page of a list.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The most rows to return, up to 500; 0 for the default of 50.
    pub size: i32,
    /// The `next_token` of the page before; empty for the first.
    pub token: String,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The token of the next page; empty on the last.
    pub next_token: String,
}

impl PageRequest {
    /// The number of rows.
    pub(super) fn limit(&self) -> Result<u64> {
        match u64::try_from(self.size) {
            Ok(0) => Ok(DEFAULT_SIZE),
            Ok(size) if self.size <= MAX_SIZE => Ok(size),
            Ok(_) | Err(_) => Err(Error::invalid("page_size", "must be in [0, 500]")),
        }
    }

    /// The position the token stands for, if it was made by [`token`] for the same `list`.
    pub(super) fn position(&self, list: &str) -> Result<Option<Vec<u8>>> {
        if self.token.is_empty() {
            return Ok(None);
        }
        let position = decode(&self.token).and_then(|bytes| {
            let (position, given) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
            (given == check(position, list)).then(|| position.to_vec())
        });
        position.map(Some).ok_or_else(|| {
            Error::Invalid(vec![Violation::new(
                "page_token",
                "must be the next_page_token of the page before, asked for with the same filter",
            )])
        })
    }
}

/// The token of a position in `list`.
pub(super) fn token(position: &[u8], list: &str) -> String {
    let bytes = position.iter().copied().chain(check(position, list));
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn check(position: &[u8], list: &str) -> [u8; CHECK] {
    let digest = Sha256::new().chain_update(list).chain_update(position).finalize();
    std::array::from_fn(|i| digest[i])
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(size: i32, token: &str) -> PageRequest {
        PageRequest {
            size,
            token: token.to_owned(),
        }
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = token(b"place", "jobs of a");
        let back = asked(0, &token).position("jobs of a").unwrap();
        assert_eq!(back.as_deref(), Some(&b"place"[..]));
        assert!(asked(0, &token).position("jobs of b").is_err());
        for bad in ["0", "zz", "00", "ä", "0011223344556677889900"] {
            assert!(asked(0, bad).position("jobs of a").is_err(), "{bad}");
        }
        assert_eq!(asked(0, "").position("jobs of a").unwrap(), None);
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(asked(0, "").limit().unwrap(), 50);
        assert_eq!(asked(500, "").limit().unwrap(), 500);
        assert!(asked(501, "").limit().is_err());
        assert!(asked(-1, "").limit().is_err());
    }
}
