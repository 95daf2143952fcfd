//! Whether the files a trainer reports are there, checked before its success counts.
