//! Brings the catalogue and the documents that are generated from the learning library's specs up to date:
//! shared/catalog/catalog.json, docs/NODES.md and docs/MODELS.md.

use std::fs;

use anyhow::{Context, bail};
use harness::reference;

fn main() -> anyhow::Result<()> {
    if let Some(argument) = std::env::args().nth(1) {
        bail!("{argument}: it takes no arguments; it writes the catalogue and the documents");
    }
    for file in reference::generate()? {
        let path = file.committed();
        fs::write(&path, file.text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
