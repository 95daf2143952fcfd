//! Files that are no tables: each committed one is refused with the error that `files/README.md` documents for it,
//! and no bytes at all make the CSV reader panic, hang or take memory without end.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the tests themselves"
)]

mod bytes;
mod files;
