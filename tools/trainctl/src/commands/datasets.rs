//! `datasets add`, `list`, `get` and `delete`.

use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use messages::v1::{
    CreateDatasetSourceRequest, DatasetSource, DeleteDatasetSourceRequest, GetDatasetSourceRequest,
    ListDatasetSourcesRequest,
};
use serde_json::json;
use storage::Uri;

use super::file;
use crate::{
    cli::{AddDataset, DatasetsCommand},
    client::{Client, call},
    output::{Output, note},
    show,
};

/// Does what is asked for with tables.
pub(super) async fn run(server: &str, command: DatasetsCommand, output: &mut Output) -> Result<()> {
    match command {
        DatasetsCommand::Add(options) => {
            let source = source(options)?;
            add(&Client::connect(server).await?, source, output).await
        }
        DatasetsCommand::List => list(&Client::connect(server).await?, output).await,
        DatasetsCommand::Delete { id } => delete(&Client::connect(server).await?, id, output).await,
        DatasetsCommand::Get { id } => get(&Client::connect(server).await?, id, output).await,
    }
}

async fn add(client: &Client, source: DatasetSource, output: &mut Output) -> Result<()> {
    let request = CreateDatasetSourceRequest {
        dataset_source: Some(source),
    };
    let response = call("register the data set", || {
        let (mut datasets, request) = (client.datasets(), request.clone());
        async move { datasets.create_dataset_source(request).await }
    });
    let source = response.await?.dataset_source.unwrap_or_default();
    if output.json {
        output.json(&show::json::dataset(&source))
    } else {
        output.line(&format!("{} {}", source.dataset_source_id, source.uri))
    }
}

async fn delete(client: &Client, id: String, output: &mut Output) -> Result<()> {
    let request = DeleteDatasetSourceRequest {
        dataset_source_id: id.clone(),
    };
    call("forget the data set", || {
        let (mut datasets, request) = (client.datasets(), request.clone());
        async move { datasets.delete_dataset_source(request).await }
    })
    .await?;
    if output.json {
        output.json(&json!({ "dataset_source_id": id, "deleted": true }))
    } else {
        output.line(&format!("{id} deleted"))
    }
}

async fn get(client: &Client, id: String, output: &mut Output) -> Result<()> {
    let request = GetDatasetSourceRequest {
        dataset_source_id: id,
    };
    let response = call("get the data set", || {
        let (mut datasets, request) = (client.datasets(), request.clone());
        async move { datasets.get_dataset_source(request).await }
    });
    let source = response.await?.dataset_source.unwrap_or_default();
    if output.json {
        output.json(&show::json::dataset(&source))
    } else {
        output.line(&show::catalog::dataset(&source))
    }
}

async fn list(client: &Client, output: &mut Output) -> Result<()> {
    let mut sources: Vec<DatasetSource> = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListDatasetSourcesRequest {
            page_size: 500,
            page_token,
        };
        let page = call("list the data sets", || {
            let (mut datasets, request) = (client.datasets(), request.clone());
            async move { datasets.list_dataset_sources(request).await }
        })
        .await?;
        sources.extend(page.dataset_sources);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if output.json {
        output.json(&json!({ "dataset_sources": show::json::list(&sources, show::json::dataset) }))
    } else {
        output.line(&show::catalog::datasets(&sources))
    }
}

/// The registration that the options describe.
fn source(options: AddDataset) -> Result<DatasetSource> {
    let uri = uri(&options.place)?;
    Ok(DatasetSource {
        dataset_source_id: options.id,
        uri,
        format: file::format(&options.written).into(),
        csv: file::csv_options(&options.written),
        sha256: options.sha256.unwrap_or_default().to_ascii_lowercase(),
        create_time: None,
    })
}

/// A URI as it is; a path made absolute, as the server has no idea where this command was started.
fn uri(place: &str) -> Result<String> {
    if place.contains("://") {
        return Ok(place.to_owned());
    }
    let given = Path::new(place);
    match given.metadata() {
        Ok(found) if found.is_dir() => bail!("{place} is a directory: name the table's file"),
        Ok(_) => {}
        // The server may see files that this machine does not.
        Err(error) => note(&format!("warning: {place} cannot be read here: {error}")),
    }
    // Links stay as they are spelt, because so are the server's roots; only `..` needs the disk to be resolved.
    let path = if given.components().any(|part| part == Component::ParentDir) {
        given.canonicalize()
    } else {
        std::path::absolute(given)
    };
    let path = path.with_context(|| format!("cannot make {place} absolute"))?;
    Ok(Uri::from_path(&path)?.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use messages::v1::DataFormat;

    use super::*;
    use crate::cli::{Cli, Command};

    fn added(line: &str) -> Result<DatasetSource> {
        let line = ["trainctl", "datasets", "add"].into_iter().chain(line.split(' '));
        match Cli::try_parse_from(line)?.command {
            Command::Datasets(DatasetsCommand::Add(options)) => source(options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn local_paths_become_absolute_uris_and_uris_stay() {
        let here = added("d Cargo.toml").unwrap();
        let manifest = std::env::current_dir().unwrap().join("Cargo.toml");
        assert_eq!(here.uri, Uri::from_path(&manifest).unwrap().to_string());
        assert_eq!(added("d src/../Cargo.toml").unwrap().uri, here.uri);
        assert_eq!(here.csv, None);
        assert_eq!(added("d s3://bucket/x.csv").unwrap().uri, "s3://bucket/x.csv");
        assert!(added("d /nowhere/x.csv").unwrap().uri.ends_with("/nowhere/x.csv"));
        let told = added("d src --format csv").unwrap_err().to_string();
        assert_eq!(told, "src is a directory: name the table's file");
    }

    #[test]
    fn csv_options_reach_the_registration() {
        let source =
            added("d file:///x.tsv --format csv --delimiter tab --no-header --quote ' --null NA --null ? --sha256 AB")
                .unwrap();
        assert_eq!(source.format(), DataFormat::Csv);
        assert_eq!(source.sha256, "ab");
        let csv = source.csv.unwrap();
        assert_eq!((csv.delimiter.as_str(), csv.has_header), ("\t", Some(false)));
        assert_eq!(csv.quote, "'");
        assert_eq!(csv.null_values, ["NA", "?"]);
    }
}
