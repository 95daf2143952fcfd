//! Prints the catalogue: the specs of every model and node of the learning library, as JSON.
//!
//! `cargo run -p harness --bin catalog > shared/catalog/catalog.json` brings the committed file up to date.

use domain::catalog::Catalog;

fn main() -> anyhow::Result<()> {
    let catalog = Catalog {
        models: ml::models::specs(),
        nodes: ml::nodes::specs(),
    };
    println!("{}", serde_json::to_string_pretty(&catalog)?);
    Ok(())
}
